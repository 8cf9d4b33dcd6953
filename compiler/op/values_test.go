package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/runtime/rng"
)

// compute evaluates one operation on given operands, n examples.
func compute(t *testing.T, c compilertest.Case, n int, operands ...[]float64) []float64 {
	t.Helper()
	g, err := c.Graph()
	if err != nil {
		t.Fatal(err)
	}
	given := make(map[*ir.Value][]float64)
	for i, x := range operands {
		given[g.Values[i]] = x
	}
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = uint64(100 + i)
	}
	r, err := eval.Run(g, eval.Inputs{N: n, Given: given, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return r.Of(g.Scores)
}

func near(t *testing.T, name string, got []float64, tolerance float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %v, want %v", name, got, want)
		return
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s: got %v, want %v", name, got, want)
			return
		}
	}
}

// TestActivationValues has the reference values of the specification (spec:
// activations, reference values), given to six digits.
func TestActivationValues(t *testing.T) {
	x := []float64{-4, -2.6, -1, -0.5, 0, 0.5, 1, 2.6, 4}
	want := map[string][]float64{
		"relu":           {0, 0, 0, 0, 0, 0.5, 1, 2.6, 4},
		"relu6":          {0, 0, 0, 0, 0, 0.5, 1, 2.6, 4},
		"leaky_relu":     {-0.8, -0.52, -0.2, -0.1, 0, 0.5, 1, 2.6, 4},
		"sigmoid":        {0.017986, 0.069138, 0.268941, 0.377541, 0.5, 0.622459, 0.731059, 0.930862, 0.982014},
		"hard_sigmoid":   {0, 0.066667, 0.333333, 0.416667, 0.5, 0.583333, 0.666667, 0.933333, 1},
		"tanh":           {-0.999329, -0.989027, -0.761594, -0.462117, 0, 0.462117, 0.761594, 0.989027, 0.999329},
		"softplus":       {0.018150, 0.071645, 0.313262, 0.474077, 0.693147, 0.974077, 1.313262, 2.671645, 4.018150},
		"softsign":       {-0.8, -2.6 / 3.6, -0.5, -1.0 / 3, 0, 1.0 / 3, 0.5, 2.6 / 3.6, 0.8},
		"silu":           {-0.071945, -0.179760, -0.268941, -0.188770, 0, 0.311230, 0.731059, 2.420240, 3.928055},
		"elu":            {-0.981684, -0.925726, -0.632121, -0.393469, 0, 0.5, 1, 2.6, 4},
		"selu":           {-1.725899, -1.627519, -1.111331, -0.691758, 0, 0.525350, 1.050701, 2.731823, 4.202804},
		"gelu":           {-0.000127, -0.012119, -0.158655, -0.154269, 0, 0.345731, 0.841345, 2.587881, 3.999873},
		"hard_silu":      {0, -0.173333, -0.333333, -0.208333, 0, 0.291667, 0.666667, 2.426667, 4},
		"gelu_tanh":      {-0.000070, -0.011654, -0.158808, -0.154286, 0, 0.345714, 0.841192, 2.588346, 3.999930},
		"mish":           {-0.072592, -0.185958, -0.303401, -0.220744, 0, 0.375245, 0.865098, 2.575262, 3.997413},
		"general_relu":   {0, 0, 0, 0, 0, 0.5, 1, 2.6, 4},
		"celu":           {-0.9816844, -0.9257264, -0.6321206, -0.3934693, 0, 0.5, 1, 2.6, 4},
		"log_sigmoid":    {-4.01815, -2.671645, -1.313262, -0.974077, -0.6931472, -0.474077, -0.3132617, -0.07164469, -0.01814993},
		"hard_tanh":      {-1, -1, -1, -0.5, 0, 0.5, 1, 1, 1},
		"tanh_shrink":    {-3.000671, -1.610973, -0.2384058, -0.03788284, 0, 0.03788284, 0.2384058, 1.610973, 3.000671},
		"squareplus":     {0.236068, 0.3401219, 0.618034, 0.7807764, 1, 1.280776, 1.618034, 2.940122, 4.236068},
		"soft_shrink":    {-3.5, -2.1, -0.5, 0, 0, 0, 0.5, 2.1, 3.5},
		"hard_shrink":    {-4, -2.6, -1, 0, 0, 0, 1, 2.6, 4},
		"threshold":      {0, 0, 0, 0, 0, 0.5, 1, 2.6, 4},
		"sparse_plus":    {0, 0, 0, 0.0625, 0.25, 0.5625, 1, 2.6, 4},
		"sparse_sigmoid": {0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1},
		"exponential":    {0.018316, 0.074274, 0.367879, 0.606531, 1, 1.648721, 2.718282, 13.463738, 54.598150},
	}
	for _, a := range op.Activations() {
		if want[a.Name] == nil {
			t.Errorf("%s: no reference values", a.Name)
			continue
		}
		got := compute(t, compilertest.Case{Op: "act", Attr: act(a.Name), Args: types(vector(9))}, 1, x)
		near(t, a.Name, got, 6e-7, want[a.Name]...)
	}
}

