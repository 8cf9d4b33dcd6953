package op

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Fused operations are made by pass.Fuse for the scheduler, which has one
// kernel for each. They are defined by what they replace: Expand builds the
// plain operations, and type, reference and operation count follow from these.

// conv2d_fused is pool(act(conv2d(x, w) + b + skip)); the attribute says which
// of the parts are there.
var conv2dFusedDef = Def{
	Name: "conv2d_fused", Args: []string{"x", "w", "b?", "skip?"}, Attr: ir.FusedConvAttr{},
	Doc: "convolution with bias, addition, activation and pooling in one",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		a := v.Attr.(ir.FusedConvAttr)
		y := expandEpilogue(b, v, b.Op("conv2d", "conv", a.Conv, v.Args[0], v.Args[1]))
		if a.Pool != nil {
			y = b.Op("maxpool2d", "pool", *a.Pool, y)
		}
		return y
	},
}

// conv2d_fused_mask is the mask of the pooling of a conv2d_fused with the same
// operands and attribute.
var conv2dFusedMaskDef = Def{
	Name: "conv2d_fused_mask", Args: []string{"x", "w", "b?", "skip?"}, Attr: ir.FusedConvAttr{},
	Doc: "which cell won in the pooling of a conv2d_fused",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		a := v.Attr.(ir.FusedConvAttr)
		if a.Pool == nil {
			b.fail(fmt.Errorf("no pooling to make a mask of"))
			return v
		}
		y := expandEpilogue(b, v, b.Op("conv2d", "conv", a.Conv, v.Args[0], v.Args[1]))
		return b.Op("maxpool2d_mask", "mask", ir.PoolMaskAttr{Pool: *a.Pool, ReLU: a.MaskReLU}, y)
	},
}

// dense_fused is act(dense(x, w) + b + skip).
var denseFusedDef = Def{
	Name: "dense_fused", Args: []string{"x", "w", "b?", "skip?"}, Attr: ir.FusedConvAttr{},
	Doc: "dense layer with bias, addition and activation in one",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		if a := v.Attr.(ir.FusedConvAttr); a.Conv != (ir.ConvAttr{}) || a.Pool != nil || a.MaskReLU {
			b.fail(fmt.Errorf("a dense layer with convolution or pooling: %s", a))
			return v
		}
		return expandEpilogue(b, v, b.Op("dense", "dense", nil, v.Args[0], v.Args[1]))
	},
}

// expandEpilogue adds bias, skip and activation to the product y.
func expandEpilogue(b *Builder, v, y *ir.Value) *ir.Value {
	a, rest := v.Attr.(ir.FusedConvAttr), v.Args[2:]
	if want := btoi(a.Bias) + btoi(a.Add); len(rest) != want {
		b.fail(fmt.Errorf("%d operands behind the weights, the attribute says %d", len(rest), want))
		return v
	}
	if a.Bias {
		y, rest = b.Op("bias", "biased", nil, y, rest[0]), rest[1:]
	}
	if a.Add {
		y = b.Op("add", "sum", nil, y, rest[0])
	}
	if a.Act.Func != "" {
		y = b.Op("act", "act", a.Act, y)
	}
	return y
}

// conv2d_dx_masked is conv2d_dx(dy, w) where y > 0, and 0 elsewhere: y is the
// output of the relu in front of the convolution.
var conv2dDxMaskedDef = Def{
	Name: "conv2d_dx_masked", Args: []string{"dy", "w", "y"}, Attr: ir.MaskedAttr{},
	Doc: "conv2d_dx times the derivative of relu at its output y",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		dx := b.Op("conv2d_dx", "dx", v.Attr.(ir.MaskedAttr).Conv, v.Args[0], v.Args[1])
		return b.Op("act_grad", "masked", ir.ActAttr{Func: "relu"}, dx, v.Args[2])
	},
}

// dense_dx_masked is dense_dx(dy, w) where y > 0, and 0 elsewhere. The
// attribute's convolution is not used.
var denseDxMaskedDef = Def{
	Name: "dense_dx_masked", Args: []string{"dy", "w", "y"}, Attr: ir.MaskedAttr{},
	Doc: "dense_dx times the derivative of relu at its output y",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		dx := b.Op("dense_dx", "dx", nil, v.Args[0], v.Args[1])
		return b.Op("act_grad", "masked", ir.ActAttr{Func: "relu"}, dx, v.Args[2])
	},
}

var addActDef = Def{
	Name: "add_act", Args: []string{"a", "b"}, Attr: ir.ActAttr{},
	Doc: "an activation function of the sum of two values",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		return b.Op("act", "act", v.Attr, b.Op("add", "sum", nil, v.Args...))
	},
}

// expand builds the definition of v in a graph of its own, in which v's
// operands are stood in for by leaves with the IDs 0, 1, ... It returns the
// operations; the last of them is the result.
func expand(d *Def, v *ir.Value) ([]*ir.Value, error) {
	b := NewBuilder(&ir.Graph{Name: v.Op})
	stub := *v
	stub.Args = make([]*ir.Value, len(v.Args))
	for i, a := range v.Args {
		leaf := &ir.Value{Op: "input", Shape: a.Shape, DType: a.DType, Batched: a.Batched, Name: b.Name(a.Name)}
		b.Graph.Append(leaf)
		stub.Args[i] = leaf
	}
	d.Expand(b, &stub)
	if b.err != nil {
		return nil, b.err
	}
	return b.Graph.Values[len(v.Args):], nil
}

func inferExpanded(d *Def, v *ir.Value) (ir.Type, error) {
	body, err := expand(d, v)
	if err != nil {
		return ir.Type{}, err
	}
	return body[len(body)-1].Type(), nil
}

func runExpanded(d *Def, env *Env, v *ir.Value, args [][]float64, out []float64) error {
	body, err := expand(d, v)
	if err != nil {
		return err
	}
	values := slices.Clone(args)
	for _, u := range body {
		result := out
		if u != body[len(body)-1] {
			result = make([]float64, Floats(u, env.N))
		}
		in := make([][]float64, len(u.Args))
		for i, a := range u.Args {
			in[i] = values[a.ID]
		}
		if err := Run(env, u, in, result); err != nil {
			return err
		}
		values = append(values, result)
	}
	return nil
}

func flopsExpanded(d *Def, v *ir.Value) int64 {
	body, err := expand(d, v)
	if err != nil {
		return 0
	}
	var sum int64
	for _, u := range body {
		sum += FLOPs(u)
	}
	return sum
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
