package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// prelu is relu(x) - alpha*relu(-x) with a trained alpha: of the shape of x, or
// one number a channel (spec: layers, PReLU).
var preluDef = Def{
	Name: "prelu", Args: []string{"x", "alpha"},
	Doc: "x where it is positive, else alpha*x; alpha is of the shape of x, or has one number a channel",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return v.Args[0].Type(), preluAlpha(v.Args[0], v.Args[1])
	},
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		grads := make([]*ir.Value, 2)
		if need[0] {
			grads[0] = b.Suffixed("prelu_dx", "dx", nil, dy, v.Args[0], v.Args[1])
		}
		if need[1] {
			grads[1] = b.Shaped("prelu_dw", b.Layer+".dw", v.Args[1].Type(), nil, dy, v.Args[0])
		}
		return grads
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		for e, x := range args[0] {
			out[e] = max(x, 0) - args[1][e%len(args[1])]*max(-x, 0)
		}
	},
}

// preluAlpha checks that alpha fits x.
func preluAlpha(x, alpha *ir.Value) error {
	if err := batched(x); err != nil {
		return err
	}
	if alpha.Batched || alpha.DType != ir.F32 || len(x.Shape) == 0 {
		return fmt.Errorf("operand %s is a %s, want weights", alpha.Name, alpha.Type())
	}
	shared := make(ir.Shape, len(x.Shape))
	for i := range shared {
		shared[i] = 1
	}
	shared[len(shared)-1] = x.Shape.Last()
	if !alpha.Shape.Equal(x.Shape) && !alpha.Shape.Equal(shared) {
		return fmt.Errorf("slopes of shape %s on %s", alpha.Shape, x.Shape)
	}
	return nil
}

// At 0 both relus have the derivative 0.
var preluDxDef = Def{
	Name: "prelu_dx", Args: []string{"dy", "x", "alpha"},
	Doc: "gradient of prelu with respect to x",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if err := same(v.Args[0], v.Args[1]); err != nil {
			return ir.Type{}, err
		}
		return v.Args[1].Type(), preluAlpha(v.Args[1], v.Args[2])
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		for e, x := range args[1] {
			switch {
			case x > 0:
				out[e] = args[0][e]
			case x < 0:
				out[e] = args[0][e] * args[2][e%len(args[2])]
			}
		}
	},
}

var preluDwDef = Def{
	Name: "prelu_dw", Args: []string{"dy", "x"},
	Doc: "gradient of prelu with respect to alpha, summed over the examples and shared axes",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if err := same(v.Args[0], v.Args[1]); err != nil {
			return ir.Type{}, err
		}
		return v.Type(), preluAlpha(v.Args[0], v)
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		for e, x := range args[1] {
			out[e%len(out)] -= args[0][e] * max(-x, 0)
		}
	},
}
