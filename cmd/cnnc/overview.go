package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// overviewRow is a row of the contact sheet of a data set: a class.
type overviewRow struct {
	label  string
	images []image.Image // of at most overviewTile a side
}

const (
	overviewTile = 64  // pixels of a picture
	overviewGap  = 4   // between pictures
	overviewText = 150 // for the labels
	overviewRows = 400 // at most
)

// writeOverview writes a contact sheet: pictures in rows with labels before them.
func writeOverview(w io.Writer, rows []overviewRow) error {
	rows = rows[:min(len(rows), overviewRows)]
	columns := 1
	for _, r := range rows {
		columns = max(columns, len(r.images))
	}
	const step = overviewTile + overviewGap
	m := image.NewRGBA(image.Rect(0, 0, overviewText+columns*step+overviewGap, max(1, len(rows))*step+overviewGap))
	draw.Draw(m, m.Rect, image.NewUniform(color.Gray{0x60}), image.Point{}, draw.Src)
	pen := font.Drawer{Dst: m, Src: image.White, Face: basicfont.Face7x13}
	for y, r := range rows {
		top := overviewGap + y*step
		pen.Dot = fixed.P(overviewGap, top+overviewTile/2+4)
		label := []rune(r.label)
		pen.DrawString(string(label[:min(len(label), 20)]))
		for x, img := range r.images {
			b := img.Bounds()
			at := image.Pt(overviewText+x*step+(overviewTile-b.Dx())/2, top+(overviewTile-b.Dy())/2)
			draw.Draw(m, image.Rectangle{Min: at, Max: at.Add(b.Size())}, img, b.Min, draw.Src)
		}
	}
	return png.Encode(w, m)
}