// TestActivationParameters has values under parameters that are not the usual
// ones, on both sides of what they name (spec: activations, relu with options).
func TestActivationParameters(t *testing.T) {
	x := []float64{-4, -1, 0, 0.5, 1, 1.5, 6, 7}
	for _, c := range []struct {
		a    ir.ActAttr
		want []float64
	}{
		{op.LookupActivation("general_relu").Attr(6, 0.25, 1), []float64{-1.25, -0.5, -0.25, -0.125, 0, 1.5, 6, 6}},
		{op.LookupActivation("general_relu").Attr(math.Inf(1), 0, 1), []float64{0, 0, 0, 0, 0, 1.5, 6, 7}},
		{op.LookupActivation("general_relu").Attr(0.5, 0, 1), []float64{0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5}},
		{op.LookupActivation("celu").Attr(2), []float64{2 * (math.Exp(-2) - 1), 2 * (math.Exp(-0.5) - 1), 0, 0.5, 1, 1.5, 6, 7}},
		{op.LookupActivation("squareplus").Attr(9), []float64{0.5, (math.Sqrt(10) - 1) / 2, 1.5, (0.5 + math.Sqrt(9.25)) / 2, (1 + math.Sqrt(10)) / 2, (1.5 + math.Sqrt(11.25)) / 2, (6 + math.Sqrt(45)) / 2, (7 + math.Sqrt(58)) / 2}},
		{op.LookupActivation("soft_shrink").Attr(1), []float64{-3, 0, 0, 0, 0, 0.5, 5, 6}},
		{op.LookupActivation("hard_shrink").Attr(1), []float64{-4, 0, 0, 0, 0, 1.5, 6, 7}},
		{op.LookupActivation("threshold").Attr(1, -2), []float64{-2, -2, -2, -2, -2, 1.5, 6, 7}},
	} {
		got := compute(t, compilertest.Case{Op: "act", Attr: c.a, Args: types(vector(len(x)))}, 1, x)
		near(t, c.a.String(), got, 1e-15, c.want...)
	}
}

// TestActivationsAtInfinity: limits, and a NaN that stays one.
func TestActivationsAtInfinity(t *testing.T) {
	for _, f := range op.Activations() {
		for _, p := range []ir.ActParams{f.Attr().Params, f.Attr(f.Sample...).Params} {
			if y := f.F(math.NaN(), p); !math.IsNaN(y) {
				t.Errorf("%s of NaN is %v", f.Name, y)
			}
			for _, sign := range []float64{-1, 1} {
				inf, far := f.F(math.Inf(int(sign)), p), f.F(sign*1e300, p)
				if math.IsNaN(inf) || math.Abs(inf-far) > 1e-9 && !(math.IsInf(inf, 0) && math.Abs(far) > 1e290 && inf*far > 0) {
					t.Errorf("%s of %v is %v, of %v it is %v", f.Name, math.Inf(int(sign)), inf, sign*1e300, far)
				}
				r, q := math.Inf(int(sign)), sign*1e300
				if f.FromOutput {
					r, q = inf, far
				}
				if f.Name == "general_relu" && math.IsInf(p[0], 1) {
					continue // Inf reaches a limit of Inf, nothing else does
				}
				if a, b := f.D(r, p), f.D(q, p); math.IsNaN(a) || math.Abs(a-b) > 1e-9 && !math.IsInf(a, 1) {
					t.Errorf("the derivative of %s at %v is %v, at %v it is %v", f.Name, r, a, q, b)
				}
			}
		}
	}
}

