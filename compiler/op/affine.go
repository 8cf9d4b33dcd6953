package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// affine is x*scale + offset with numbers that are not trained: rescaling and
// normalization inside the network (spec: layers, element-wise layers), means.
var affineDef = Def{
	Name: "affine", Args: []string{"x"}, Attr: ir.AffineAttr{},
	Doc: "x scaled and shifted, as a whole or channel by channel",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x, a := v.Args[0], v.Attr.(ir.AffineAttr)
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		for _, list := range [][]float64{a.Scale, a.Offset} {
			if n := len(list); n != 1 && (n != x.Shape.Last() || len(x.Shape) == 0) {
				return ir.Type{}, fmt.Errorf("%d numbers for %s", n, x.Shape)
			}
		}
		return x.Type(), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		a := v.Attr.(ir.AffineAttr)
		if len(a.Scale) == 1 && a.Scale[0] == 1 {
			return []*ir.Value{dy}
		}
		return []*ir.Value{b.Suffixed("affine", "dx", ir.AffineAttr{Scale: a.Scale, Offset: []float64{0}}, dy)}
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a := v.Attr.(ir.AffineAttr)
		for e, x := range args[0] {
			out[e] = x*a.Scale[e%len(a.Scale)] + a.Offset[e%len(a.Offset)]
		}
	},
}

// IsScalarAffine reports whether v is an affine with the same numbers for all
// channels, which does not care how its operand lies.
func IsScalarAffine(v *ir.Value) bool {
	a, ok := v.Attr.(ir.AffineAttr)
	return ok && len(a.Scale) == 1 && len(a.Offset) == 1
}
