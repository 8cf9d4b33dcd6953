package op_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/runtime/rng"
)

var frameA = ir.FrameAttr{Pad: ir.Pad{Top: 1, Left: 2, Right: 1}}

// catalogueCases are the cases of layers that move, join or disturb values.
func catalogueCases() []compilertest.Case {
	rate := []float64{0.4}
	drop := ir.DropoutAttr{Stream: 3, Channels: 5}
	c := []compilertest.Case{
		{Op: "zeropad", Attr: frameA, Args: types(image(3, 2, 5))},
		{Op: "crop", Attr: frameA, Args: types(image(3, 5, 2))},
		{Op: "upsample", Attr: ir.UpsampleAttr{SH: 2, SW: 3}, Args: types(image(3, 2, 2))},
		{Op: "upsample", Attr: ir.UpsampleAttr{SH: 2, SW: 3, Bilinear: true}, Args: types(image(3, 2, 2))},
		{Op: "upsample", Attr: ir.UpsampleAttr{SH: 5, SW: 1, Bilinear: true}, Args: types(image(1, 4, 2))},
		{Op: "permute", Attr: ir.PermuteAttr{Axes: [3]int{2, 0, 1}}, Args: types(image(3, 2, 5))},
		{Op: "permute", Attr: ir.PermuteAttr{Axes: [3]int{1, 0, 2}}, Args: types(image(3, 2, 5))},
		{Op: "reshape", Args: types(image(3, 2, 5)), Shape: ir.Shape{5, 3, 2}},
		{Op: "globalmaxpool", Args: types(image(3, 2, 5))},
		{Op: "spatial_dropout", Attr: drop, Args: types(image(3, 2, 5)), Scalars: rate},
		{Op: "gaussian_noise", Attr: drop, Args: types(image(3, 2, 5)), Scalars: rate},
		{Op: "gaussian_dropout", Attr: drop, Args: types(image(3, 2, 5)), Scalars: rate},
		{Op: "alpha_dropout", Attr: drop, Args: types(image(3, 2, 5)), Scalars: rate},
		{Op: "affine", Attr: ir.AffineAttr{Scale: []float64{-2}, Offset: []float64{3}}, Args: types(vector(5))},
		{Op: "affine", Attr: ir.AffineAttr{Scale: []float64{-2, 0.5}, Offset: []float64{3, -1}}, Args: types(image(3, 2, 2))},
		{Op: "prelu", Args: types(image(3, 2, 5), weights(3, 2, 5))},
		{Op: "prelu", Args: types(image(3, 2, 5), weights(1, 1, 5))},
		{Op: "prelu", Args: types(vector(5), weights(5))},
	}
	for _, f := range []string{"add", "subtract", "multiply", "maximum", "minimum"} {
		for _, args := range [][]ir.Type{
			types(image(3, 2, 5), image(3, 2, 5)), types(image(3, 2, 5), image(1, 1, 5)), types(image(1, 1, 5), image(3, 2, 5)),
			types(image(3, 2, 5), image(3, 2, 1)), types(image(3, 2, 1), image(1, 1, 5)), types(image(1, 2, 5), image(3, 1, 5)),
			types(image(3, 2, 5), image(1, 1, 1)), types(vector(4), vector(4)),
		} {
			c = append(c, compilertest.Case{Op: "binary", Attr: ir.BinaryAttr{Func: f}, Args: args})
		}
	}
	return c
}

