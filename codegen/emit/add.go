package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// add emits an elementwise sum.
func add(b *body, c *plan.Add) []jen.Code {
	v := simd.Variant{Family: "add", ReLU: c.ReLU}
	return b.overElements([]*plan.Buffer{c.A, c.B, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
		return b.call(v, at[0].addr(), at[1].addr(), at[2].addr(), n)
	})
}
