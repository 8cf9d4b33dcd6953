package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/cnnc/cnnc/runtime/durable"
)

// sheetCell is one place of a contact sheet.
type sheetCell struct {
	left, right *image.RGBA
	label       string
}

const (
	sheetGap   = 8   // pixels between cells
	sheetSide  = 160 // small pictures are enlarged by a whole number up to this
	sheetLine  = 14  // height of a line of text
	sheetWidth = 1600
)

// pictureOf makes a picture of values 0..255, [h][w][channels].
func pictureOf(x []float32, h, w, channels int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	value := func(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	for i := range h * w {
		p := x[i*channels : (i+1)*channels]
		c := color.RGBA{value(p[0]), value(p[0]), value(p[0]), 255}
		if channels == 3 {
			c.G, c.B = value(p[1]), value(p[2])
		}
		m.SetRGBA(i%w, i/w, c)
	}
	return m
}

// sheet draws the cells in rows: both pictures side by side, the label below.
func sheet(cells []sheetCell) *image.RGBA {
	b := cells[0].left.Bounds()
	times := max(1, sheetSide/max(b.Dx(), b.Dy()))
	w, h := b.Dx()*times, b.Dy()*times
	cell := image.Pt(2*w+2+sheetGap, h+sheetLine+sheetGap)
	columns := min(max(1, (sheetWidth-sheetGap)/cell.X), len(cells))
	rows := (len(cells) + columns - 1) / columns
	m := image.NewRGBA(image.Rect(0, 0, columns*cell.X+sheetGap, rows*cell.Y+sheetGap))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	for i, c := range cells {
		at := image.Pt(sheetGap+i%columns*cell.X, sheetGap+i/columns*cell.Y)
		enlarge(m, at, c.left, times, times)
		enlarge(m, at.Add(image.Pt(w+2, 0)), c.right, times, times)
		text := []rune(c.label)
		text = text[:min(len(text), (2*w+2)/basicfont.Face7x13.Advance)]
		d := font.Drawer{Dst: m, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y+h+sheetLine-3)}
		d.DrawString(string(text))
	}
	return m
}

// enlarge draws a picture, each pixel as a rectangle.
func enlarge(m *image.RGBA, at image.Point, p *image.RGBA, timesY, timesX int) {
	b := p.Bounds()
	for y := range b.Dy() * timesY {
		for x := range b.Dx() * timesX {
			m.SetRGBA(at.X+x, at.Y+y, p.RGBAAt(b.Min.X+x/timesX, b.Min.Y+y/timesY))
		}
	}
}

// checkPNG refuses a name that says another format than that of the file.
func checkPNG(name string) error {
	if strings.EqualFold(filepath.Ext(name), ".png") {
		return nil
	}
	return usageErrorf("%s: the picture is written as .png", displayName(name))
}

// writeSheet writes a contact sheet as a PNG file.
func writeSheet(name string, cells []sheetCell) error {
	return durable.WriteFile(name, func(w io.Writer) error { return png.Encode(w, sheet(cells)) })
}
