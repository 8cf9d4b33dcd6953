package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// flatten makes a vector of an image in row-major order, channels fastest
// (spec: layers, Flatten). A vector stays as it is.
var flattenDef = Def{
	Name: "flatten", Args: []string{"x"},
	Doc: "an image [H W C] as a vector [H*W*C], channels fastest",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return f32(v.Args[0].Shape.Size()), batched(v.Args[0])
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Shaped("reshape", b.Layer+".dx", v.Args[0].Type(), nil, dy)}
	},
	Eval: copyEval,
}

// reshape gives its operand the declared shape: the gradient of flatten.
var reshapeDef = Def{
	Name: "reshape", Args: []string{"x"},
	Doc: "x with another shape of the same size",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x := v.Args[0]
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if v.Shape.Size() != x.Shape.Size() || v.DType != ir.F32 || !v.Batched {
			return ir.Type{}, fmt.Errorf("%s cannot become %s", x.Type(), v.Type())
		}
		return v.Type(), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Shaped("reshape", b.Layer+".dx", v.Args[0].Type(), nil, dy)}
	},
	Eval: copyEval,
}

func copyEval(_ *Env, _ *ir.Value, args [][]float64, out []float64) { copy(out, args[0]) }