// TestCatalogueValues has the worked numbers of the specification and of its
// definitions (spec: layers 7, 8.2, 11 to 14).
func TestCatalogueValues(t *testing.T) {
	run := func(name string, attr any, args []ir.Type, shape ir.Shape, x ...[]float64) []float64 {
		return compute(t, compilertest.Case{Op: name, Attr: attr, Args: args, Shape: shape}, 1, x...)
	}
	near(t, "upsample bilinear", run("upsample", ir.UpsampleAttr{SH: 1, SW: 2, Bilinear: true}, types(image(1, 3, 1)), nil, []float64{1, 2, 3}),
		1e-15, 1, 1.25, 1.75, 2.25, 2.75, 3)
	near(t, "upsample nearest", run("upsample", ir.UpsampleAttr{SH: 2, SW: 2}, types(image(1, 2, 1)), nil, []float64{1, 2}),
		0, 1, 1, 2, 2, 1, 1, 2, 2)
	near(t, "zeropad", run("zeropad", ir.FrameAttr{Pad: ir.Pad{Top: 1, Right: 2}}, types(image(1, 2, 1)), nil, []float64{1, 2}),
		0, 0, 0, 0, 0, 1, 2, 0, 0)
	near(t, "crop", run("crop", ir.FrameAttr{Pad: ir.Pad{Top: 1, Left: 1}}, types(image(2, 3, 1)), nil, []float64{1, 2, 3, 4, 5, 6}), 0, 5, 6)
	// Axes (3, 1, 2): the first of the result is the channels.
	near(t, "permute", run("permute", ir.PermuteAttr{Axes: [3]int{2, 0, 1}}, types(image(1, 2, 3)), nil, []float64{1, 2, 3, 4, 5, 6}), 0, 1, 4, 2, 5, 3, 6)
	near(t, "globalmaxpool", run("globalmaxpool", nil, types(image(2, 2, 1)), nil, []float64{-4, -1, -3, -1}), 0, -1)
	near(t, "globalmaxpool ties", run("globalmaxpool_dx", nil, types(vector(1), image(2, 2, 1), vector(1)), nil,
		[]float64{6}, []float64{-4, -1, -3, -1}, []float64{-1}), 0, 0, 3, 0, 3)
	a, b := []float64{1, 5, 2}, []float64{4, 5, -2}
	v3 := types(vector(3), vector(3))
	near(t, "subtract", run("binary", ir.BinaryAttr{Func: "subtract"}, v3, nil, a, b), 0, -3, 0, 4)
	near(t, "maximum", run("binary", ir.BinaryAttr{Func: "maximum"}, v3, nil, a, b), 0, 4, 5, 2)
	near(t, "minimum", run("binary", ir.BinaryAttr{Func: "minimum"}, v3, nil, a, b), 0, 1, 5, -2)
	g3 := append(types(vector(3)), v3...)
	dy := []float64{10, 20, 30}
	for _, f := range []string{"maximum", "minimum"} { // ties go to the first operand
		first, second := []float64{0, 20, 30}, []float64{10, 0, 0}
		if f == "minimum" {
			first, second = []float64{10, 20, 0}, []float64{0, 0, 30}
		}
		near(t, f+" of the first", run("binary_grad", ir.BinaryAttr{Func: f}, g3, nil, dy, a, b), 0, first...)
		near(t, f+" of the second", run("binary_grad", ir.BinaryAttr{Func: f, Operand: 1}, g3, nil, dy, a, b), 0, second...)
	}
	near(t, "squeeze and excite", run("binary", ir.BinaryAttr{Func: "multiply"}, types(image(1, 2, 2), image(1, 1, 2)), nil,
		[]float64{1, 2, 3, 4}, []float64{10, 100}), 0, 10, 200, 30, 400)
	near(t, "gradient of the scale", run("reduce", nil, types(image(1, 2, 2), image(1, 2, 2)), ir.Shape{1, 1, 2},
		[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}), 0, 1*5+3*7, 2*6+4*8)
	near(t, "over channels", run("reduce", nil, types(image(1, 2, 2)), ir.Shape{1, 2, 1}, []float64{1, 2, 3, 4}), 0, 3, 7)
	near(t, "prelu", run("prelu", nil, types(vector(3), weights(3)), nil, []float64{-2, 0, 3}, []float64{0.25, 7, 7}), 0, -0.5, 0, 3)
	near(t, "prelu at 0", run("prelu_dx", nil, types(vector(3), vector(3), weights(3)), nil, dy, []float64{-2, 0, 3}, []float64{0.25, 7, 7}), 0, 2.5, 0, 30)
	near(t, "rescale", run("affine", ir.AffineAttr{Scale: []float64{1.0 / 127.5}, Offset: []float64{-1}}, types(vector(3)), nil, []float64{0, 127.5, 255}), 1e-15, -1, 0, 1)
}

