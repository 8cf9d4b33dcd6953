package filter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		rows int
		cols int
		want []float32
	}{
		{"1 0 -1; 2 0 -2", 2, 3, []float32{1, 0, -1, 2, 0, -2}},
		{"1/4, 1e-2,.5\n;-1 +2 1/-2;", 2, 3, []float32{0.25, 0.01, 0.5, -1, 2, -0.5}},
		{" -7 ", 1, 1, []float32{-7}},
	} {
		f, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff([]Kernel{{c.rows, c.cols, c.want}}, f.Kernels); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
	for _, name := range Names() {
		f, err := Parse(strings.ToUpper(name))
		if err != nil || f.Name != name || len(f.Kernels) != 1 && len(f.Kernels) != 2 {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func TestParseMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the kernel is empty"},
		{"   ", "the kernel is empty"},
		{"vertikal", `there is no kernel "vertikal"; the names are vertical, horizontal`},
		{"1 2 3; 4 5", "row 2 of the kernel has 2 numbers, row 1 has 3"},
		{"1 2;; 3 4", "row 2 of the kernel is empty"},
		{"; 1", "row 1 of the kernel is empty"},
		{"1 2; 3 x", `row 2, column 2 of the kernel: "x" is not a number`},
		{"1/0", "not a finite number"},
		{"0/0", "not a finite number"},
		{"1 1e39", "row 1, column 2 of the kernel: \"1e39\" is not a finite number"},
		{"1/2/3", `"1/2/3" is not a number`},
		{strings.Repeat("1 ", maxSide+1), "row 1 of the kernel has 128 numbers; it may have 127"},
		{strings.Repeat("1;", maxSide+1), "the kernel has 128 rows; it may have 127"},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestParsePoolMistakes(t *testing.T) {
	for _, c := range []struct{ kind, size, want string }{
		{"min", "2x2", "neither max nor avg"},
		{"max", "2", "no size"},
		{"max", "0x2", "no size"},
		{"avg", "2x65", "sides in 1..64"},
		{"avg", "axb", "no size"},
	} {
		if _, err := ParsePool(c.kind, c.size); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.kind, c.size, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 0 -1; 2 0 -2")
	f.Add("1/9,;")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		for _, k := range got.Kernels {
			if k.Rows < 1 || k.Cols < 1 || k.Rows > maxSide || k.Cols > maxSide || len(k.Values) != k.Rows*k.Cols {
				t.Errorf("%q: %dx%d with %d values", text, k.Rows, k.Cols, len(k.Values))
			}
		}
	})
}

func TestTones(t *testing.T) {
	p := &Picture{Height: 1, Width: 4, Planes: [][]float32{{-100, 0, 127.6, 300}}}
	want := map[Tone][]uint8{Clip: {0, 0, 128, 255}, Stretch: {0, 64, 145, 255}}
	for _, tone := range []Tone{Clip, Stretch} {
		m := p.Image(tone)
		for x, v := range want[tone] {
			if c := m.RGBAAt(x, 0); c.R != v || c.G != v || c.B != v || c.A != 255 {
				t.Errorf("tone %v, pixel %d: %v, want %d", tone, x, c, v)
			}
		}
	}
	flat := NewPicture(2, 2, 3)
	if c := flat.Image(Stretch).RGBAAt(1, 1); c.R != 0 || c.A != 255 {
		t.Errorf("a flat picture: %v", c)
	}
	p.Threshold(127.6)
	if diff := cmp.Diff([]float32{0, 0, 0, 255}, p.Planes[0]); diff != "" {
		t.Errorf("values equal to the threshold are not above it: %s", diff)
	}
}

func TestCutsAndJoins(t *testing.T) {
	// A network of one weight, 1, computes its input: what is cut and joined is
	// the plane again, whatever surrounds the tiles.
	filters := []*Filter{{Kernels: []Kernel{{4, 3, make([]float32, 12)}}}}
	b, err := NewBank(filters, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{1, 1}, {129, 300}, {128, 127}} {
		h, w := size[0], size[1]
		plane, out := make([]float32, h*w), make([]float32, h*w)
		for i := range plane {
			plane[i] = float32(i + 1)
		}
		tl := b.Tiling(h, w)
		in, res := make([]float32, tl.InSize()), make([]float32, tl.OutSize())
		for i := range tl.Len() {
			tl.Cut(in, plane, i)
			for y := range tileSide {
				for x := range tileSide {
					res[y*tileSide+x] = in[(y+b.top)*(tileSide+2)+x+b.left]
				}
			}
			tl.Join(out, res, i, 0)
		}
		if diff := cmp.Diff(plane, out); diff != "" {
			t.Errorf("%v: %s", size, diff[:min(len(diff), 300)])
		}
	}
}
