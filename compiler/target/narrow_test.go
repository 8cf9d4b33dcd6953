package target

import "testing"

// TestSplitNarrow: tiles cover the pixels, none is taller than there are registers for.
func TestSplitNarrow(t *testing.T) {
	for n := 1; n <= 6; n++ {
		most := NarrowPixels(n)
		if most < 1 || most*n > narrowSums {
			t.Fatalf("%d channels: tiles of %d pixels", n, most)
		}
		for pixels := 1; pixels < 60; pixels++ {
			sum := 0
			for _, r := range SplitNarrow(pixels, n) {
				if r.MR < 1 || r.MR > most || r.Count < 1 {
					t.Fatalf("%d pixels of %d channels: %v", pixels, n, SplitNarrow(pixels, n))
				}
				sum += r.MR * r.Count
			}
			if sum != pixels {
				t.Fatalf("%d pixels of %d channels: %v", pixels, n, SplitNarrow(pixels, n))
			}
		}
	}
	for _, n := range []int{-1, 0, 7, 8, 100} {
		if NarrowPixels(n) != 0 {
			t.Errorf("%d channels: tiles of %d pixels", n, NarrowPixels(n))
		}
	}
}

// TestSplitNarrowRow: tiles cover the row and leave registers for the weights.
func TestSplitNarrowRow(t *testing.T) {
	for cols := 2; cols <= 9; cols++ {
		for pixels := 4; pixels < 70; pixels++ {
			coversRow(t, SplitNarrowRow(pixels, cols, 1, 16), pixels, min(12, 15-cols))
		}
	}
	for _, c := range [][3]int{{28, 1, 32}, {28, 10, 32}, {28, 3, 8}, {3, 3, 32}} {
		if r := SplitNarrowRow(c[0], c[1], 1, c[2]); r != nil {
			t.Errorf("%v: %v", c, r)
		}
	}
}

// TestNarrow: where either kind of kernel is known to be faster.
func TestNarrow(t *testing.T) {
	for _, c := range []struct {
		name             string
		terms, stored, n int
		want             bool
	}{
		{"32->1 3x3", 288, 288, 1, true},
		{"32->3 3x3", 288, 288, 3, true},
		{"100->6 3x3", 900, 936, 6, true},
		{"16->1 1x1", 16, 16, 1, true},
		{"128->1 dense", 128, 128, 1, true},
		{"8->1 1x1", 8, 8, 1, false},
		{"8->6 1x1", 8, 8, 6, false},
		{"1->3 3x3, in pixels of 8", 9, 72, 3, false},
		{"32->7 3x3", 288, 288, 7, false},
	} {
		if got := Narrow(c.terms, c.stored, c.n); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		name                     string
		pixels, terms, stored, n int
		want                     bool
	}{
		{"28x28 32->1 3x3", 784, 288, 288, 1, true},
		{"7x7 128->3 3x3, one image", 49, 1152, 1152, 3, true},
		{"25088->3, 8 examples", 8, 25088, 25088, 3, false},
		{"25088->3, 64 examples", 64, 25088, 25088, 3, true},
		{"28x28 1->3 3x3, in pixels of 8", 784, 9, 72, 3, false},
		{"28x28 32->7 3x3", 784, 288, 288, 7, false},
	} {
		if got := NarrowGrad(c.pixels, c.terms, c.stored, c.n); got != c.want {
			t.Errorf("gradient of %s: %v, want %v", c.name, got, c.want)
		}
	}
	// The image of 3 channels at the end of an autoencoder is no work for Winograd's
	// algorithm, which computes 8.
	wide, few := Conv{16, 28, 28, 32, 32, 8, 0, false}, Conv{16, 28, 28, 32, 32, 8, 3, false}
	if w, f := wide.Products(), few.Products(); w.Tile == 0 || f.Tile != 0 {
		t.Errorf("32->8 by %d, 32->3 by %d", w.Tile, f.Tile)
	}
	if w, f := wide.Weights(), few.Weights(); w.Tile == 0 || f.Tile != 0 {
		t.Errorf("gradient of 32->8 by %d, of 32->3 by %d", w.Tile, f.Tile)
	}
}

// TestNarrowGradBlocks: blocks and calls are bounded and never empty.
func TestNarrowGradBlocks(t *testing.T) {
	for _, height := range []int{1, 7, 28, 255} {
		for _, k := range []int{16, 288, 1152, 25088} {
			for _, n := range []int{1, 3, 6} {
				rows := NarrowGradRows(height, height, k, 40*height, n)
				if rows < 1 || rows > height || rows > 1 && 2*rows*height*k*n > callFLOPs {
					t.Errorf("%d rows of %d pixels, k %d, %d channels", rows, height, k, n)
				}
				if i := NarrowGradImages(16, height*height, k, 40*height*height, n); i < 1 || i > 16 {
					t.Errorf("%d images", i)
				}
				terms := NarrowGradTerms(rows*height, n)
				if terms < 16 || terms > 16 && 2*terms*rows*height*n > callFLOPs {
					t.Errorf("%d terms of %d pixels of %d channels", terms, rows*height, n)
				}
			}
		}
	}
}
