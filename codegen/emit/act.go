package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// act emits an elementwise function.
func act(b *body, c *plan.Act) []jen.Code {
	v := simd.Variant{Family: "act", Func: c.Func}
	return b.overElements([]*plan.Buffer{c.X, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
		return b.call(v, join([]jen.Code{at[0].addr(), at[1].addr(), n}, floats(c.Params))...)
	})
}

// actGrad emits the gradient of an elementwise function.
func actGrad(b *body, c *plan.ActGrad) []jen.Code {
	v := simd.Variant{Family: "actGrad", Func: c.Func}
	return b.overElements([]*plan.Buffer{c.DY, c.R, c.DX}, func(at []mem, n *jen.Statement) jen.Code {
		return b.call(v, join([]jen.Code{at[0].addr(), at[1].addr(), at[2].addr(), n}, floats(c.Params))...)
	})
}
