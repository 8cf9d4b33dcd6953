package main

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// panel is one picture of a sheet.
type panel struct {
	title []string // lines
	image *image.RGBA
	// timesY and timesX are how often each pixel is shown in a row and in a column, at least 1:
	// a pooled picture is shown as large as the one that it was made of.
	timesY, timesX int
}

const (
	panelGap   = 12  // pixels between panels
	titleLine  = 15  // height of a line of a title
	smallPanel = 192 // panels with both sides smaller are enlarged by a whole number
)

// panelSheet draws panels side by side, titles above. bare leaves out everything
// between and around them, and shows pictures at their own size.
func panelSheet(panels []panel, bare bool) *image.RGBA {
	gap := panelGap
	most := 0
	lines := 0
	for _, p := range panels {
		size := p.size()
		most = max(most, size.X, size.Y)
		lines = max(lines, len(p.title))
	}
	times := max(1, smallPanel/max(1, most))
	head := lines*titleLine + 4
	if bare {
		gap, times, head = 0, 1, 0
	}

	// Places first: the sheet is as large as they need.
	places := make([]image.Rectangle, len(panels))
	at, rowHeight, sheet := image.Pt(gap, gap), 0, image.Point{}
	for i, p := range panels {
		size := p.size().Mul(times)
		cell := image.Pt(size.X, head+size.Y)
		for _, line := range p.title {
			cell.X = max(cell.X, len(line)*basicfont.Face7x13.Advance)
		}
		if i > 0 && at.X+cell.X+gap > sheetWidth {
			at = image.Pt(gap, at.Y+rowHeight+gap)
			rowHeight = 0
		}
		places[i] = image.Rectangle{Min: at, Max: at.Add(cell)}
		sheet = image.Pt(max(sheet.X, at.X+cell.X+gap), max(sheet.Y, at.Y+cell.Y+gap))
		at.X += cell.X + gap
		rowHeight = max(rowHeight, cell.Y)
	}

	m := image.NewRGBA(image.Rectangle{Max: sheet})
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	for i, p := range panels {
		for l, line := range p.title {
			ink := image.NewUniform(color.Gray{0x20})
			if l > 0 {
				ink = image.NewUniform(color.Gray{0x60})
			}
			d := font.Drawer{Dst: m, Src: ink, Face: basicfont.Face7x13, Dot: fixed.P(places[i].Min.X, places[i].Min.Y+l*titleLine+11)}
			d.DrawString(line)
		}
		enlarge(m, places[i].Min.Add(image.Pt(0, head)), p.image, p.timesY*times, p.timesX*times)
	}
	return m
}

func (p *panel) size() image.Point {
	b := p.image.Bounds()
	return image.Pt(b.Dx()*p.timesX, b.Dy()*p.timesY)
}
