package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/weights"
)

// handmade compiles a model file and writes weights chosen by name and index.
func handmade(t *testing.T, text string, weight func(name string, i int) float32) (file, weightFile string, m *compiled) {
	t.Helper()
	dir := t.TempDir()
	file, weightFile = filepath.Join(dir, "net.cnn"), filepath.Join(dir, "net.safetensors")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	m, err := (&modelArgs{File: file}).compile(&streams{&messages, &messages}, compiler.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, messages.String())
	}
	f := &weights.File{}
	for _, p := range m.Infer.Params {
		x := weights.Tensor{Name: p.Value.Name, Shape: p.Value.Shape, Data: make([]float32, p.Value.Shape.Size())}
		for i := range x.Data {
			x.Data[i] = weight(x.Name, i)
		}
		f.Tensors = append(f.Tensors, x)
	}
	if err := weights.WriteFile(weightFile, f); err != nil {
		t.Fatal(err)
	}
	return file, weightFile, m
}

// grayPicture writes a PNG of one value a pixel.
func grayPicture(t *testing.T, w, h int, at func(x, y int) uint8) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetGray(x, y, color.Gray{Y: at(x, y)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// draws runs a command line and decodes the PNG that it writes.
func draws(t *testing.T, out string, args ...string) image.Image {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(args, &stdout, &stderr); code != 0 {
		t.Fatalf("cnnc %s: exit status %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return decoded(t, out)
}

func decoded(t *testing.T, name string) image.Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// cellPixel is the colour in the middle of a pixel of a picture of w x h that is
// drawn in r.
func cellPixel(m image.Image, r image.Rectangle, w, h, x, y int) color.RGBA {
	at := image.Pt(r.Min.X+(2*x+1)*r.Dx()/(2*w), r.Min.Y+(2*y+1)*r.Dy()/(2*h))
	return color.RGBAModel.Convert(m.At(at.X, at.Y)).(color.RGBA)
}

// TestPlotFilters: the brightest pixel of each cell is the kernel's largest weight,
// the darkest its least, in every form of kernel.
func TestPlotFilters(t *testing.T) {
	// weight is largest at one tap of each filter and least at another.
	const peak, hole = 4, 1
	for _, c := range []struct {
		layer, text                string
		channels, filters, columns int
		index                      func(tap, channel, filter int) int
	}{
		{"conv1", "input 6x7x1; conv 5 2x3; flatten; dense 2 softmax", 1, 5, 0, func(tap, c, f int) int { return tap*5 + f }},
		{"conv1", "input 6x7x3; conv 2 2x3; flatten; dense 2 softmax", 3, 2, 0, func(tap, c, f int) int { return (tap*3+c)*2 + f }},
		{"conv2", "input 6x7x1; conv 4 1x1; conv 2 2x3; flatten; dense 2 softmax", 4, 2, 4, func(tap, c, f int) int { return (tap*4+c)*2 + f }},
		{"depthwise1", "input 6x7x3; depthwise 2x3 multiplier=2; flatten; dense 2 softmax", 1, 6, 0, func(tap, c, f int) int { return tap*6 + f }},
		{"deconv1", "input 6x7x2; deconv 3 2x3; flatten; dense 2 softmax", 2, 3, 2, func(tap, c, f int) int { return (tap*3+f)*2 + c }},
	} {
		values := map[int]float32{}
		for f := range c.filters {
			for ch := range c.channels {
				values[c.index(peak, ch, f)] = 3
				values[c.index(hole, ch, f)] = -2
			}
		}
		file, w, m := handmade(t, "cnn 1\nmodel net\nnet { "+c.text+" }\n", func(name string, i int) float32 {
			if name == c.layer+".kernel" {
				return values[i]
			}
			return 1
		})
		out := filepath.Join(t.TempDir(), "filters.png")
		img := draws(t, out, "plot", "filters", file, "-w", w, "-o", out, "--layer", c.layer)
		k, err := kernelOf(m, c.layer)
		if err != nil {
			t.Fatal(err)
		}
		l, err := (&weightArgs{Weights: w}).load(m)
		if err != nil {
			t.Fatal(err)
		}
		k.weights = l.tensor(k.name)
		block, _ := k.block(256, 16)
		title := c.layer + ": " + plural(c.filters, "filter")
		if k.channels != c.channels || k.filters != c.filters || block.Columns != c.columns {
			t.Fatalf("%s: %d channels, %d filters, %d columns", title, k.channels, k.filters, block.Columns)
		}
		cells := pictures(t, img, len(block.Cells))
		for i, r := range cells {
			if got := cellPixel(img, r, 3, 2, peak%3, peak/3); got != (color.RGBA{255, 255, 255, 255}) {
				t.Errorf("%s cell %d: the largest weight is %v", title, i, got)
			}
			if got := cellPixel(img, r, 3, 2, hole%3, hole/3); got != (color.RGBA{0, 0, 0, 255}) {
				t.Errorf("%s cell %d: the least weight is %v", title, i, got)
			}
			if got := cellPixel(img, r, 3, 2, 0, 0); got.R != 102 { // 2/5 of the way
				t.Errorf("%s cell %d: the weight between is %v", title, i, got)
			}
		}
	}
}

// pictures finds the cells of a figure by their frames: rectangles that are
// neither paper nor text. It is how a reader finds them.
func pictures(t *testing.T, m image.Image, want int) []image.Rectangle {
	t.Helper()
	b := m.Bounds()
	black := func(x, y int) bool {
		r, g, bl, _ := m.At(x, y).RGBA()
		return r == 0 && g == 0 && bl == 0
	}
	// The least weight of each kernel here is at row 0, column 1 of 2x3: a black
	// rectangle, a third and a half of its cell.
	var list []image.Rectangle
	for y := range b.Dy() {
		for x := range b.Dx() {
			if !black(x, y) || x > 0 && black(x-1, y) || y > 0 && black(x, y-1) {
				continue
			}
			w, h := 0, 0
			for black(x+w, y) {
				w++
			}
			for black(x, y+h) {
				h++
			}
			if w < 8 || h < 8 {
				continue // a letter
			}
			list = append(list, image.Rect(x-w, y, x+2*w, y+2*h))
		}
	}
	if len(list) != want {
		t.Fatalf("%d pictures, want %d", len(list), want)
	}
	return list
}

// TestPlotFeatures: a convolution that copies its input shows it, one that turns
// it around shows the negative.
func TestPlotFeatures(t *testing.T) {
	file, w, m := handmade(t, "cnn 1\nmodel net\nnet { input 4x6x1; conv 2 1x1; maxpool 2x2; flatten; dense 2 softmax }\ndata { resize 4x6; gray }\n", func(name string, i int) float32 {
		if name == "conv1.kernel" {
			return []float32{1, -1}[i]
		}
		return 3
	})
	picture := grayPicture(t, 6, 4, func(x, y int) uint8 { return uint8(10*x + 30*y) })
	out := filepath.Join(t.TempDir(), "features.png")
	img := draws(t, out, "plot", "features", file, picture, "-w", w, "-o", out)
	l, err := (&weightArgs{Weights: w}).load(m)
	if err != nil {
		t.Fatal(err)
	}
	x, err := l.example(picture)
	if err != nil {
		t.Fatal(err)
	}
	maps, err := l.features(x, []string{"conv1", "maxpool1"})
	if err != nil {
		t.Fatal(err)
	}
	f := figure.Grid("net: what its layers make of picture.png", "each channel from its least value (dark) to its largest (yellow)", featureBlocks(x, maps, 32)...)
	places := f.Pictures(figure.Options{})
	if len(places) != 6 { // input and two channels, twice
		t.Fatalf("%d pictures", len(places))
	}
	for y := range 4 {
		for px := range 6 {
			v := float64(10*px+30*y) / 140
			for k, want := range []color.RGBA{figure.Gray(140 * v / 255), figure.Viridis(v), figure.Viridis(1 - v)} {
				if got := cellPixel(img, places[k], 6, 4, px, y); got != want {
					t.Errorf("picture %d pixel %d,%d: %v, want %v", k, px, y, got, want)
				}
			}
		}
	}
	// Of each 2x2 window the largest: the lower right one, from 40 to 140.
	if got, want := cellPixel(img, places[4], 3, 2, 1, 0), figure.Viridis((60-40)/100.); got != want {
		t.Errorf("pooled: %v, want %v", got, want)
	}
}

// TestPredictSaliency: of a linear network the map is its weights.
func TestPredictSaliency(t *testing.T) {
	weight := func(i, class int) float32 { return float32((i*5+class*3)%11) - 5 }
	_, w, m := handmade(t, "cnn 1\nmodel net\nnet { input 4x5x1; flatten; dense 3 softmax }\ndata { resize 4x5; gray; rescale 1/255 }\n", func(name string, i int) float32 {
		if strings.HasSuffix(name, ".kernel") {
			return weight(i/3, i%3)
		}
		return 0
	})
	picture := grayPicture(t, 5, 4, func(x, y int) uint8 { return uint8(50*x + y) })
	for class, name := range []string{"0", "1", "2"} {
		out := filepath.Join(t.TempDir(), "saliency.png")
		c := &predictCmd{Images: []string{picture}, Weights: w, Saliency: out, Class: name}
		var messages bytes.Buffer
		if err := c.maps(&streams{&messages, &messages}, m); err != nil {
			t.Fatal(err)
		}
		img := decoded(t, out)
		largest := 0.0
		for i := range 20 {
			largest = max(largest, math.Abs(float64(weight(i, class))))
		}
		r := mapPlaces(img, 5, 4)[1]
		for i := range 20 {
			want := figure.Viridis(math.Abs(float64(weight(i, class))) / largest)
			if got := cellPixel(img, r, 5, 4, i%5, i/5); got != want {
				t.Errorf("class %d pixel %d: %v, want %v", class, i, got, want)
			}
		}
	}
}

// mapPlaces are the three pictures of a map figure of w x h pixels.
func mapPlaces(img image.Image, w, h int) []image.Rectangle {
	// The layout does not depend on what the title says, as long as it is short.
	in := image.NewRGBA(image.Rect(0, 0, w, h))
	f := figure.Grid("t", "n", figure.Block{Columns: 3, Side: float64(min(max(2*max(h, w), 168), 260)), Cells: []figure.Cell{{Image: in, Label: "a"}, {Image: in, Label: "b"}, {Image: in, Label: "c"}}})
	return f.Pictures(figure.Options{})
}

// TestPredictCAM: two detectors, one object each: the map of a class is bright
// where its object is and dark where the other one is.
func TestPredictCAM(t *testing.T) {
	// Channel 0 answers to bright pixels, channel 1 to dark ones, on grey.
	_, w, m := handmade(t, "cnn 1\nmodel net\nnet { input 8x8x1; conv 2 1x1 relu; globalavgpool; dense 2 softmax }\ndata { resize 8x8; gray }\n", func(name string, i int) float32 {
		return map[string][]float32{"conv1.kernel": {1, -1}, "conv1.bias": {-128, 128}, "dense1.kernel": {1, -1, -1, 1}, "dense1.bias": {0, 0}}[name][i]
	})
	picture := grayPicture(t, 8, 8, func(x, y int) uint8 {
		switch {
		case x >= 1 && x <= 2 && y >= 1 && y <= 2:
			return 255
		case x >= 5 && x <= 6 && y >= 5 && y <= 6:
			return 0
		}
		return 128
	})
	for class, bright := range []image.Point{{1, 1}, {5, 5}} {
		dark := []image.Point{{5, 5}, {1, 1}}[class]
		out := filepath.Join(t.TempDir(), "cam.png")
		c := &predictCmd{Images: []string{picture}, Weights: w, CAM: out, Class: []string{"0", "1"}[class]}
		var messages bytes.Buffer
		if err := c.maps(&streams{&messages, &messages}, m); err != nil {
			t.Fatal(err)
		}
		img := decoded(t, out)
		r := mapPlaces(img, 8, 8)
		for y := range 8 {
			for x := range 8 {
				want := figure.Viridis(0)
				if d := image.Pt(x, y).Sub(bright); d.X >= 0 && d.X <= 1 && d.Y >= 0 && d.Y <= 1 {
					want = figure.Viridis(1)
				}
				if got := cellPixel(img, r[1], 8, 8, x, y); got != want {
					t.Errorf("class %d pixel %d,%d: %v, want %v", class, x, y, got, want)
				}
			}
		}
		if b, d := cellPixel(img, r[2], 8, 8, bright.X, bright.Y), cellPixel(img, r[2], 8, 8, dark.X, dark.Y); b == d {
			t.Errorf("class %d: the overlay has the same colour in both places", class)
		}
	}
	c := &predictCmd{Images: []string{picture}, Weights: w, CAM: "x.png", Class: "2"}
	var messages bytes.Buffer
	if err := c.maps(&streams{&messages, &messages}, m); err == nil || !strings.Contains(err.Error(), "no class is called 2; there are 0, 1") {
		t.Errorf("class 2: %v", err)
	}
}

// TestPlotArena: the map holds each buffer of the plan at its place.
func TestPlotArena(t *testing.T) {
	_, _, m := handmade(t, "cnn 1\nmodel net\nnet { input 12x12x1; conv 8 3x3 same relu; maxpool 2x2; conv 8 3x3 same relu; flatten; dense 3 softmax }\ntrain { loss sparse_categorical_crossentropy; optimizer adam }\ndata { batch 8 }\n", func(string, int) float32 { return 0 })
	for _, g := range []*plan.Program{&m.Plan.Infer, &m.Plan.Train} {
		p := arenaOf(m.Plan, g, "program")
		at, high := 0, int64(0)
		for _, b := range g.Buffers {
			if b.Space != plan.Arena {
				continue
			}
			s := p.Buffers[at]
			at++
			if s.Name != b.Name || s.Offset != 4*int64(b.Offset) || s.Bytes != 4*int64(b.Floats(g.Micro)) || s.First != b.First || s.Last != b.Last {
				t.Errorf("%+v of %+v", s, b)
			}
			high = max(high, s.Offset+s.Bytes)
		}
		if at != len(p.Buffers) || high > p.Bytes || p.Bytes-high > 64 || len(p.Calls) != len(g.Calls()) {
			t.Errorf("%d buffers up to %d of %d bytes, %d calls", at, high, p.Bytes, len(p.Calls))
		}
	}
}

// TestReadEpochs reads what Keras writes, and refuses what is no history.
func TestReadEpochs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wide")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "history.csv")
	for _, c := range []struct{ text, want string }{
		{"epoch,accuracy,loss,val_accuracy,val_loss\r\n0,0.5,1.25,NA,NA\r\n1,0.75,1,0.5,inf\r\n", ""},
		{"", "the file is empty"},
		{"a,b\n1,2\n", `its first column is "a"`},
		{"epoch,loss\n", "no epoch has ended"},
		{"epoch,loss\n0,x\n", `line 2: loss is "x", want a number`},
		{"epoch,loss\nNA,1\n", `line 2: the epoch is "NA", want a number`},
		{"epoch,loss,loss\n0,1,2\n", `column 3 is called "loss": want names, each once`},
		{"epoch,,loss\n0,1,2\n", `column 2 is called ""`},
		{"epoch,loss\n0,1,2\n", "wrong number of fields"},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		l, err := readEpochs(name)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: %v, want %q", c.text, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if l.name != "wide" || len(l.epochs) != 2 || l.epochs[1] != 2 || !math.IsNaN(l.column("val_loss")[0]) || !math.IsInf(l.column("val_loss")[1], 1) || l.column("x") != nil {
			t.Errorf("%+v", l)
		}
		if p := l.panels(); len(p) != 2 || p[0] != "accuracy" || p[1] != "loss" {
			t.Errorf("panels %q", p)
		}
	}
}
