package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/cmd/cnnc/filter"
)

// naive is scipy.signal.convolve2d(x, k, mode="same", boundary="fill") from its
// definition, in float64: full[n] = sum of x[n-i] k[i], of which "same" is the
// middle, from (K-1)/2 on. As a correlation, it is that of a conv layer with same
// padding, out[n] = sum of x[n-(K-1)/2+i] k[i].
func naive(x []float32, h, w int, k *filter.Kernel, correlate bool) []float64 {
	out := make([]float64, h*w)
	cy, cx := (k.Rows-1)/2, (k.Cols-1)/2
	for y := range h {
		for x0 := range w {
			sum := 0.0
			for i := range k.Rows {
				for j := range k.Cols {
					sy, sx := y+cy-i, x0+cx-j
					if correlate {
						sy, sx = y-cy+i, x0-cx+j
					}
					if sy >= 0 && sy < h && sx >= 0 && sx < w {
						sum += float64(x[sy*w+sx]) * float64(k.At(i, j))
					}
				}
			}
			out[y*w+x0] = sum
		}
	}
	return out
}

// whole reports whether all weights of a kernel are whole numbers: its results
// on bytes are exact in float32 then.
func whole(k *filter.Kernel) bool {
	for _, v := range k.Values {
		if v != float32(math.Trunc(float64(v))) {
			return false
		}
	}
	return true
}

// compareFilter compares a result with the definition.
func compareFilter(t *testing.T, what string, f *filter.Filter, original, got *filter.Picture, correlate bool) {
	t.Helper()
	for c, plane := range original.Planes {
		want := naive(plane, original.Height, original.Width, &f.Kernels[0], correlate)
		exact := whole(&f.Kernels[0])
		if len(f.Kernels) == 2 {
			for i, v := range naive(plane, original.Height, original.Width, &f.Kernels[1], correlate) {
				// The legs are exact; their hypotenuse is rounded once, to float32.
				want[i] = float64(float32(math.Hypot(want[i], v)))
			}
		}
		for i, v := range want {
			g := float64(got.Planes[c][i])
			if exact && g != v || !exact && !(math.Abs(g-v) <= 1e-5*max(1, math.Abs(v))) {
				t.Errorf("%s, %s: channel %d, row %d, column %d: %v, want %v", what, f.Name, c, i/original.Width, i%original.Width, g, v)
				return
			}
		}
	}
}

