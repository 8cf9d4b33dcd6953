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

// TestWinograd: where each algorithm is known to win, and by about how much.
func TestWinograd(t *testing.T) {
	for _, c := range []struct {
		conv             Conv
		forward, weights int
	}{
		{Conv{16, 28, 28, 32, 32, 32, 0, false}, 4, 4},
		{Conv{1, 255, 255, 32, 32, 32, 0, false}, 4, 4},
		{Conv{16, 7, 7, 16, 16, 16, 0, false}, 4, 4},
		{Conv{16, 28, 28, 8, 8, 8, 0, false}, 4, 4},
		{Conv{16, 14, 14, 100, 104, 104, 0, false}, 4, 4},
		{Conv{16, 14, 14, 256, 256, 256, 0, false}, 4, 4},
		{Conv{4, 14, 14, 512, 512, 512, 0, false}, 4, 4},
		{Conv{8, 6, 6, 64, 64, 64, 0, false}, 2, 2},
		{Conv{8, 3, 3, 64, 64, 64, 0, false}, 4, 0},
		{Conv{16, 28, 28, 3, 8, 32, 0, false}, 0, 4},
		{Conv{16, 2, 2, 64, 64, 64, 0, false}, 2, 2},
		{Conv{16, 1, 1, 64, 64, 64, 0, false}, 0, 0},
		{Conv{16, 28, 28, 1, 8, 32, 0, false}, 0, 0},
	} {
		if got := c.conv.Products(); got.Tile != c.forward {
			t.Errorf("%+v: products by %d: %+v", c.conv, got.Tile, got)
		}
		got := c.conv.Weights()
		if got.Tile != c.weights {
			t.Errorf("%+v: weights by %d: %+v", c.conv, got.Tile, got)
		}
		if got.Tile > 0 && (c.conv.Out%got.Group != 0 || 36*4*c.conv.In*got.Group > sumBytes) {
			t.Errorf("%+v: groups of %d", c.conv, got.Group)
		}
	}
	if c := (Conv{1, 28, 28, 1 << 20, 1 << 20, 16, 0, false}).Weights(); c.Tile != 0 || c.Why() == "" {
		t.Errorf("sums beyond any memory: %+v", c)
	}
}

// TestWinogradBlock: whole images or whole rows, and neither tiny products nor
// more planes than the caches hold.
func TestWinogradBlock(t *testing.T) {
	for images := 1; images < 70; images += 7 {
		for rows := 1; rows < 70; rows++ {
			for cols := 1; cols < 70; cols += 3 {
				for _, m := range []int{2, 4} {
					aim := winogradTiles * 4 / m
					r, n := WinogradBlock(images, rows, cols, m)
					tiles := n * r * cols
					if r < 1 || r > rows || n < 1 || n > images || n > 1 && r < rows || tiles > aim*4/3 && r > 1 && tiles > aim+cols {
						t.Fatalf("%d images of %dx%d tiles of %d: blocks of %d rows, %d images", images, rows, cols, m, r, n)
					}
				}
			}
		}
	}
	if r, n := WinogradBlock(32, 2, 2, 4); r != 2 || n != 11 {
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

// TestPooled: a pooling costs direct convolution a pass, and Winograd's tiles nothing.
func TestPooled(t *testing.T) {
	c := Conv{Images: 4, Height: 28, Width: 28, In: 32, Stored: 32, Out: 32}
	plain := c.Products()
	c.Pooled = true
	pooled := c.Products()
	if r := pooled.Direct / plain.Direct; r < 1.005 || r > 1.08 {
		t.Errorf("direct convolution takes %.3f times as long", r)
	}
	if pooled.Small != plain.Small || pooled.Large != plain.Large {
		t.Errorf("Winograd: %v and %v, without a pooling %v and %v", pooled.Small, pooled.Large, plain.Small, plain.Large)
	}
}

// TestWork: what predictions of single calls count besides products.
func TestWork(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64 // the products alone
		most      float64
	}{
		{"full tiles", ProductWork(600, 288, 32), 2 * 600 * 288 * 32, 1.1},
		{"one row", ProductWork(1, 288, 32), 2 * 288 * 32, 2},
		{"a gradient of one block", GradientWork(200, 1, 288, 32), 2 * 200 * 288 * 32, 1.12},
		{"of one pixel, which reads and writes all sums", GradientWork(1, 1, 288, 32), 2 * 288 * 32, 6},
		{"depthwise", DepthwiseWork(9, 64, true), 2 * 9 * 64, 1.3},
		{"depthwise of a dilated kernel", DepthwiseWork(9, 64, false), 2 * 9 * 64, 2.5},
		{"its gradient", DepthwiseGradWork(9, 64, true), 2 * 9 * 64, 1.5},
	} {
		if c.got < c.want || c.got > c.most*c.want {
			t.Errorf("%s: %.0f FLOPs at the peak for %.0f, want 1 to %.2f times as many", c.name, c.got, c.want, c.most)
		}
	}
}
