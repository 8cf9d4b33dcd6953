package pass_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// bounded reports whether the loss had to bound a probability, which the form
// that simplify makes of it does not do.
func bounded(g *ir.Graph, r *eval.Result) bool {
	return op.Lookup(g.Loss.Op).Loss.Of != "" && slices.ContainsFunc(r.Of(g.Scores), func(p float64) bool { return p < 1.001e-7 || p > 1-1.001e-7 })
}

// TestPassesPreserve compares scores, logits, loss and gradients of random
// networks before and after the passes and fusion.
func TestPassesPreserve(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 60
	}
	networks(t, n, compilertest.Options{}, func(t *testing.T, g *ir.Graph, in eval.Inputs) {
		before := run(t, g, in)

		train := g.Clone()
		if err := pass.Run(train, pass.Training, nil); err != nil {
			t.Fatal(err)
		}
		after := run(t, train, in)
		compilertest.Close(t, "scores", after.Of(train.Scores), before.Of(g.Scores), 1e-12)
		if !bounded(g, before) {
			compilertest.Close(t, "loss", after.Of(train.Loss), before.Of(g.Loss), 1e-9)
		}
		if (g.Logits == nil) != (train.Logits == nil) {
			t.Errorf("logits %v became %v", g.Logits, train.Logits)
		} else if g.Logits != nil {
			compilertest.Close(t, "logits", after.Of(train.Logits), before.Of(g.Logits), 1e-12)
		}

		for _, f := range []pass.Pass{{Name: "fuse", Run: pass.Fuse}, {Name: "fuse bias", Run: pass.FuseBias}} {
			fused := train.Clone()
			if err := pass.Run(fused, []pass.Pass{f}, nil); err != nil {
				t.Fatal(err)
			}
			r := run(t, fused, in)
			compilertest.Close(t, f.Name+": scores", r.Of(fused.Scores), after.Of(train.Scores), 1e-12)
			compilertest.Close(t, f.Name+": loss", r.Of(fused.Loss), after.Of(train.Loss), 1e-12)
			for i, d := range fused.Grads {
				if d != nil {
					compilertest.CloseAbove(t, f.Name+": gradient of "+g.Params[i].Value.Name, r.Of(d), after.Of(train.Grads[i]), 1e-9, 1e-5)
				}
			}
		}

		infer := g.Clone()
		if err := pass.Run(infer, pass.Inference, nil); err != nil {
			t.Fatal(err)
		}
		still := in
		still.Scalars = make([]float64, len(g.Scalars)) // rate 0: what inference should be
		// The statistics of a batch give way to the moving ones.
		still.Given = map[*ir.Value][]float64{}
		for _, v := range g.Values {
			if v.Op == "batch_stats" {
				still.Given[v] = slices.Concat(in.Params[g.ParamIndex(v.Args[1])], in.Params[g.ParamIndex(v.Args[2])])
			}
		}
		compilertest.Close(t, "inference", run(t, infer, in).Of(infer.Scores), run(t, g, still).Of(g.Scores), 1e-12)
		for _, v := range infer.Values {
			if v.Op == "dropout" || v.Op == "batch_stats" || v.Op == "target" || op.Lookup(v.Op).Loss != nil {
				t.Errorf("left in an inference graph: %s", v)
			}
		}
	})
}

// chain builds a graph of one path: an input and operations on it.
func chain(input ir.Shape, f func(b *op.Builder, x *ir.Value) *ir.Value) *ir.Graph {
	g := &ir.Graph{Name: "chain"}
	b := op.NewBuilder(g)
	b.Layer = "layer"
	g.Scores = f(b, b.Input("input", input))
	if err := b.Err(); err != nil {
		panic(err)
	}
	return g
}

