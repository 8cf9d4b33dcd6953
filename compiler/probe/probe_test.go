package probe_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/probe"
)

// network wraps a graph and weights by name.
func network(t *testing.T, b *op.Builder, weights map[string][]float32) *probe.Network {
	t.Helper()
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	n, err := probe.New(b.Graph, func(name string) []float32 { return weights[name] })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSaliencyOfLinearNetwork: the derivative of a score of a linear network is
// its weights, whatever the image, and the softmax behind it does not matter.
func TestSaliencyOfLinearNetwork(t *testing.T) {
	g := &ir.Graph{Name: "linear"}
	b := op.NewBuilder(g)
	x := b.Input("input", ir.Shape{2, 3, 2})
	y := b.Op("flatten", "flatten1", nil, x)
	y = b.Op("dense", "dense1.dense", nil, y, b.Param("dense1.kernel", "zeros", ir.Shape{12, 3}).Value)
	y = b.Op("bias", "dense1.preact", nil, y, b.Param("dense1.bias", "zeros", ir.Shape{3}).Value)
	g.Scores = b.Op("softmax", "dense1", nil, y)
	w := make([]float32, 36)
	for i := range w {
		w[i] = float32((i*7)%13) - 6
	}
	n := network(t, b, map[string][]float32{"dense1.kernel": w, "dense1.bias": {1, 2, 3}})
	image := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	for class := range 3 {
		m, err := n.Saliency(image, class)
		if err != nil {
			t.Fatal(err)
		}
		if m.H != 2 || m.W != 3 {
			t.Fatalf("a map of %dx%d", m.H, m.W)
		}
		for i, got := range m.Values {
			a, b := math.Abs(float64(w[2*i*3+class])), math.Abs(float64(w[(2*i+1)*3+class]))
			if want := max(a, b); got != want {
				t.Errorf("class %d pixel %d: %v, want %v", class, i, got, want)
			}
		}
	}
	if _, err := n.Saliency(image, 3); err == nil {
		t.Error("class 3 of 3 is accepted")
	}
}

// TestOneScoreOfTwoClasses: the first class is the second turned around.
func TestOneScoreOfTwoClasses(t *testing.T) {
	g := &ir.Graph{Name: "binary"}
	b := op.NewBuilder(g)
	y := b.Op("dense", "dense1.dense", nil, b.Input("input", ir.Shape{3}), b.Param("dense1.kernel", "zeros", ir.Shape{3, 1}).Value)
	g.Scores = b.Op("act", "dense1", ir.ActAttr{Func: "sigmoid"}, y)
	n := network(t, b, map[string][]float32{"dense1.kernel": {1, -2, 4}})
	for class, sign := range []float64{-1, 1} {
		got, err := n.Gradient([]float64{1, 1, 1}, class)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range []float64{1, -2, 4} {
			if got[i] != sign*w {
				t.Errorf("class %d: %v", class, got)
			}
		}
	}
}

// pooled is conv 1x1 (identity) relu, globalavgpool, dense: its class activation
// map is known.
func pooled(t *testing.T) (*probe.Network, []float64) {
	const h, w, c, classes = 5, 4, 2, 2
	g := &ir.Graph{Name: "pooled"}
	b := op.NewBuilder(g)
	b.Layer = "conv1"
	a := ir.ConvAttr{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, InH: h, InW: w}
	y := b.Op("conv2d", "conv1.conv2d", a, b.Input("input", ir.Shape{h, w, c}), b.Param("conv1.kernel", "zeros", ir.Shape{1, 1, c, c}).Value)
	y = b.Op("bias", "conv1.preact", nil, y, b.Param("conv1.bias", "zeros", ir.Shape{c}).Value)
	y = b.Op("act", "conv1", ir.ActAttr{Func: "relu"}, y)
	b.Layer = "globalavgpool1"
	y = b.Op("globalavgpool", "globalavgpool1", nil, y)
	b.Layer = "dense1"
	y = b.Op("dense", "dense1.dense", nil, y, b.Param("dense1.kernel", "zeros", ir.Shape{c, classes}).Value)
	g.Scores = b.Op("softmax", "dense1", nil, y)
	x := make([]float64, h*w*c)
	x[(1*w+2)*c] = 3   // what class 0 looks for, at row 1, column 2
	x[(4*w+0)*c+1] = 5 // what class 1 looks for, at row 4, column 0
	return network(t, b, map[string][]float32{
		"conv1.kernel": {1, 0, 0, 1}, "conv1.bias": {0, 0}, "dense1.kernel": {2, -1, -1, 4},
	}), x
}

// TestCAM: with globalavgpool and a dense layer the map is Zhou's, the sum of the
// channels weighted by the dense layer, over the number of pixels.
func TestCAM(t *testing.T) {
	n, x := pooled(t)
	for class, want := range []map[int]float64{{1*4 + 2: 2 * 3 / 20.0}, {4 * 4: 4 * 5 / 20.0}} {
		m, at, err := n.CAM(x, class, "")
		if err != nil {
			t.Fatal(err)
		}
		if at != "conv1" || m.H != 5 || m.W != 4 {
			t.Fatalf("%dx%d at %s", m.H, m.W, at)
		}
		for i, got := range m.Values {
			// Elsewhere the weights are negative or the activation is 0.
			if math.Abs(got-want[i]) > 1e-15 {
				t.Errorf("class %d pixel %d: %v, want %v", class, i, got, want[i])
			}
		}
		// Enlarged, the brightest pixel is inside the object.
		big := m.Resize(50, 40).Scaled()
		best := 0
		for i, v := range big.Values {
			if v > big.Values[best] {
				best = i
			}
		}
		for pixel := range want {
			if best/40/10 != pixel/4 || best%40/10 != pixel%4 || big.Values[best] != 1 {
				t.Errorf("class %d: brightest at %d,%d: %v", class, best/40, best%40, big.Values[best])
			}
		}
	}
}

func TestCAMRefuses(t *testing.T) {
	n, x := pooled(t)
	for _, c := range []struct{ layer, want string }{
		{"nothing", "no layer nothing"}, {"dense1", "no image"}, {"globalavgpool1", "no image"},
	} {
		if _, _, err := n.CAM(x, 0, c.layer); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.layer, err, c.want)
		}
	}
}

