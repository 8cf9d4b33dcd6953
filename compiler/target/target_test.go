package target

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitTiles(t *testing.T) {
	for n := range 500 {
		sum, last := 0, MaxMR+1
		for _, r := range SplitTiles(n) {
			sum += r.MR * r.Count
			if r.MR >= last || r.MR < 1 || r.Count < 1 {
				t.Errorf("SplitTiles(%d) = %v: heights must fall from %d", n, SplitTiles(n), MaxMR)
			}
			if r.MR < 3 && n >= 3 {
				t.Errorf("SplitTiles(%d) has a tile of %d", n, r.MR)
			}
			if r.MR < MaxMR && r.Count > 1 {
				t.Errorf("SplitTiles(%d) has %d tiles of %d", n, r.Count, r.MR)
			}
			last = r.MR
		}
		if sum != n {
			t.Errorf("SplitTiles(%d) covers %d", n, sum)
		}
	}
	if got := SplitTiles(-1); got != nil {
		t.Errorf("SplitTiles(-1) = %v", got)
	}
}

func TestSplitTilesValues(t *testing.T) {
	for n, want := range map[int][]TileRun{
		1:   {{1, 1}},
		2:   {{2, 1}},
		7:   {{4, 1}, {3, 1}},
		8:   {{5, 1}, {3, 1}},
		9:   {{6, 1}, {3, 1}},
		49:  {{6, 7}, {4, 1}, {3, 1}},
		196: {{6, 32}, {4, 1}},
	} {
		if diff := cmp.Diff(want, SplitTiles(n)); diff != "" {
			t.Errorf("SplitTiles(%d): %s", n, diff)
		}
	}
}

// TestRowGroup checks what the scheduler relies on: at least one row, no more
// than there are, and calls short enough.
func TestRowGroup(t *testing.T) {
	for _, c := range []struct{ height, width, k, lanes, want int }{
		{255, 255, 9, 16, 40},
		{63, 63, 288, 16, 5},
		{28, 28, 288, 32, 5},
		{7, 7, 1152, 16, 7},
		{14, 14, 1152, 32, 2},
		{1, 1, 6272, 16, 1},
		{3, 700, 40000, 32, 1},
	} {
		got := RowGroup(c.height, c.width, c.k, c.lanes)
		if got != c.want {
			t.Errorf("RowGroup(%d, %d, %d, %d) = %d, want %d", c.height, c.width, c.k, c.lanes, got, c.want)
		}
		if got > 1 && 2*got*c.width*c.k*c.lanes > callFLOPs {
			t.Errorf("RowGroup(%d, %d, %d, %d) = %d: too long a call", c.height, c.width, c.k, c.lanes, got)
		}
	}
}

func TestWGradBlock(t *testing.T) {
	for _, c := range []struct {
		name                                   string
		images, height, width, k, dyCol, lanes int
		want                                   WGrad
	}{
		{"large image, few inputs", 8, 255, 255, 9, 32, 16, WGrad{Images: 1, Rows: 1, TilesPerCall: 61}},
		{"rows evenly", 8, 63, 63, 288, 32, 16, WGrad{Images: 1, Rows: 4, TilesPerCall: 62}},
		{"deep", 8, 63, 63, 1152, 128, 16, WGrad{Images: 1, Rows: 4, Pack: true, TilesPerCall: 62}},
		{"one image", 128, 14, 14, 576, 64, 32, WGrad{Images: 1, Rows: 14, Pack: true, TilesPerCall: 39}},
		{"several images", 128, 7, 7, 1152, 128, 16, WGrad{Images: 4, Rows: 7, Pack: true, TilesPerCall: 79}},
		{"fewer images than fit", 3, 7, 7, 1152, 128, 16, WGrad{Images: 3, Rows: 7, Pack: true, TilesPerCall: 106}},
		{"dense", 128, 1, 1, 6272, 16, 16, WGrad{Images: 128, Rows: 1, TilesPerCall: 122}},
	} {
		if diff := cmp.Diff(c.want, WGradBlock(c.images, c.height, c.width, c.k, c.dyCol, c.lanes)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestWinograd(t *testing.T) {
	for _, c := range []struct {
		height, width, in, out int
		forward, grad          bool
	}{
		{7, 7, 16, 16, true, true},
		{255, 7, 128, 32, true, true},
		{6, 28, 32, 32, false, false},
		{28, 6, 32, 32, false, false},
		{28, 28, 24, 32, false, false},
		{28, 28, 32, 8, false, false},
		{28, 28, 0, 16, false, false},
		{14, 14, 256, 256, true, true},
		{14, 14, 512, 256, true, false},
	} {
		ok, why := Winograd(c.height, c.width, c.in, c.out)
		if ok != c.forward || ok != (why == "") {
			t.Errorf("Winograd(%d, %d, %d, %d) = %v, %q", c.height, c.width, c.in, c.out, ok, why)
		}
		if got := WinogradGrad(c.height, c.width, c.in, c.out); got != c.grad {
			t.Errorf("WinogradGrad(%d, %d, %d, %d) = %v", c.height, c.width, c.in, c.out, got)
		}
	}
}

// TestWinogradBlock: whole images or whole rows, and neither tiny products nor
// more planes than the caches hold.
func TestWinogradBlock(t *testing.T) {
	for images := 1; images < 70; images += 7 {
		for rows := 1; rows < 70; rows++ {
			for cols := 1; cols < 70; cols += 3 {
				r, n := WinogradBlock(images, rows, cols)
				tiles := n * r * cols
				if r < 1 || r > rows || n < 1 || n > images || n > 1 && r < rows || tiles > winogradTiles*4/3 && r > 1 && tiles > winogradTiles+cols {
					t.Fatalf("%d images of %dx%d tiles: blocks of %d rows, %d images", images, rows, cols, r, n)
				}
			}
		}
	}
	if r, n := WinogradBlock(32, 2, 2); r != 2 || n != 12 {
		t.Errorf("7x7 pixels: %d rows of %d images", r, n)
	}
}

func TestCalls(t *testing.T) {
	for count := range 40 {
		for per := 1; per < 12; per++ {
			sum := 0
			for _, r := range (TileRun{MR: 6, Count: count}).Calls(per) {
				if r.MR != 6 || r.Count < 1 || r.Count > per {
					t.Fatalf("%d tiles in calls of %d: %v", count, per, r)
				}
				sum += r.Count
			}
			if sum != count {
				t.Fatalf("%d tiles in calls of %d: %d", count, per, sum)
			}
		}
	}
}
