package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// saved writes the figure as PNG and SVG, parses both and returns the pixels and
// the texts of the SVG, in order.
func saved(t *testing.T, f *Figure, o Options) (image.Image, []string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "a.png")
	if err := f.Save(name, o); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if w, h := f.inches(o); math.Abs(float64(m.Bounds().Dx())-w*float64(o.dpi())) > 1 || math.Abs(float64(m.Bounds().Dy())-h*float64(o.dpi())) > 1 {
		t.Errorf("%v pixels for %gx%g inches at %d", m.Bounds(), w, h, o.dpi())
	}
	name = filepath.Join(dir, "a.svg")
	if err := f.Save(name, o); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	var texts []string
	inText := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
		case xml.CharData:
			if inText {
				texts = append(texts, string(e))
			}
		case xml.EndElement:
			inText = false
		}
	}
	return m, texts
}

func at(m image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
}

// near allows for edges that are blended with what is behind them.
func near(a, b color.RGBA) bool {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B)) < 60
}

func has(texts []string, want string) bool {
	for _, s := range texts {
		if strings.Contains(s, want) {
			return true
		}
	}
	return false
}

// sizes are drawn in each test: as it is, small and large.
var sizes = []Options{{}, {Width: 3, Height: 2, DPI: 72}, {Width: 14, Height: 9, DPI: 200}}

func TestHistory(t *testing.T) {
	run := Run{Name: "wide", Epochs: []float64{1, 2, 3, 4}, Panels: []Curves{
		{Train: []float64{0.2, 0.5, 0.7, 0.8}, Validation: []float64{0.8, math.NaN(), 0.3, 0.1}},
		{Train: []float64{3, 2, 1, math.Inf(1)}},
	}}
	f := History([]string{"accuracy", "val_x_loss"}, []Run{run})
	for _, o := range sizes {
		m, texts := saved(t, f, o)
		for _, want := range []string{"Training and validation accuracy", "Accuracy", "Epoch", "training", "validation", "val x loss"} {
			if !has(texts, want) {
				t.Errorf("no text %q in %q", want, texts)
			}
		}
		if o.DPI == 72 {
			continue // lines thinner than a pixel have no colour of their own
		}
		// The training curve of the left panel rises, that of validation falls. The
		// legend has the colours as well, in the lower right corner.
		b := m.Bounds()
		left := b.Dx() / 2
		rows := func(c color.RGBA, from, to int) (mean float64, n int) {
			for y := range b.Dy() {
				for x := from; x < to; x++ {
					if near(at(m, x, y), c) {
						mean, n = mean+float64(y), n+1
					}
				}
			}
			return mean / float64(max(n, 1)), n
		}
		for k, rises := range []bool{true, false} {
			first, n := rows(series[k], 0, left/3)
			last, l := rows(series[k], left*3/4, left)
			if k == 0 && (n == 0 || l == 0) {
				t.Fatalf("no curve %d at size %+v", k, o)
			}
			if k == 0 && (last < first) != rises {
				t.Errorf("curve %d: mean row %v on the left, %v on the right", k, first, last)
			}
		}
		if _, n := rows(series[0], left, b.Dx()); n == 0 {
			t.Error("nothing in the right panel")
		}
	}
	two := History([]string{"accuracy"}, []Run{run, {Name: "narrow", Epochs: run.Epochs, Panels: run.Panels}})
	if _, texts := saved(t, two, Options{}); !has(texts, "wide, training") || !has(texts, "narrow, validation") {
		t.Errorf("a legend of %q", texts)
	}
}

