package op_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

func image(h, w, c int) ir.Type    { return ir.Type{Shape: ir.Shape{h, w, c}, Batched: true} }
func vector(d int) ir.Type         { return ir.Type{Shape: ir.Shape{d}, Batched: true} }
func weights(dims ...int) ir.Type  { return ir.Type{Shape: dims} }
func act(f string) ir.ActAttr      { return op.LookupActivation(f).Attr() }
func types(t ...ir.Type) []ir.Type { return t }

var label = ir.Type{DType: ir.Label, Batched: true}

// Odd and asymmetric on purpose: whatever is swapped shows.
var (
	convA               = ir.ConvAttr{KH: 3, KW: 2, SH: 2, SW: 1, DH: 1, DW: 2, Pad: ir.Pad{Top: 1, Left: 2, Bottom: 0, Right: 1}, InH: 5, InW: 4} // out 2x5
	convB               = ir.ConvAttr{KH: 1, KW: 3, SH: 1, SW: 3, DH: 1, DW: 1, InH: 2, InW: 7}                                                    // out 2x2
	groupsA, depthwiseA = grouped(3, 0), grouped(6, 2)
	poolA               = ir.PoolAttr{KH: 3, KW: 2, SH: 2, SW: 1, Pad: ir.Pad{Top: 1, Left: 0, Bottom: 1, Right: 1}, InH: 5, InW: 3} // overlapping, out 3x3
	poolB               = ir.PoolAttr{KH: 2, KW: 2, SH: 3, SW: 2, InH: 5, InW: 5}                                                    // cells that no window covers
)

// grouped is convA in groups.
func grouped(groups, multiplier int) ir.ConvAttr {
	a := convA
	a.Groups, a.Multiplier = groups, multiplier
	return a
}

// cases has at least one row for each operation of the table with a VJP.
func cases() []compilertest.Case {
	drop := []float64{0.4}
	c := []compilertest.Case{
		{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), weights(3, 2, 3, 4))},
		{Op: "conv2d", Attr: convB, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))},
		{Op: "conv2d", Attr: groupsA, Args: types(image(5, 4, 6), weights(3, 2, 2, 9))},
		{Op: "conv2d", Attr: depthwiseA, Args: types(image(5, 4, 6), weights(3, 2, 3, 2))},
		{Op: "deconv2d", Attr: convA, Args: types(image(2, 5, 4), weights(3, 2, 3, 4))},
		{Op: "deconv2d", Attr: convB, Args: types(image(2, 2, 2), weights(1, 3, 1, 2))},
		{Op: "repeat_channels", Attr: ir.RepeatAttr{Times: 3}, Args: types(image(3, 2, 5))},
		{Op: "bias", Args: types(image(2, 3, 5), weights(5))},
		{Op: "bias", Args: types(vector(7), weights(7))},
		{Op: "maxpool2d", Attr: poolA, Args: types(image(5, 3, 2))},
		{Op: "maxpool2d", Attr: poolB, Args: types(image(5, 5, 3))},
		{Op: "avgpool2d", Attr: poolA, Args: types(image(5, 3, 2))},
		{Op: "avgpool2d", Attr: poolB, Args: types(image(5, 5, 3))},
		{Op: "globalavgpool", Args: types(image(3, 2, 5))},
		{Op: "flatten", Args: types(image(3, 2, 5))},
		{Op: "reshape", Args: types(vector(30)), Shape: ir.Shape{3, 2, 5}},
		{Op: "dense", Args: types(vector(7), weights(7, 3))},
		{Op: "dropout", Attr: ir.DropoutAttr{Rate: 0, Stream: 2, Channels: 5}, Args: types(image(3, 2, 5)), Scalars: drop},
		{Op: "dropout", Attr: ir.DropoutAttr{Rate: 0, Stream: 1, Channels: 9}, Args: types(vector(9)), Scalars: drop},
		{Op: "add", Args: types(image(3, 2, 5), image(3, 2, 5))},
		{Op: "concat", Args: types(image(3, 2, 5), image(3, 2, 1), image(3, 2, 2))},
		{Op: "concat", Args: types(vector(3), vector(4))},
		{Op: "softmax", Args: types(vector(6))},
		{Op: "softmax", Args: types(image(3, 2, 5))},
		{Op: "log_softmax", Args: types(vector(6))},
		{Op: "log_softmax", Args: types(image(2, 3, 4))},
		{Op: "activity", Attr: ir.ActivityAttr{L1: 1, L2: 0}, Args: types(image(3, 2, 5)), Scalars: []float64{0.3, 0.7}},
		{Op: "activity", Attr: ir.ActivityAttr{L1: -1, L2: 0}, Args: types(vector(9)), Scalars: []float64{0.3}},
	}
	c = append(c, catalogueCases()...)
	c = append(c, normCases()...)
	for _, a := range op.Activations() {
		for _, f := range []ir.ActAttr{a.Attr(), a.Attr(a.Sample...)} {
			c = append(c, compilertest.Case{Op: "act", Attr: f, Args: types(image(3, 2, 3)), Draw: func(_ int, r *rand.Rand) float64 { return 4 * r.NormFloat64() }})
		}
	}
	return append(c, lossCases()...)
}

