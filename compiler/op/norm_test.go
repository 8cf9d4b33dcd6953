package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// positive draws statistics, whose second half are variances.
func positive(arg int) func(int, *rand.Rand) float64 {
	return func(i int, r *rand.Rand) float64 {
		if i == arg {
			return 0.1 + math.Abs(r.NormFloat64())
		}
		return r.NormFloat64()
	}
}

// normCases are operations whose gradients CheckVJP can judge; batchnorm's is
// one of a graph (TestBatchnormGradients).
func normCases() []compilertest.Case {
	both := ir.NormAttr{Epsilon: 1e-3, Scale: true, Center: true}
	groups := func(a ir.NormAttr, n int) ir.NormAttr { a.Groups = n; return a }
	return []compilertest.Case{
		{Op: "layernorm", Attr: both, Args: types(image(3, 2, 5), weights(5), weights(5))},
		{Op: "layernorm", Attr: ir.NormAttr{Epsilon: 0.1, Center: true}, Args: types(vector(7), weights(7))},
		{Op: "layernorm", Attr: ir.NormAttr{Epsilon: 0.1}, Args: types(vector(7))},
		{Op: "groupnorm", Attr: groups(both, 3), Args: types(image(3, 2, 6), weights(6), weights(6))},
		{Op: "groupnorm", Attr: groups(both, 5), Args: types(image(3, 2, 5), weights(5), weights(5))},
		{Op: "groupnorm", Attr: ir.NormAttr{Epsilon: 0.1, Scale: true, Groups: 2}, Args: types(vector(8), weights(8))},
	}
}

// normNet is conv, batchnorm, relu, another batchnorm on what a pooling made,
// and a dense layer, with mse. fixed freezes the first one's statistics.
func normNet(fixed bool, a ir.NormAttr) *ir.Graph {
	g := &ir.Graph{Name: "norm"}
	b := op.NewBuilder(g)
	norm := func(layer string, x *ir.Value, a ir.NormAttr, fixed bool) *ir.Value {
		b.Layer = layer
		shape := ir.Shape{x.Shape.Last()}
		var args []*ir.Value
		if a.Scale {
			args = append(args, b.Param(layer+".gamma", "ones", shape).Value)
		}
		if a.Center {
			args = append(args, b.Param(layer+".beta", "zeros", shape).Value)
		}
		mean, variance := b.Param(layer+".moving_mean", "zeros", shape), b.Param(layer+".moving_variance", "ones", shape)
		mean.Frozen, variance.Frozen = true, true
		stats := b.Suffixed("batch_stats", "stats", ir.MomentAttr{Momentum: 0.9}, x, mean.Value, variance.Value)
		if fixed {
			stats = b.Suffixed("moving_stats", "fixed", nil, mean.Value, variance.Value)
		}
		return b.Op("batchnorm", layer, a, append([]*ir.Value{x, stats}, args...)...)
	}
	b.Layer = "input"
	x := b.Input("input", ir.Shape{5, 4, 2})
	b.Layer = "conv"
	x = b.Op("conv2d", "conv", ir.ConvAttr{KH: 3, KW: 2, SH: 1, SW: 1, DH: 1, DW: 1, InH: 5, InW: 4}, x, b.Param("conv.kernel", "he", ir.Shape{3, 2, 2, 3}).Value)
	x = norm("norm1", x, a, fixed)
	b.Layer = "act"
	x = b.Op("act", "act", act("tanh"), x)
	x = norm("norm2", x, ir.NormAttr{Epsilon: 0.1}, false)
	b.Layer = "flatten"
	x = b.Op("flatten", "flatten", nil, x)
	x = norm("norm3", x, ir.NormAttr{Epsilon: 0.1, Scale: true, Center: true}, false)
	b.Layer = "dense"
	x = b.Op("dense", "dense", nil, x, b.Param("dense.kernel", "he", ir.Shape{27, 2}).Value)
	g.Scores = x
	b.Layer = "loss"
	g.Loss = b.Op("mean_squared_error", "loss", ir.LossAttr{Scores: 2}, x, b.Target("target", ir.Type{Shape: ir.Shape{2}}))
	if err := b.Err(); err != nil {
		panic(err)
	}
	return g
}

// TestBatchnormGradients compares gradients through the statistics of the batch
// with central differences, with and without gamma and beta, frozen or not.
func TestBatchnormGradients(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		for _, a := range []ir.NormAttr{
			{Epsilon: 1e-3, Scale: true, Center: true}, {Epsilon: 0.5, Scale: true}, {Epsilon: 0.01, Center: true}, {Epsilon: 0.2},
		} {
			g := normNet(fixed, a)
			if err := pass.Autodiff(g); err != nil {
				t.Fatal(err)
			}
			if err := pass.DCE(g); err != nil {
				t.Fatal(err)
			}
			compilertest.CheckGradients(t, g, compilertest.RandomInputs(rand.New(rand.NewPCG(9, 1)), g, 4))
		}
	}
}