func parseFilters(t *testing.T, texts ...string) []*filter.Filter {
	t.Helper()
	var filters []*filter.Filter
	for _, text := range texts {
		f, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	return filters
}

// TestFilterPhotos: compiled kernels give what the definition does on every photo,
// for every kernel with a name and some without, grey and in colours.
func TestFilterPhotos(t *testing.T) {
	dir := os.Getenv("CNNC_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	photos, err := filepath.Glob(filepath.Join(dir, "photos", "*.*g"))
	if err != nil {
		t.Fatal(err)
	}
	if len(photos) == 0 {
		t.Skip("there are no photos beside the repository")
	}
	t.Setenv("CNNC_CACHE", t.TempDir())
	filters := parseFilters(t, append(filter.Names(),
		"1 2; 3 4", "1 0 -1", "1 4 6 4 1; 4 16 24 16 4; 6 24 36 24 6; 4 16 24 16 4; 1 4 6 4 1")...)
	for _, photo := range photos {
		for _, color := range []bool{false, true} {
			if color && testing.Short() {
				continue
			}
			c := filterCmd{Image: photo, Color: color}
			original, err := c.read()
			if err != nil {
				t.Fatal(err)
			}
			made, err := convolve(filters, original, false, "")
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range filters {
				compareFilter(t, fmt.Sprintf("%s, colour %v", filepath.Base(photo), color), f, original, made[i], false)
			}
		}
	}
}

// TestFilterSizes: pictures smaller than the kernel and than a tile, around the
// size of a tile and beyond it; kernels of odd, even and unequal sides; all
// instruction sets.
func TestFilterSizes(t *testing.T) {
	t.Setenv("CNNC_CACHE", t.TempDir())
	filters := parseFilters(t, "vertical", "sobel", "blur", "1 2; 3 5", "-1 0 2", "1; -2; 3; -4", "1/3 0.5 2 -1",
		"1 2 3 4 5; 6 7 8 9 10; 11 12 13 14 15; 16 17 18 19 20; 21 22 23 24 26", "1 2 3 4; 5 6 7 8; 9 10 11 13")
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{1, 1}, {1, 9}, {7, 1}, {2, 3}, {3, 5}, {127, 129}, {128, 128}, {257, 130}} {
		original := filter.NewPicture(size[0], size[1], 2)
		for _, plane := range original.Planes {
			for i := range plane {
				plane[i] = float32(r.IntN(256))
			}
		}
		for _, correlate := range []bool{false, true} {
			for _, isa := range []string{"", "go"} {
				if isa == "go" && size[0] > 7 {
					continue
				}
				made, err := convolve(filters, original, correlate, isa)
				if err != nil {
					t.Fatal(err)
				}
				for i, f := range filters {
					compareFilter(t, fmt.Sprintf("%dx%d, correlate %v, isa %q", size[0], size[1], correlate, isa), f, original, made[i], correlate)
				}
			}
		}
	}
}

// TestFilterScipy: values that scipy.signal.convolve2d documents by its
// definition, worked out by hand: the centre of even kernels, and which way the
// kernel is turned.
func TestFilterScipy(t *testing.T) {
	t.Setenv("CNNC_CACHE", t.TempDir())
	original := &filter.Picture{Height: 2, Width: 3, Planes: [][]float32{{1, 2, 3, 4, 5, 6}}}
	filters := parseFilters(t, "1 10", "1; 10", "1 10 100")
	for _, c := range []struct {
		correlate bool
		want      [][]float32
	}{
		// full rows of "1 10": 1, 12, 23, 30; "same" begins at (2-1)/2 = 0.
		{false, [][]float32{{1, 12, 23, 4, 45, 56}, {1, 2, 3, 14, 25, 36}, {12, 123, 230, 45, 456, 560}}},
		{true, [][]float32{{21, 32, 3, 54, 65, 6}, {41, 52, 63, 4, 5, 6}, {210, 321, 32, 540, 654, 65}}},
	} {
		made, err := convolve(filters, original, c.correlate, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range filters {
			if got := made[i].Planes[0]; fmt.Sprint(got) != fmt.Sprint(c.want[i]) {
				t.Errorf("correlate %v, %s: %v, want %v", c.correlate, f.Name, got, c.want[i])
			}
		}
	}
}

// TestFilterPool compares poolings with their definition.
func TestFilterPool(t *testing.T) {
	t.Setenv("CNNC_CACHE", t.TempDir())
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ kind, size string }{{"max", "2x2"}, {"avg", "3x2"}, {"max", "1x5"}} {
		pool, err := filter.ParsePool(c.kind, c.size)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range [][2]int{{3, 5}, {131, 261}} {
			p := filter.NewPicture(size[0], size[1], 3)
			for _, plane := range p.Planes {
				for i := range plane {
					plane[i] = r.Float32()*400 - 200
				}
			}
			got, err := poolPicture(pool, p, "")
			if err != nil {
				t.Fatal(err)
			}
			if got.Height != size[0]/pool.Rows || got.Width != size[1]/pool.Cols {
				t.Fatalf("%s of %v: %dx%d", pool, size, got.Height, got.Width)
			}
			for ch, plane := range p.Planes {
				for i, g := range got.Planes[ch] {
					y, x := i/got.Width*pool.Rows, i%got.Width*pool.Cols
					most, sum := math.Inf(-1), 0.0
					for a := range pool.Rows {
						for b := range pool.Cols {
							v := float64(plane[(y+a)*p.Width+x+b])
							most, sum = max(most, v), sum+v
						}
					}
					want, within := most, 0.0
					if pool.Kind == "avg" {
						want, within = sum/float64(pool.Rows*pool.Cols), 1e-4
					}
					if math.Abs(float64(g)-want) > within {
						t.Fatalf("%s of %v, channel %d, window %d: %v, want %v", pool, size, ch, i, g, want)
					}
				}
			}
		}
	}
	if _, err := poolPicture(&filter.Pool{Kind: "max", Rows: 4, Cols: 1}, filter.NewPicture(3, 9, 1), ""); err == nil || !strings.Contains(err.Error(), "3x9 is smaller than a window") {
		t.Errorf("a window larger than the picture: %v", err)
	}
}