func TestVJP(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.String(), func(t *testing.T) { compilertest.CheckVJP(t, c) })
	}
}

// TestTable walks all rows: whoever adds an operation is told by name what is
// missing.
func TestTable(t *testing.T) {
	// An operation is exercised when a case has it, when the VJP of a case
	// builds it, or when TestFused compares it with its parts.
	exercised := normOps(t)
	for _, c := range cases() {
		exercised[c.Op] = true
		g, err := c.Graph()
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		v := g.Scores
		need := make([]bool, len(v.Args))
		for i, a := range v.Args {
			need[i] = a.DType == ir.F32
		}
		b := op.NewBuilder(g)
		before := len(g.Values)
		op.Lookup(c.Op).VJP(b, v, v, need)
		for _, u := range g.Values[before:] {
			exercised[u.Op] = true
		}
	}
	for _, f := range fusedCases() {
		exercised[f.fused.Op] = true
	}
	seen := make(map[string]bool)
	for _, d := range op.Table() {
		if seen[d.Name] {
			t.Errorf("%s: two rows", d.Name)
		}
		seen[d.Name] = true
		if d.Doc == "" {
			t.Errorf("%s: no doc", d.Name)
		}
		if d.Leaf {
			if d.Infer == nil || len(d.Args) > 0 {
				t.Errorf("%s: a leaf needs a type check and no operands", d.Name)
			}
			continue
		}
		if (d.Eval == nil) == (d.Expand == nil) {
			t.Errorf("%s: want a reference or an expansion", d.Name)
		}
		if d.Infer == nil && d.Expand == nil {
			t.Errorf("%s: no shape rule", d.Name)
		}
		if len(d.Args) == 0 {
			t.Errorf("%s: no operands", d.Name)
		}
		if !exercised[d.Name] {
			t.Errorf("%s: no gradient or fusion case", d.Name)
		}
		if op.Lookup(d.Name) == nil {
			t.Errorf("%s: not found by Lookup", d.Name)
		}
	}
}

type fusedCase struct {
	fused compilertest.Case
	// parts computes the result from the operands with plain operations.
	parts func(b *op.Builder, args []*ir.Value) *ir.Value
}

