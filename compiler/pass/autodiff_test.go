package pass_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// networks runs f on random networks with inputs, of which failures print the
// graph.
func networks(t *testing.T, n int, o compilertest.Options, f func(t *testing.T, g *ir.Graph, in eval.Inputs)) {
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 11))
			g := compilertest.RandomNetwork(r, o)
			in := compilertest.RandomInputs(r, g, 3)
			text := g.String()
			f(t, g, in)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

func run(t *testing.T, g *ir.Graph, in eval.Inputs) *eval.Result {
	t.Helper()
	if err := op.Verify(g); err != nil {
		t.Fatal(err)
	}
	r, err := eval.Run(g, in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAutodiff compares every gradient of random networks with central
// differences, without and with simplification before it.
func TestAutodiff(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 15
	}
	networks(t, n, compilertest.Options{MaxImage: 7, MaxChannels: 4, MaxLayers: 4}, func(t *testing.T, g *ir.Graph, in eval.Inputs) {
		simple := g.Clone()
		if err := pass.Autodiff(g); err != nil {
			t.Fatal(err)
		}
		compilertest.CheckGradients(t, g, in)
		if err := pass.Run(simple, pass.Training, nil); err != nil {
			t.Fatal(err)
		}
		plain, simplified := run(t, g, in), run(t, simple, in)
		if bounded(g, plain) {
			return
		}
		for i, d := range simple.Grads {
			if d != nil {
				compilertest.CloseAbove(t, "gradient of "+g.Params[i].Value.Name, simplified.Of(d), plain.Of(g.Grads[i]), 1e-9, 1e-5)
			}
		}
	})
}

// diamond is a graph whose input of the loss has three users, one of them
// twice, and whose first layer is frozen.
func diamond() *ir.Graph {
	g := &ir.Graph{Name: "diamond"}
	b := op.NewBuilder(g)
	b.Layer = "input"
	x := b.Input("input", ir.Shape{3})
	b.Layer = "dense1"
	w1 := b.Param("dense1.kernel", "glorot_uniform", ir.Shape{3, 2})
	w1.Frozen = true
	h := b.Op("dense", "dense1", nil, x, w1.Value)
	b.Layer = "dense2"
	w2 := b.Param("dense2.kernel", "glorot_uniform", ir.Shape{2, 4})
	y := b.Op("dense", "dense2", nil, h, w2.Value)
	b.Layer = "add1"
	s := b.Op("add", "add1", nil, y, y)
	b.Layer = "add2"
	s = b.Op("add", "add2", nil, b.Op("act", "add2.tanh", ir.ActAttr{Func: "tanh"}, y), s)
	g.Scores = s
	b.Layer = "loss"
	g.Loss = b.Op("mean_squared_error", "loss", ir.LossAttr{Scores: 4}, s, b.Target("target", ir.Type{Shape: ir.Shape{4}}))
	if err := b.Err(); err != nil {
		panic(err)
	}
	return g
}

func TestAutodiffDiamond(t *testing.T) {
	g := diamond()
	if err := pass.Autodiff(g); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	compilertest.CheckGradients(t, g, compilertest.RandomInputs(r, g, 5))
	if g.Grads[0] != nil {
		t.Errorf("the frozen kernel has gradient %s", g.Grads[0])
	}
	if v := g.Named("dense1.dx"); v != nil {
		t.Errorf("a gradient of the input: %s", v)
	}
	if v := g.Named("dense2.dx"); v != nil {
		t.Errorf("a gradient in front of the first trained layer: %s", v)
	}
	// y is used by tanh and twice by add1: two sums.
	sums := 0
	for _, v := range g.Values {
		if strings.Contains(v.Name, "dsum") {
			sums++
		}
	}
	if sums != 2 {
		t.Errorf("%d sums of gradients, want 2:\n%s", sums, g)
	}
}

func TestAutodiffRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(g *ir.Graph)
	}{
		{"no loss", "no loss", func(g *ir.Graph) { g.Loss = nil }},
		{"twice", "already", func(g *ir.Graph) { _ = pass.Autodiff(g) }},
		{"root is no loss", "cannot stand here", func(g *ir.Graph) { g.Loss = g.Scores }},
		{"unused parameter", "does not influence", func(g *ir.Graph) {
			op.NewBuilder(g).Param("stray", "zeros", ir.Shape{2})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := diamond()
			c.change(g)
			if err := pass.Autodiff(g); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