func TestSimplifyRules(t *testing.T) {
	one := ir.PoolAttr{KH: 1, KW: 1, SH: 1, SW: 1, InH: 3, InW: 2}
	relu := ir.ActAttr{Func: "relu"}
	for _, c := range []struct {
		name  string
		input ir.Shape
		build func(b *op.Builder, x *ir.Value) *ir.Value
		want  []string // operations left
	}{
		{"flatten of a vector", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "a", relu, b.Op("flatten", "f", nil, x))
		}, []string{"input", "act"}},
		{"reshape of flatten", ir.Shape{3, 2, 4}, func(b *op.Builder, x *ir.Value) *ir.Value {
			f := b.Op("flatten", "f", nil, x)
			return b.Op("act", "a", relu, b.Shaped("reshape", "r", x.Type(), nil, f))
		}, []string{"input", "act"}},
		{"reshape to another shape stays", ir.Shape{3, 2, 4}, func(b *op.Builder, x *ir.Value) *ir.Value {
			f := b.Op("flatten", "f", nil, x)
			return b.Shaped("reshape", "r", ir.Type{Shape: ir.Shape{2, 3, 4}, Batched: true}, nil, f)
		}, []string{"input", "reshape"}},
		{"pooling of pixels", ir.Shape{3, 2, 4}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "a", relu, b.Op("avgpool2d", "q", one, b.Op("maxpool2d", "p", one, x)))
		}, []string{"input", "act"}},
		{"strided pixels stay", ir.Shape{3, 2, 4}, func(b *op.Builder, x *ir.Value) *ir.Value {
			a := one
			a.SH = 2
			return b.Op("maxpool2d", "p", a, x)
		}, []string{"input", "maxpool2d"}},
		{"concat of one", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "a", relu, b.Op("concat", "c", nil, x))
		}, []string{"input", "act"}},
		{"average of a pixel", ir.Shape{1, 1, 4}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("globalavgpool", "g", nil, x)
		}, []string{"input", "flatten"}},
		{"relu of relu", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "b", relu, b.Op("act", "a", relu, x))
		}, []string{"input", "act"}},
		{"elu 0 of leaky_relu 0", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "b", ir.ActAttr{Func: "elu"}, b.Op("act", "a", ir.ActAttr{Func: "leaky_relu"}, x))
		}, []string{"input", "act"}},
		{"relu of elu stays", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("act", "b", relu, b.Op("act", "a", ir.ActAttr{Func: "elu", Params: ir.ActParams{1}}, x))
		}, []string{"input", "act", "act"}},
		{"common subexpression", ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
			return b.Op("add", "s", nil, b.Op("act", "a", relu, x), b.Op("act", "b", relu, x))
		}, []string{"input", "act", "add"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := chain(c.input, c.build)
			in := compilertest.RandomInputs(rand.New(rand.NewPCG(2, 3)), g, 2)
			want := run(t, g, in).Of(g.Scores)
			list := []pass.Pass{{Name: "simplify", Run: pass.Simplify}, {Name: "dce", Run: pass.DCE}}
			if err := pass.Run(g, list, nil); err != nil {
				t.Fatal(err)
			}
			var ops []string
			for _, v := range g.Values {
				ops = append(ops, v.Op)
			}
			if len(ops) != len(c.want) {
				t.Fatalf("left with %v, want %v", ops, c.want)
			}
			for i := range ops {
				if ops[i] != c.want[i] {
					t.Fatalf("left with %v, want %v", ops, c.want)
				}
			}
			compilertest.Close(t, c.name, run(t, g, in).Of(g.Scores), want, 0)
		})
	}
}

// TestSimplifyCrossentropy checks that the joined loss is right where the plain
// one is bounded: at a probability far below 1e-7.
func TestSimplifyCrossentropy(t *testing.T) {
	g := chain(ir.Shape{3}, func(b *op.Builder, x *ir.Value) *ir.Value {
		b.Graph.Logits = x
		y := b.Op("softmax", "s", nil, x)
		b.Graph.Loss = b.Op("categorical_crossentropy", "loss", ir.LossAttr{Scores: 3}, y, b.Target("target", ir.Type{DType: ir.Label}))
		return y
	})
	in := eval.Inputs{N: 2, X: []float64{0, 50, 3, 1, 2, 3}, Labels: []int32{0, 2}}
	before := append([]float64(nil), run(t, g, in).Of(g.Loss)...)
	if err := pass.Simplify(g); err != nil {
		t.Fatal(err)
	}
	if g.Loss.Op != "softmax_crossentropy" || g.Loss.Args[0] != g.Logits {
		t.Fatalf("the loss is %s", g.Loss)
	}
	after := run(t, g, in).Of(g.Loss)
	if math.Abs(before[0]-16.11809565) > 1e-7 || math.Abs(after[0]-50) > 1e-9 {
		t.Errorf("bounded loss %v and joined loss %v, want 16.118 and 50", before[0], after[0])
	}
	if math.Abs(after[1]-before[1]) > 1e-12 {
		t.Errorf("loss %v became %v", before[1], after[1])
	}
}

