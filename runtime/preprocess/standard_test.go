package preprocess

import (
	"image"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func close32(t *testing.T, what string, got []float32, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if !(math.Abs(float64(v)-want[i]) <= 2e-6*max(1, math.Abs(want[i]))) {
			t.Errorf("%s: value %d is %v, want %v", what, i, v, want[i])
		}
	}
}

// Values by hand (spec: data, section 1.5).
func TestStandardValues(t *testing.T) {
	s := new(Scratch)
	apply := func(p Standard, x ...float32) []float32 { p.Apply(x, s); return x }
	// Mean 4, deviation sqrt(5): one number for all pixels and channels.
	d := math.Sqrt(5) + 1e-6
	close32(t, "image center", apply(Standard{Image: "center"}, 1, 3, 5, 7), -3, -1, 1, 3)
	close32(t, "image scale", apply(Standard{Image: "scale"}, 1, 3, 5, 7), -3/d, -1/d, 1/d, 3/d)
	close32(t, "image of one value", apply(Standard{Image: "scale"}, 0.1, 0.1, 0.1), 0, 0, 0)
	close32(t, "channels center", apply(Standard{Channels: "center", Mean: []float32{1, 10}}, 1, 2, 3, 4), 0, -8, 2, -6)
	close32(t, "channels scale", apply(Standard{Channels: "scale", Mean: []float32{1, 10}, Deviation: []float32{2, 4}}, 1, 2, 3, 4), 0, -2, 1, -1.5)
	close32(t, "whiten", apply(Standard{Whiten: true, Center: []float32{1, 1, 0}, Matrix: []float32{2, 1, 0, 1, 3, 0, 0, 0, 1}}, 2, 0, 5), 1, -2, 5)
	// The image first, then the channels: 1, 3, 5, 7 becomes -3, -1, 1, 3.
	close32(t, "both", apply(Standard{Image: "center", Channels: "center", Mean: []float32{-1, 1}}, 1, 3, 5, 7), -2, -2, 2, 2)
}

// dot in parts against float64, of all lengths.
func TestDot(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 40 {
		a, b, want := make([]float32, n), make([]float32, n), 0.0
		for i := range a {
			a[i], b[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
			want += float64(a[i]) * float64(b[i])
		}
		if got := float64(dot(a, b)); math.Abs(got-want) > 1e-5 {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

// What was learned goes to tensors and back; anything else is refused.
func TestStandardTensors(t *testing.T) {
	from := Standard{Channels: "scale", Whiten: true, Mean: []float32{1, 2}, Deviation: []float32{3, 4},
		Center: []float32{5, 6, 7, 8}, Matrix: make([]float32, 16)}
	kept := map[string][]float32{}
	from.Tensors(func(name string, shape []int, data []float32) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		if n != len(data) || !strings.HasPrefix(name, "preprocess/") {
			t.Errorf("tensor %s %v has %d numbers", name, shape, len(data))
		}
		kept[name] = data
	})
	find := func(name string) []float32 { return kept[name] }
	to := Standard{Channels: "scale", Whiten: true}
	if err := to.Take(4, 2, find); err != nil || &to.Matrix[0] != &from.Matrix[0] || to.Mean[1] != 2 || to.Deviation[1] != 4 || to.Center[3] != 8 {
		t.Errorf("%v, %+v", err, to)
	}
	for _, c := range []struct {
		size, channels int
		change         func()
		want           string
	}{
		{4, 3, nil, "tensor preprocess/mean has 2 numbers, want 3"},
		{5, 2, nil, "tensor preprocess/center has 4 numbers, want 5"},
		{4, 2, func() { kept["preprocess/deviation"] = []float32{1, 0} }, "a deviation of 0"},
		{4, 2, func() { kept["preprocess/mean"] = []float32{1, float32(math.NaN())} }, "preprocess/mean: number 1 is NaN"},
		{4, 2, func() { delete(kept, "preprocess/mean") }, "there is no tensor preprocess/mean of 2 numbers"},
	} {
		if c.change != nil {
			c.change()
		}
		if err := (&Standard{Channels: "scale", Whiten: true}).Take(c.size, c.channels, find); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestImageThenStep: Image rescales and then standardizes, without allocating.
func TestImageThenStep(t *testing.T) {
	spec := Spec{Height: 1, Width: 4, Channels: 1, Scale: 0.5, After: &Standard{Image: "center", Whiten: true,
		Center: make([]float32, 4), Matrix: []float32{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2}}}
	img := &image.Gray{Pix: []uint8{2, 6, 10, 14}, Stride: 4, Rect: image.Rect(0, 0, 4, 1)}
	x, s := make([]float32, 4), new(Scratch)
	if err := spec.Image(x, img, s); err != nil {
		t.Fatal(err)
	}
	close32(t, "picture", x, -3, -1, 1, 6)
	if n := testing.AllocsPerRun(10, func() { _ = spec.Image(x, img, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkWhiten(b *testing.B) {
	const n = 3072
	p := Standard{Whiten: true, Center: make([]float32, n), Matrix: make([]float32, n*n)}
	x, s := make([]float32, n), new(Scratch)
	for b.Loop() {
		p.Apply(x, s)
	}
}