// TestKinks has the derivatives where they are a matter of convention (spec:
// layers, gradient conventions at the awkward points), and that extreme inputs
// give finite numbers.
func TestKinks(t *testing.T) {
	gradOf := func(a ir.ActAttr, x ...float64) []float64 {
		f := a.Func
		g := &ir.Graph{}
		b := op.NewBuilder(g)
		b.Layer = "layer"
		in := b.Input("x", ir.Shape{len(x)})
		one := &ir.Value{Op: "input", Name: "one", Shape: in.Shape, Batched: true}
		g.Append(one)
		g.Scores = b.Op("act", "y", a, in)
		d := op.Lookup("act").VJP(b, g.Scores, one, []bool{true})[0]
		ones := make([]float64, len(x))
		for i := range ones {
			ones[i] = 1
		}
		r, err := eval.Run(g, eval.Inputs{N: 1, X: x, Given: map[*ir.Value][]float64{one: ones}})
		if err != nil {
			t.Fatal(err)
		}
		for i, y := range append(r.Of(g.Scores), r.Of(d)...) {
			if math.IsNaN(y) || f != "exponential" && math.IsInf(y, 0) {
				t.Errorf("%s of %v: value or derivative %d is %v", f, x, i, y)
			}
		}
		return r.Of(d)
	}
	grad := func(f string, x ...float64) []float64 { return gradOf(act(f), x...) }
	near(t, "relu at 0", grad("relu", 0), 0, 0)
	near(t, "leaky_relu at 0", grad("leaky_relu", 0), 0, 0.2)
	near(t, "relu6 at 0 and 6", grad("relu6", 0, 3, 6), 0, 0, 1, 0)
	near(t, "hard_sigmoid at -3 and 3", grad("hard_sigmoid", -3, 0, 3), 1e-16, 0, 1.0/6, 0)
	near(t, "elu at 0", grad("elu", 0), 0, 1)
	near(t, "celu at 0", grad("celu", 0), 0, 1)
	near(t, "hard_silu at its edges", grad("hard_silu", -4, -3, 0, 3, 4), 1e-16, 0, 0, 0.5, 1, 1)
	near(t, "hard_tanh on its bounds", grad("hard_tanh", -1.5, -1, 0, 1, 1.5), 0, 0, 1, 1, 1, 0)
	near(t, "soft_shrink at -t and t", grad("soft_shrink", -0.75, -0.5, 0, 0.5, 0.75), 0, 1, 0, 0, 0, 1)
	near(t, "hard_shrink at -t and t", grad("hard_shrink", -0.75, -0.5, 0, 0.5, 0.75), 0, 1, 0, 0, 0, 1)
	near(t, "threshold at its threshold", grad("threshold", 0, 0.1), 0, 0, 1)
	near(t, "sparse_plus at its edges", grad("sparse_plus", -2, -1, 0, 1, 2), 0, 0, 0, 0.5, 1, 1)
	near(t, "sparse_sigmoid at its edges", grad("sparse_sigmoid", -1, 0, 1), 0, 0, 0.5, 0)
	near(t, "relu with options at its edges", gradOf(op.LookupActivation("general_relu").Attr(6, 0.25, 1), 0, 1, 1.5, 6, 7), 0, 0.25, 0.25, 1, 0, 0)
	near(t, "derivatives of gelu, both forms", slices.Concat(grad("gelu", -1, 1), grad("gelu_tanh", -1, 1)), 1e-6, -0.083315, 1.083315, -0.082964, 1.082964)
	near(t, "derivatives of mish", grad("mish", -1, 0, 1), 1e-6, 0.059217, 0.6, 1.049036)
	for _, a := range op.Activations() {
		grad(a.Name, -700, -40, 40, 700)
		gradOf(a.Attr(a.Sample...), -700, -40, 0, 40, 700)
	}
}