func TestConfusion(t *testing.T) {
	classes := []string{"cat", "dog", "a class with a very, very long name indeed"}
	counts := [][]int{{8, 2, 0}, {0, 0, 0}, {5, 5, 30}}
	f := Confusion("title", classes, counts)
	m, texts := saved(t, f, Options{})
	for _, want := range []string{"cat", "predicted class", "true class", "30", "title"} {
		if !has(texts, want) {
			t.Errorf("no text %q in %q", want, texts)
		}
	}
	// Each colour is there as often as cells have that share: look below the
	// centre of each cell, where no digit is.
	const side = 44.0
	var probe canvas
	probe.scale = 1
	longest := 0.0
	for _, c := range classes {
		longest = max(longest, probe.width(probe.fit(c, write{size: 8}, 110), write{size: 8}))
	}
	for i, row := range counts {
		total := 0
		for _, v := range row {
			total += v
		}
		for j, v := range row {
			x, y := 14+18+longest+6+(float64(j)+0.5)*side, 40+(float64(i)+0.9)*side
			want := Viridis(float64(v) / float64(max(total, 1)))
			if got := at(m, int(x*DefaultDPI/72), int(y*DefaultDPI/72)); got != want {
				t.Errorf("cell %d,%d is %v, want %v", i, j, got, want)
			}
		}
	}
	many := make([]string, 345)
	big := make([][]int, 345)
	for i := range many {
		many[i], big[i] = "class", make([]int, 345)
		big[i][i] = 3
	}
	saved(t, Confusion("many", many, big), Options{})
}

// TestGrid finds the pixels of each cell where Pictures says, at every size.
func TestGrid(t *testing.T) {
	small := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		small.SetRGBA(i%3, i/3, color.RGBA{uint8(40 * i), uint8(255 - 40*i), 7, 255})
	}
	values := make([]float64, 12)
	values[7] = 5
	f := Grid("a title", "a note", Block{Title: "block", Lead: &Cell{small, "input"}, Cells: []Cell{{small, "one"}, {Map(values, 3, 4, Gray), "two"}}},
		Block{Rows: []string{"row"}, Heads: []string{"head"}, Columns: 1, Cells: []Cell{{Map([]float64{1, 2}, 1, 2, Viridis), ""}}})
	for _, o := range append(sizes, Options{Width: 20, Height: 2}) {
		m, texts := saved(t, f, o)
		for _, want := range []string{"a title", "a note", "block", "input", "one", "two", "row"} {
			if !has(texts, want) {
				t.Errorf("no text %q in %q", want, texts)
			}
		}
		places := f.Pictures(o)
		if len(places) != 4 {
			t.Fatalf("%d pictures", len(places))
		}
		for k, want := range []image.Image{small, small, Map(values, 3, 4, Gray), Map([]float64{1, 2}, 1, 2, Viridis)} {
			r, b := places[k], want.Bounds()
			if !r.In(m.Bounds()) {
				t.Fatalf("picture %d at %v of %v", k, r, m.Bounds())
			}
			for i := range places[:k] {
				if r.Overlaps(places[i]) {
					t.Errorf("pictures %d and %d overlap: %v, %v", i, k, places[i], r)
				}
			}
			if r.Dx() < 5*b.Dx() || r.Dy() < 5*b.Dy() {
				continue // frames cover the pixels
			}
			for y := range b.Dy() {
				for x := range b.Dx() {
					px, py := r.Min.X+(2*x+1)*r.Dx()/(2*b.Dx()), r.Min.Y+(2*y+1)*r.Dy()/(2*b.Dy())
					if got := at(m, px, py); got != at(want, x, y) {
						t.Errorf("size %+v picture %d pixel %d,%d: %v, want %v", o, k, x, y, got, at(want, x, y))
					}
				}
			}
		}
	}
}

// TestWrap: a long note makes a figure higher, not wider.
func TestWrap(t *testing.T) {
	cells := []Cell{{Map([]float64{1, 2}, 1, 2, Gray), ""}}
	short, long := Grid("a", "note", Block{Cells: cells}), Grid("a", strings.Repeat("many words ", 40), Block{Cells: cells})
	if long.width > 400 || long.height < short.height+3*noteLine {
		t.Errorf("%gx%g, with a long note %gx%g", short.width, short.height, long.width, long.height)
	}
	if _, texts := saved(t, long, Options{}); strings.Join(strings.Fields(strings.Join(texts[1:], " ")), " ") != strings.TrimSpace(strings.Repeat("many words ", 40)) {
		t.Errorf("the note reads %q", texts)
	}
}