// TestRandomLayers looks at mean and variance of what is drawn, and that
// gradients see the same draws.
func TestRandomLayers(t *testing.T) {
	const n, h, w, c = 40, 9, 7, 11
	const rate = 0.3
	size := h * w * c
	x := make([]float64, n*size)
	moments := func(y []float64) (mean, variance float64) {
		for _, v := range y {
			mean += v / float64(len(y))
		}
		for _, v := range y {
			variance += (v - mean) * (v - mean) / float64(len(y))
		}
		return mean, variance
	}
	draw := func(name string, stream int, x []float64) []float64 {
		return compute(t, compilertest.Case{
			Op: name, Attr: ir.DropoutAttr{Stream: stream, Channels: c}, Args: types(image(h, w, c)), Scalars: []float64{rate},
		}, n, x)
	}
	check := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.02*(1+math.Abs(want)) {
			t.Errorf("%s is %v, want about %v", name, got, want)
		}
	}
	noise := draw("gaussian_noise", 1, x)
	mean, variance := moments(noise)
	check("gaussian_noise: mean", mean, 0)
	check("gaussian_noise: variance", variance, rate*rate)
	for i := range x {
		x[i] = 2
	}
	mean, variance = moments(draw("gaussian_dropout", 1, x))
	check("gaussian_dropout: mean", mean, 2)
	check("gaussian_dropout: variance", variance, 4*rate/(1-rate))
	// Whole channels go, and about as many as the rate says.
	spatial := draw("spatial_dropout", 2, x)
	dropped := 0
	for i := range n {
		for ch := range c {
			first := spatial[i*size+ch]
			if first == 0 {
				dropped++
			} else if math.Abs(first-2/(1-rate)) > 1e-12 {
				t.Fatalf("spatial_dropout: %v is kept as %v", 2.0, first)
			}
			for p := range h * w {
				if got := spatial[i*size+p*c+ch]; got != first {
					t.Fatalf("spatial_dropout: example %d, channel %d has %v and %v", i, ch, first, got)
				}
			}
		}
	}
	if share := float64(dropped) / (n * c); math.Abs(share-rate) > 0.06 {
		t.Errorf("spatial_dropout: %v of the channels dropped, want %v", share, rate)
	}
	// Standard normal values keep mean and variance under alpha_dropout.
	for i := range x {
		x[i] = noise[i] / rate
	}
	y := draw("alpha_dropout", 5, x)
	mean, variance = moments(y)
	check("alpha_dropout: mean", mean, 0)
	check("alpha_dropout: variance", variance, 1)
	dx := draw("alpha_dropout_dx", 5, x)
	low, a, b := rng.AlphaDropout(rate)
	for i := range y {
		want := a*low + b
		if dx[i] != 0 {
			want = a*x[i] + b
		}
		if math.Abs(y[i]-want) > 1e-12 {
			t.Fatalf("alpha_dropout and its gradient draw differently at %d", i)
		}
	}
	for _, name := range []string{"gaussian_noise", "gaussian_dropout", "alpha_dropout", "spatial_dropout"} {
		if fmt.Sprint(draw(name, 5, x)) == fmt.Sprint(draw(name, 6, x)) {
			t.Errorf("%s: two streams give the same numbers", name)
		}
		if !op.IsRandom(name) {
			t.Errorf("%s stays in inference", name)
		}
	}
}
