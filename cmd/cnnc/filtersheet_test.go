package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// TestFilterSheet decodes the picture that cnnc filter writes: the original left,
// the edges right, and what was pooled as large as what it was made of.
func TestFilterSheet(t *testing.T) {
	t.Setenv("CNNC_CACHE", t.TempDir())
	dir := t.TempDir()
	// The left half is black, the right half grey: one vertical edge.
	const w, h = 250, 200
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		if i%w >= w/2 {
			m.Pix[i] = 100
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	photo, out := filepath.Join(dir, "photo.png"), filepath.Join(dir, "out.png")
	if err := os.WriteFile(photo, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	decode := func(args ...string) image.Image {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if status := run(append([]string{"filter", photo, "-o", out}, args...), &stdout, &stderr); status != 0 {
			t.Fatalf("status %d: %s", status, stderr.String())
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	grey := func(img image.Image, x, y int) uint8 { return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y }

	img := decode("-k", "vertical", "--threshold", "50", "--pool", "max 2x4")
	const top = panelGap + 2*titleLine + 4
	panels := []int{panelGap, 2*panelGap + w, 3*panelGap + 2*w}
	// Pooled, 250 columns are 62 windows of 4: 248 columns of the sheet.
	if got, want := img.Bounds().Size(), image.Pt(4*panelGap+3*w-2, top+h+panelGap); got != want {
		t.Fatalf("the sheet is %v, want %v", got, want)
	}
	for _, c := range []struct {
		what  string
		x, y  int
		value uint8
	}{
		{"the original's left half", panels[0] + 5, 50, 0},
		{"the original's right half", panels[0] + w - 5, 50, 100},
		{"between the panels", panels[0] + w + panelGap/2, 50, 255},
		{"left of the edge", panels[1] + w/2 - 2, 50, 0},
		{"the edge, its dark side", panels[1] + w/2 - 1, 50, 255},
		{"the edge, its light side", panels[1] + w/2, 50, 255},
		{"right of the edge", panels[1] + w/2 + 1, 50, 0},
		{"at the right border, where zeros begin, the sign is the other one", panels[1] + w - 1, 50, 0},
		{"the pooled edge, one window of 4 columns", panels[2] + 124, 50, 255},
		{"its last column", panels[2] + 127, 50, 255},
		{"behind it", panels[2] + 128, 50, 0},
		{"before it", panels[2] + 123, 50, 0},
	} {
		if got := grey(img, c.x, top+c.y); got != c.value {
			t.Errorf("%s: %d, want %d", c.what, got, c.value)
		}
	}
	dark := 0 // the titles are there
	for x := range 60 {
		for y := range titleLine {
			if grey(img, panels[0]+x, panelGap+y) < 0x80 {
				dark++
			}
		}
	}
	if dark < 20 {
		t.Errorf("%d dark pixels where the title should be", dark)
	}

	img = decode("-k", "0 0 0; 0 2 0; 0 0 0", "--bare")
	if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
		t.Fatalf("the bare result is %v, want %dx%d", b, w, h)
	}
	if l, r := grey(img, 0, 0), grey(img, w-1, h-1); l != 0 || r != 200 {
		t.Errorf("twice 0 and 100 are %d and %d", l, r)
	}
}