// TestArena looks into the middle of each box, and of what is free.
func TestArena(t *testing.T) {
	p := Program{Title: "net, inference", Note: "note", Calls: []string{"load", "conv1", "conv2", "dense1"}, Backward: 4, Bytes: 1 << 20, Buffers: []Span{
		{"input", 0, 1, 0, 256 << 10}, {"conv1Out", 1, 2, 512 << 10, 512 << 10}, {"x", 3, 3, 0, 1 << 10},
	}}
	if live := p.Live(); live[0] != 256<<10 || live[1] != 768<<10 || live[2] != 512<<10 || live[3] != 1<<10 {
		t.Errorf("live %v", live)
	}
	f := Arena(p)
	m, texts := saved(t, f, Options{})
	for _, want := range []string{"net, inference", "note", "input", "conv1Out", "in use at most: 768 KB, in conv1", "1  x, 1 KB at 0 B", "dense1", "1 MB"} {
		if !has(texts, want) {
			t.Errorf("no text %q in %q", want, texts)
		}
	}
	call := (f.width - arenaLeft - arenaRight) / 4
	look := func(calls, share float64) color.RGBA {
		x, y := arenaLeft+calls*call, 6+arenaTop+260*(1-share)
		return at(m, int(x*DefaultDPI/72), int(y*DefaultDPI/72))
	}
	free := color.RGBA{246, 246, 246, 255}
	for _, c := range []struct {
		name         string
		calls, share float64
		want         color.RGBA
	}{
		{"input", 0.2, 0.2, pale(series[0])}, {"input", 1.8, 0.05, pale(series[0])}, {"above input", 0.5, 0.4, free},
		{"behind input", 2.5, 0.2, free}, {"conv1Out", 1.2, 0.55, pale(series[1])}, {"conv1Out", 2.8, 0.95, pale(series[1])},
		{"behind conv1Out", 3.5, 0.7, free}, {"before conv1Out", 0.5, 0.7, free},
	} {
		if got := look(c.calls, c.share); got != c.want {
			t.Errorf("%s, call %v at %v: %v, want %v", c.name, c.calls, c.share, got, c.want)
		}
	}
	for _, o := range sizes[1:] {
		saved(t, Arena(p, p), o)
	}
	saved(t, Arena(Program{Title: "nothing"}), Options{})
}

func TestSaveRefuses(t *testing.T) {
	f := Grid("a", "", Block{})
	dir := t.TempDir()
	for _, c := range []struct {
		name, want string
		o          Options
	}{
		{"a.jpg", ".png or .svg", Options{}},
		{"a.png", "want both above 0", Options{Width: 3}},
		{"a.png", "at most 500", Options{Width: 501, Height: 1}},
		{"a.png", "at most 500", Options{Width: math.NaN(), Height: 1}},
		{"a.png", "1 to 2400", Options{DPI: 2401}},
		{"a.png", "too large", Options{Width: 100, Height: 100, DPI: 2400}},
		{"no/a.png", "no such file", Options{}},
	} {
		if err := f.Save(filepath.Join(dir, c.name), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %+v: %v, want %q", c.name, c.o, err, c.want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestViridis(t *testing.T) {
	last := -1
	for i := range 101 {
		c := Viridis(float64(i) / 100)
		if light := 299*int(c.R) + 587*int(c.G) + 114*int(c.B); light < last {
			t.Errorf("%d %% is darker than the value before", i)
		} else {
			last = light
		}
	}
	if Viridis(math.NaN()) != Viridis(0) || Viridis(9) != Viridis(1) || Viridis(0) != (color.RGBA{68, 1, 84, 255}) {
		t.Error("the ends")
	}
}