func TestPoolingValues(t *testing.T) {
	// Average pooling of [1,2,3] by pairs with same padding counts real cells.
	row := ir.PoolAttr{KH: 1, KW: 2, SH: 1, SW: 2, Pad: ir.Pad{Right: 1}, InH: 1, InW: 3}
	near(t, "avgpool2d same", compute(t, compilertest.Case{Op: "avgpool2d", Attr: row, Args: types(image(1, 3, 1))}, 1, []float64{1, 2, 3}), 0, 1.5, 3)
	// Padding never wins, not even against negative numbers.
	near(t, "maxpool2d same", compute(t, compilertest.Case{Op: "maxpool2d", Attr: row, Args: types(image(1, 3, 1))}, 1, []float64{-1, -2, -3}), 0, -1, -3)

	// Ties go to the first cell in row-major order.
	square := ir.PoolAttr{KH: 2, KW: 2, SH: 2, SW: 2, InH: 2, InW: 4}
	x := []float64{5, 7, 1, 1, 7, 7, 1, 1}
	mask := compute(t, compilertest.Case{Op: "maxpool2d_mask", Attr: ir.PoolMaskAttr{Pool: square}, Args: types(image(2, 4, 1))}, 1, x)
	near(t, "mask of ties", mask, 0, 1, 0)
	maskT := ir.Type{Shape: ir.Shape{1, 2, 1}, DType: ir.Mask, Batched: true}
	dx := compute(t, compilertest.Case{Op: "maxpool2d_dx", Attr: square, Args: types(image(1, 2, 1), maskT)}, 1, []float64{10, 20}, mask)
	near(t, "gradient of ties", dx, 0, 0, 10, 20, 0, 0, 0, 0, 0)

	// With relu in front, windows not above zero mark nothing.
	x = []float64{-5, -7, 0, -1, -3, -7, 0, -1}
	masked := compute(t, compilertest.Case{Op: "maxpool2d_mask", Attr: ir.PoolMaskAttr{Pool: square, ReLU: true}, Args: types(image(2, 4, 1))}, 1, x)
	near(t, "mask with relu", masked, 0, -1, -1)
	dx = compute(t, compilertest.Case{Op: "maxpool2d_dx", Attr: square, Args: types(image(1, 2, 1), maskT)}, 1, []float64{10, 20}, masked)
	near(t, "gradient without winners", dx, 0, 0, 0, 0, 0, 0, 0, 0, 0)

	// Overlapping windows add up.
	overlap := ir.PoolAttr{KH: 1, KW: 2, SH: 1, SW: 1, InH: 1, InW: 3}
	near(t, "overlap", compute(t, compilertest.Case{Op: "maxpool2d_dx", Attr: overlap, Args: types(image(1, 2, 1), maskT)}, 1,
		[]float64{10, 20}, []float64{1, 0}), 0, 0, 30, 0)
}

// TestSoftmaxValues has a softmax of small and of large logits.
func TestSoftmaxValues(t *testing.T) {
	near(t, "softmax", compute(t, compilertest.Case{Op: "softmax", Args: types(vector(3))}, 2, []float64{1, 2, 3, 1001, 1002, 1003}), 6e-7,
		0.090031, 0.244728, 0.665241, 0.090031, 0.244728, 0.665241)
	near(t, "log_softmax", compute(t, compilertest.Case{Op: "log_softmax", Args: types(vector(3))}, 2, []float64{1, 2, 3, 1001, 1002, 1003}), 6e-7,
		-2.407606, -1.407606, -0.407606, -2.407606, -1.407606, -0.407606)
	near(t, "softmax of an image", compute(t, compilertest.Case{Op: "softmax", Args: types(image(1, 2, 3))}, 1, []float64{1, 2, 3, 7, 7, -1000}), 6e-7,
		0.090031, 0.244728, 0.665241, 0.5, 0.5, 0)
	sce := compilertest.Case{Op: "softmax_crossentropy", Attr: ir.LossAttr{Scores: 3}, Args: types(vector(3), label)}
	near(t, "softmax_crossentropy", compute(t, sce, 2, []float64{1, 2, 3, -2000, 0, 1000}, []float64{0, 1}), 6e-7, 2.407606, 1000)
	sce.Op = "softmax_crossentropy_grad"
	near(t, "its gradient", compute(t, sce, 1, []float64{1, 2, 3}, []float64{1}), 6e-7, 0.090031, 0.244728-1, 0.665241)
}

// TestDropout recomputes masks from the definition and looks at their
// statistics.
func TestDropout(t *testing.T) {
	const h, w, c, rate = 6, 5, 11, 0.375
	n, size := 3, h*w*c
	x := make([]float64, n*size)
	for i := range x {
		x[i] = float64(i + 1)
	}
	drop := func(stream int) []float64 {
		return compute(t, compilertest.Case{
			Op: "dropout", Attr: ir.DropoutAttr{Rate: 0, Stream: stream, Channels: c},
			Args: types(image(h, w, c)), Scalars: []float64{rate},
		}, n, x)
	}
	y := drop(4)
	kept := 0
	for i := range n {
		key := rng.DropoutKey(uint64(100+i), 4)
		for yy := range h {
			for xx := range w {
				for cc := range c {
					e := (yy*w+xx)*16 + cc // 11 channels lie on 16
					// Sixteen blocks of four words serve 64 elements.
					word := rng.Philox([4]uint32{uint32(e/64*16 + e%16)}, [2]uint32{uint32(key), uint32(key >> 32)})[e%64/16]
					j := i*size + (yy*w+xx)*c + cc
					want := 0.0
					if float64(word) >= rate*(1<<32) {
						want = x[j] / (1 - rate)
						kept++
					}
					if math.Abs(y[j]-want) > 1e-9 {
						t.Fatalf("example %d, (%d, %d, %d): %v, want %v", i, yy, xx, cc, y[j], want)
					}
				}
			}
		}
	}
	if share := float64(kept) / float64(n*size); math.Abs(share-(1-rate)) > 0.05 {
		t.Errorf("kept %v of the elements, want about %v", share, 1-rate)
	}
	if fmt.Sprint(drop(4)) != fmt.Sprint(y) {
		t.Error("the same stream and key gave another mask")
	}
	if fmt.Sprint(drop(5)) == fmt.Sprint(y) {
		t.Error("two streams gave the same mask")
	}
	// Flattened, the mask is the same.
	flat := compute(t, compilertest.Case{
		Op: "dropout", Attr: ir.DropoutAttr{Rate: 0, Stream: 4, Channels: c}, Args: types(vector(size)), Scalars: []float64{rate},
	}, n, x)
	if fmt.Sprint(flat) != fmt.Sprint(y) {
		t.Error("behind a flatten the mask is another one")
	}
}