func fusedCases() []fusedCase {
	conv := ir.FusedConvAttr{Conv: convA, Bias: true, Add: true, Act: act("relu")}
	pooled := conv
	pooled.Add = false
	pooled.Pool = &ir.PoolAttr{KH: 2, KW: 2, SH: 2, SW: 2, InH: 2, InW: 5}
	pooled.MaskReLU = true
	bare := ir.FusedConvAttr{Conv: convB}
	x, w, b4, skip := image(5, 4, 3), weights(3, 2, 3, 4), weights(4), image(2, 5, 4)
	beforePool := func(b *op.Builder, a []*ir.Value) *ir.Value {
		return b.Op("bias", "p", nil, b.Op("conv2d", "c", convA, a[0], a[1]), a[2])
	}
	return []fusedCase{
		{
			compilertest.Case{Op: "conv2d_fused", Attr: conv, Args: types(x, w, b4, skip)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act", "r", act("relu"), b.Op("add", "s", nil, beforePool(b, a), a[3]))
			},
		},
		{
			compilertest.Case{Op: "conv2d_fused", Attr: pooled, Args: types(x, w, b4)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("maxpool2d", "m", *pooled.Pool, b.Op("act", "r", act("relu"), beforePool(b, a)))
			},
		},
		{
			compilertest.Case{Op: "conv2d_fused", Attr: bare, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))},
			func(b *op.Builder, a []*ir.Value) *ir.Value { return b.Op("conv2d", "c", convB, a[0], a[1]) },
		},
		{
			compilertest.Case{Op: "conv2d_fused_mask", Attr: pooled, Args: types(x, w, b4)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				// The mask of the value in front of the relu, with the relu's derivative.
				return b.Op("maxpool2d_mask", "m", ir.PoolMaskAttr{Pool: *pooled.Pool, ReLU: true}, beforePool(b, a))
			},
		},
		{
			compilertest.Case{Op: "dense_fused", Attr: ir.FusedConvAttr{Bias: true, Act: act("tanh")}, Args: types(vector(7), weights(7, 3), weights(3))},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act", "r", act("tanh"), b.Op("bias", "p", nil, b.Op("dense", "d", nil, a[0], a[1]), a[2]))
			},
		},
		{
			compilertest.Case{Op: "deconv2d_fused", Attr: conv, Args: types(image(2, 5, 4), w, weights(3), x)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				y := b.Op("bias", "p", nil, b.Op("deconv2d", "c", convA, a[0], a[1]), a[2])
				return b.Op("act", "r", act("relu"), b.Op("add", "s", nil, y, a[3]))
			},
		},
		{
			compilertest.Case{Op: "conv2d_dx_masked", Attr: ir.MaskedAttr{Conv: convA}, Args: types(skip, w, x)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act_grad", "g", act("relu"), b.Op("conv2d_dx", "d", convA, a[0], a[1]), a[2])
			},
		},
		{
			compilertest.Case{Op: "dense_dx_masked", Attr: ir.MaskedAttr{}, Args: types(vector(3), weights(7, 3), vector(7))},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act_grad", "g", act("relu"), b.Op("dense_dx", "d", nil, a[0], a[1]), a[2])
			},
		},
		{
			compilertest.Case{Op: "batchnorm_act", Attr: ir.NormActAttr{Norm: ir.NormAttr{Epsilon: 1e-3, Center: true}, Add: true, ReLU: true}, Args: types(skip, weights(8), weights(4), skip), Draw: positive(1)},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act", "r", act("relu"), b.Op("add", "s", nil, b.Op("batchnorm", "n", ir.NormAttr{Epsilon: 1e-3, Center: true}, a[0], a[1], a[2]), a[3]))
			},
		},
		{
			compilertest.Case{Op: "add_act", Attr: act("elu"), Args: types(vector(3), vector(3))},
			func(b *op.Builder, a []*ir.Value) *ir.Value {
				return b.Op("act", "r", act("elu"), b.Op("add", "s", nil, a[0], a[1]))
			},
		},
	}
}

// TestFused compares each fused operation with its parts, written out here
// rather than taken from Expand.
func TestFused(t *testing.T) {
	for _, f := range fusedCases() {
		t.Run(f.fused.String(), func(t *testing.T) {
			g, err := f.fused.Graph()
			if err != nil {
				t.Fatal(err)
			}
			b := op.NewBuilder(g)
			b.Layer = "parts"
			want := f.parts(b, g.Scores.Args)
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			if !want.Type().Equal(g.Scores.Type()) {
				t.Fatalf("type %s, want %s", g.Scores.Type(), want.Type())
			}
			rng := rand.New(rand.NewPCG(5, 6))
			r, err := eval.Run(g, eval.Inputs{N: 3, Given: f.fused.Values(rng, g, 3)})
			if err != nil {
				t.Fatal(err)
			}
			compilertest.Close(t, f.fused.Op, r.Of(g.Scores), r.Of(want), 1e-14)
		})
	}
}
