package augment

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// figure is a picture without symmetry: an F with shades, 24 rows of 32 columns.
func figure() []float32 {
	x := make([]float32, 24*32*3)
	for i := range 24 * 32 {
		row, column := i/32, i%32
		x[3*i], x[3*i+1], x[3*i+2] = float32(4*column), float32(5*row), 40
		stem, top, middle := column >= 10 && column < 14, row >= 3 && row < 7, row >= 11 && row < 14
		if row >= 3 && row < 21 && (stem || top && column >= 10 && column < 24 || middle && column >= 10 && column < 20) {
			x[3*i], x[3*i+1], x[3*i+2] = 250, 220, 200
		}
	}
	return x
}

// TestGolden compares pixels, not the bytes of files, with pictures that were
// looked at. CNNC_UPDATE=1 writes them anew.
func TestGolden(t *testing.T) {
	warp := config.Augment{Rotate: 40, Shear: 20, Zoom: config.Range{Low: 0.7, High: 1.3}, ShiftRows: config.Extent{Value: 0.2}, ShiftColumns: config.Extent{Value: 0.2}}
	for name, fill := range map[string]string{"nearest": "nearest", "constant": "constant", "reflect": "reflect", "wrap": "wrap"} {
		cfg := warp
		cfg.Fill, cfg.FillValue = fill, 128
		golden(t, name, cfg)
	}
	golden(t, "everything", everything)
}

func golden(t *testing.T, name string, cfg config.Augment) {
	t.Helper()
	const n = 6
	p := mustPlan(t, cfg, 24, 32, 3)
	src, dst := figure(), make([]float32, p.Len())
	got := image.NewRGBA(image.Rect(0, 0, 32*n, 24))
	for k := range n {
		p.Apply(dst, src, uint64(k))
		for i := range 24 * 32 {
			c := dst[3*i:]
			got.SetRGBA(32*k+i%32, i/32, color.RGBA{uint8(c[0] + 0.5), uint8(c[1] + 0.5), uint8(c[2] + 0.5), 255})
		}
	}
	file := filepath.Join("testdata", name+".png")
	if os.Getenv("CNNC_UPDATE") != "" {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s is %v, want %v", file, got.Bounds(), want.Bounds())
	}
	for y := range 24 {
		for x := range 32 * n {
			r, g, b, _ := want.At(x, y).RGBA()
			if c := got.RGBAAt(x, y); c.R != uint8(r>>8) || c.G != uint8(g>>8) || c.B != uint8(b>>8) {
				t.Fatalf("%s: pixel %d of row %d is %v, want %v", file, x, y, c, want.At(x, y))
			}
		}
	}
}