// TestGradientOfRandomNetworks compares with central differences: every operation
// that stands in an inference graph has a gradient.
func TestGradientOfRandomNetworks(t *testing.T) {
	compared := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := compilertest.RandomNetwork(r, compilertest.Options{})
		in := compilertest.RandomInputs(r, g, 1)
		if err := pass.Run(g, pass.Inference, nil); err != nil {
			t.Fatal(err)
		}
		weights := map[string][]float32{}
		full := compilertest.RandomInputs(rand.New(rand.NewPCG(seed, 4)), g, 1)
		in.X = full.X
		for i, p := range g.Params {
			for k, v := range full.Params[i] {
				full.Params[i][k] = float64(float32(v))
				weights[p.Value.Name] = append(weights[p.Value.Name], float32(v))
			}
		}
		n, err := probe.New(g, func(name string) []float32 { return weights[name] })
		if err != nil {
			t.Fatal(err)
		}
		class := r.IntN(n.Classes())
		grad, err := n.Gradient(full.X, class)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, g)
		}
		scores := g.Scores
		if a, _ := scores.Attr.(ir.ActAttr); scores.Op == "softmax" || scores.Op == "log_softmax" || scores.Op == "act" && a.Func == "sigmoid" {
			scores = scores.Args[0]
		}
		at := func(h float64, u []float64) float64 {
			x := make([]float64, len(full.X))
			for i := range x {
				x[i] = full.X[i] + h*u[i]
			}
			res, err := eval.Run(g, eval.Inputs{N: 1, X: x, Params: full.Params})
			if err != nil {
				t.Fatal(err)
			}
			s := res.Of(scores)
			if len(s) == 1 {
				return s[0] * float64(2*class-1)
			}
			return s[class]
		}
		u := make([]float64, len(full.X))
		want := 0.0
		for i := range u {
			u[i] = r.NormFloat64()
			want += u[i] * grad[i]
		}
		const h = 1e-6
		above, here, below := at(h, u), at(0, u), at(-h, u)
		if kink := math.Abs(above - 2*here + below); kink > 1e-7*math.Abs(want)*1e-2+1e-11*max(1, math.Abs(here)) {
			continue // a relu or pooling changes sides between the two points
		}
		compared++
		if got := (above - below) / (2 * h); math.Abs(got-want) > 1e-5*max(math.Abs(want), 1e-2) {
			t.Errorf("seed %d: difference %v, gradient %v\n%s", seed, got, want, g)
		}
	}
	if compared < 40 {
		t.Errorf("only %d of 60 networks compared", compared)
	}
}

func TestResize(t *testing.T) {
	m := &probe.Map{H: 1, W: 2, Values: []float64{0, 4}}
	got := m.Resize(2, 4).Values
	want := []float64{0, 1, 3, 4, 0, 1, 3, 4}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	if s := (&probe.Map{H: 1, W: 2, Values: []float64{0, 0}}).Scaled(); s.Values[0] != 0 || s.Max() != 0 {
		t.Errorf("a map of zeros becomes %v", s.Values)
	}
}