func TestDropoutRates(t *testing.T) {
	for _, c := range []struct{ rate, kept, scale float64 }{{0, 1, 1}, {1, 0, 0}} {
		y := compute(t, compilertest.Case{
			Op: "dropout", Attr: ir.DropoutAttr{Rate: 0, Stream: 1, Channels: 40}, Args: types(vector(40)), Scalars: []float64{c.rate},
		}, 1, make40(3))
		want := make40(3 * c.kept * c.scale)
		near(t, fmt.Sprint("rate ", c.rate), y, 0, want...)
	}
}

func make40(v float64) []float64 {
	x := make([]float64, 40)
	for i := range x {
		x[i] = v
	}
	return x
}

// TestLayout: what lies in memory as an image, for the numbering of masks.
func TestLayouts(t *testing.T) {
	g := &ir.Graph{}
	b := op.NewBuilder(g)
	x := b.Input("x", ir.Shape{4, 3, 5})
	relu := ir.ActAttr{Func: "relu"}
	f := b.Op("flatten", "f", nil, x)
	a := b.Op("act", "a", relu, f)
	k := b.Param("k", "zeros", ir.Shape{60, 60}).Value
	d := b.Op("dense", "d", nil, a, k)
	same := b.Op("add", "same", nil, a, f)
	mixed := b.Op("add", "mixed", nil, a, d)
	joined := b.Op("concat", "joined", nil, a, f)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	doubled := same
	for i := range 60 { // 2^60 paths
		doubled = b.Op("add", fmt.Sprint("twice", i), nil, doubled, doubled)
	}
	for _, c := range []struct {
		v    *ir.Value
		want ir.Shape
	}{
		{x, ir.Shape{4, 3, 5}}, {a, ir.Shape{4, 3, 5}}, {d, ir.Shape{1, 1, 60}}, {same, ir.Shape{4, 3, 5}},
		{mixed, ir.Shape{1, 1, 60}}, {joined, ir.Shape{1, 1, 120}}, {doubled, ir.Shape{4, 3, 5}},
	} {
		if got := make(op.Layouts).Of(c.v); !got.Equal(c.want) {
			t.Errorf("%s lies as %v, want %v", c.v.Name, got, c.want)
		}
	}
}

// TestActivityPenalty has the example of the specification (initializers and
// regularizers, section 5) for one example, and another for the second.
func TestActivityPenalty(t *testing.T) {
	for _, c := range []struct {
		l1, l2 float64
		want   [2]float64
	}{{0.01, 0, [2]float64{0.06, 0.01}}, {0, 0.01, [2]float64{0.14, 0.01}}, {0.01, 0.02, [2]float64{0.34, 0.03}}} {
		a := ir.ActivityAttr{L1: 0, L2: 1}
		g, err := compilertest.Case{Op: "activity", Attr: a, Args: []ir.Type{{Shape: ir.Shape{3}, Batched: true}}, Scalars: []float64{c.l1, c.l2}}.Graph()
		if err != nil {
			t.Fatal(err)
		}
		r, err := eval.Run(g, eval.Inputs{N: 2, Given: map[*ir.Value][]float64{g.Values[0]: {1, -2, 3, 0, -1, 0}}})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "penalty", r.Penalty, 1e-12, c.want[:]...)
		near(t, "activity", r.Of(g.Scores), 0, 1, -2, 3, 0, -1, 0)
	}
}