// TestBatchnormValues has the worked example of the specification (spec: layers
// 9.1).
func TestBatchnormValues(t *testing.T) {
	stats := compute(t, compilertest.Case{Op: "batch_stats", Attr: ir.MomentAttr{Momentum: 0.99}, Args: types(vector(1), weights(1), weights(1))},
		4, []float64{1, 2, 3, 4}, []float64{0}, []float64{1})
	near(t, "statistics", stats, 1e-12, 2.5, 1.25)
	y := compute(t, compilertest.Case{Op: "batchnorm", Attr: ir.NormAttr{Epsilon: 1e-3}, Args: types(vector(1), weights(2))},
		4, []float64{1, 2, 3, 4}, stats)
	near(t, "normalized", y, 1e-6, -1.341104, -0.447035, 0.447035, 1.341104)
	one := compute(t, compilertest.Case{Op: "batch_stats", Attr: ir.MomentAttr{Momentum: 0.99}, Args: types(vector(2), weights(2), weights(2))},
		1, []float64{5, -1}, []float64{0, 0}, []float64{1, 1})
	near(t, "statistics of one example", one, 0, 5, -1, 0, 0)
}

// TestExampleNormValues has values that follow from the definition by hand: groups of two
// channels, and pixels of two.
func TestExampleNormValues(t *testing.T) {
	x := []float64{1, 3, 10, 10, 5, 7, 20, 20} // 2 pixels of 4 channels
	s5, s25 := 1/math.Sqrt(5.001), 1/math.Sqrt(25.001)
	y := compute(t, compilertest.Case{Op: "groupnorm", Attr: ir.NormAttr{Epsilon: 1e-3, Groups: 2}, Args: types(image(1, 2, 4))}, 1, x)
	near(t, "groupnorm", y, 1e-12, -3*s5, -s5, -5*s25, -5*s25, s5, 3*s5, 5*s25, 5*s25)
	s1 := 1 / math.Sqrt(1.001)
	y = compute(t, compilertest.Case{Op: "layernorm", Attr: ir.NormAttr{Epsilon: 1e-3, Center: true}, Args: types(image(2, 2, 2), weights(2))}, 1, x, []float64{1, 2})
	near(t, "layernorm", y, 1e-12, 1-s1, 2+s1, 1, 2, 1-s1, 2+s1, 1, 2)
}

// TestFolded compares a convolution with folded kernel and bias with convolution,
// bias and batchnorm.
func TestFolded(t *testing.T) {
	for _, bias := range []bool{false, true} {
		a := ir.NormAttr{Epsilon: 1e-3, Scale: true, Center: !bias}
		g := normNet(true, a)
		b := op.NewBuilder(g)
		conv, norm := g.Named("conv"), g.Named("norm1")
		stats, params := norm.Args[1], norm.Args[2:]
		y, biasArgs := conv, append([]*ir.Value{stats}, params...)
		fa := a
		if fa.Bias = bias; bias {
			extra := b.Param("extra", "zeros", ir.Shape{3}).Value
			y = b.Op("bias", "biased", nil, y, extra)
			biasArgs = append(biasArgs, extra)
		}
		want := b.Op("batchnorm", "want", a, append([]*ir.Value{y, stats}, params...)...)
		w := b.Op("folded_kernel", "w", ir.NormAttr{Epsilon: a.Epsilon, Scale: true}, conv.Args[1], stats, params[0])
		c := b.Op("folded_bias", "b", fa, biasArgs...)
		got := b.Op("bias", "got", nil, b.Op("conv2d", "c", conv.Attr, conv.Args[0], w), c)
		if err := b.Err(); err != nil {
			t.Fatal(err)
		}
		r, err := eval.Run(g, compilertest.RandomInputs(rand.New(rand.NewPCG(4, 2)), g, 3))
		if err != nil {
			t.Fatal(err)
		}
		compilertest.Close(t, "folded", r.Of(got), r.Of(want), 1e-12)
	}
}

// normOps are the operations that the tests above exercise.
func normOps(t *testing.T) map[string]bool {
	ops := map[string]bool{"folded_kernel": true, "folded_bias": true}
	for _, fixed := range []bool{false, true} {
		g := normNet(fixed, ir.NormAttr{Epsilon: 1e-3, Scale: true, Center: true})
		if err := pass.Autodiff(g); err != nil {
			t.Fatal(err)
		}
		for _, v := range g.Values {
			ops[v.Op] = true
		}
	}
	return ops
}
