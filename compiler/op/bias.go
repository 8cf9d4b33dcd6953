package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// bias adds b[c] to every element of channel c (the last axis).
var biasDef = Def{
	Name: "bias", Args: []string{"x", "b"},
	Doc: "x with b[c] added to channel c",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x, b := v.Args[0], v.Args[1]
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if err := weights(b, 1); err != nil {
			return ir.Type{}, err
		}
		if len(x.Shape) == 0 || b.Shape[0] != x.Shape.Last() {
			return ir.Type{}, fmt.Errorf("a bias of %d on %s", b.Shape[0], x.Shape)
		}
		return x.Type(), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		g := []*ir.Value{dy, nil}
		if need[1] {
			g[1] = b.Suffixed("bias_grad", "db", nil, dy)
		}
		return g
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		x, b := args[0], args[1]
		for i := range out {
			out[i] = x[i] + b[i%len(b)]
		}
	},
}

var biasGradDef = Def{
	Name: "bias_grad", Args: []string{"dy"},
	Doc: "sum of dy over examples and pixels, for each channel",
	Infer: func(v *ir.Value) (ir.Type, error) {
		dy := v.Args[0]
		if err := batched(dy); err != nil {
			return ir.Type{}, err
		}
		if len(dy.Shape) == 0 {
			return ir.Type{}, fmt.Errorf("operand %s has no channels", dy.Name)
		}
		return ir.Type{Shape: ir.Shape{dy.Shape.Last()}}, nil
	},
	Eval: func(_ *Env, _ *ir.Value, args [][]float64, out []float64) {
		for i, d := range args[0] {
			out[i%len(out)] += d
		}
	},
}