// TestSimplifyKeepsGradients: two parameters may have equal gradients, but each
// needs one of its own.
func TestSimplifyKeepsGradients(t *testing.T) {
	g := &ir.Graph{Name: "twins"}
	b := op.NewBuilder(g)
	x := b.Input("input", ir.Shape{3})
	y := b.Op("bias", "y", nil, x, b.Param("b1", "zeros", ir.Shape{3}).Value)
	y = b.Op("bias", "z", nil, y, b.Param("b2", "zeros", ir.Shape{3}).Value)
	g.Scores = y
	g.Loss = b.Op("mean_squared_error", "loss", ir.LossAttr{Scores: 3}, y, b.Target("target", ir.Type{Shape: ir.Shape{3}}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	list := []pass.Pass{{Name: "autodiff", Run: pass.Autodiff}, {Name: "simplify", Run: pass.Simplify}, {Name: "dce", Run: pass.DCE}}
	if err := pass.Run(g, list, nil); err != nil {
		t.Fatal(err)
	}
	if g.Grads[0] == g.Grads[1] {
		t.Errorf("both biases have the gradient %s", g.Grads[0])
	}
}

// TestInferenceEndsInDropout: the scores themselves may be a dropout.
func TestInferenceEndsInDropout(t *testing.T) {
	g := chain(ir.Shape{5}, func(b *op.Builder, x *ir.Value) *ir.Value {
		a := ir.DropoutAttr{Rate: b.Scalar("r", 0.5), Stream: 1, Channels: 5}
		return b.Op("dropout", "d", a, b.Op("dropout", "c", a, x))
	})
	if err := pass.Run(g, pass.Inference, nil); err != nil {
		t.Fatal(err)
	}
	if g.Scores != g.Input || len(g.Values) != 1 {
		t.Errorf("left:\n%s", g)
	}
}

func TestDCE(t *testing.T) {
	g := diamond()
	b := op.NewBuilder(g)
	b.Op("act", "dead", ir.ActAttr{Func: "relu"}, b.Op("act", "dying", ir.ActAttr{Func: "tanh"}, g.Input))
	n := len(g.Values)
	if err := pass.DCE(g); err != nil {
		t.Fatal(err)
	}
	if len(g.Values) != n-2 || g.Named("dead") != nil || g.Named("dying") != nil {
		t.Errorf("%d of %d values left, want all but two:\n%s", len(g.Values), n, g)
	}
	if err := op.Verify(g); err != nil {
		t.Error(err)
	}
}

// TestRunNamesThePass checks that a pass that breaks a graph is found out.
func TestRunNamesThePass(t *testing.T) {
	var seen []string
	list := []pass.Pass{
		{Name: "fine", Run: func(*ir.Graph) error { return nil }},
		{Name: "vandal", Run: func(g *ir.Graph) error { g.Scores.Shape = ir.Shape{99}; return nil }},
	}
	err := pass.Run(diamond(), list, func(p pass.Pass, _ *ir.Graph) { seen = append(seen, p.Name) })
	if err == nil || err.Error()[:len("internal error: after pass vandal")] != "internal error: after pass vandal" {
		t.Errorf("got %v", err)
	}
	if len(seen) != 1 || seen[0] != "fine" {
		t.Errorf("passes seen: %v", seen)
	}
}

// FuzzPasses runs the lists on random networks: every pass must leave a valid
// graph (Run verifies after each) with the same scores.
func FuzzPasses(f *testing.F) {
	f.Add(uint64(1), uint8(9), uint8(5))
	f.Add(uint64(2), uint8(33), uint8(12))
	f.Fuzz(func(t *testing.T, seed uint64, channels, layers uint8) {
		r := rand.New(rand.NewPCG(seed, 17))
		g := compilertest.RandomNetwork(r, compilertest.Options{MaxChannels: 1 + int(channels%40), MaxLayers: 1 + int(layers%16)})
		in := compilertest.RandomInputs(r, g, 1)
		want := run(t, g, in).Of(g.Scores)
		if err := pass.Run(g, pass.Training, nil); err != nil {
			t.Fatal(err)
		}
		if err := pass.Run(g, []pass.Pass{{Name: "fuse", Run: pass.Fuse}}, nil); err != nil {
			t.Fatal(err)
		}
		got := run(t, g, in).Of(g.Scores)
		if slices.ContainsFunc(want, math.IsNaN) {
			t.Skip("deep random networks may overflow")
		}
		compilertest.Close(t, "scores", got, want, 1e-9)
	})
}
