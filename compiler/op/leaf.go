package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

var inputDef = Def{
	Name: "input", Leaf: true,
	Doc: "the network's input: an image [H W C] or a vector [D] for each example",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if v.DType != ir.F32 || !v.Batched || len(v.Shape) == 0 {
			return ir.Type{}, fmt.Errorf("an input cannot be a %s", v.Type())
		}
		return v.Type(), nil
	},
}

var paramDef = Def{
	Name: "param", Leaf: true,
	Doc: "a trained tensor, the same for all examples",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if v.DType != ir.F32 || v.Batched || len(v.Shape) == 0 {
			return ir.Type{}, fmt.Errorf("a parameter cannot be a %s", v.Type())
		}
		return v.Type(), nil
	},
}

var targetDef = Def{
	Name: "target", Leaf: true,
	Doc: "what the scores should be: a class index or a vector for each example",
	Infer: func(v *ir.Value) (ir.Type, error) {
		index := v.DType == ir.Label && len(v.Shape) == 0
		vector := v.DType == ir.F32 && len(v.Shape) == 1
		if !v.Batched || !index && !vector {
			return ir.Type{}, fmt.Errorf("a target cannot be a %s", v.Type())
		}
		return v.Type(), nil
	},
}

// Fans returns fan_in and fan_out of a weight tensor, which look at positions
// only (spec: initializers, fan computation): HWIO for convolutions, [D Units]
// for dense layers.
func Fans(s ir.Shape) (in, out int) {
	switch n := len(s); n {
	case 0:
		return 1, 1
	case 1:
		return s[0], s[0]
	default:
		field := s[:n-2].Size()
		return field * s[n-2], field * s[n-1]
	}
}
