package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// factors declares the factors of a penalty, times a scale: l1, and twice l2
// where it is a gradient.
func factors(l1, l2 int, of func(x jen.Code, l2 bool) jen.Code) jen.Code {
	factor := func(i int) jen.Code { return jen.Id("factor").Call(jen.Id(FieldScalars), jen.Lit(i)) }
	return jen.List(jen.Id("l1"), jen.Id("l2")).Op(":=").List(of(factor(l1), false), of(factor(l2), true))
}

// activity emits the penalty of the pixels of a buffer, where it is wanted. What
// stands in padded channels is no part of it.
func activity(b *body, c *plan.Activity) []jen.Code {
	x := c.X
	skip := jen.If(jen.Len(jen.Id(FieldPenalty)).Op("==").Lit(0)).Block(jen.Return())
	head := factors(c.L1, c.L2, func(x jen.Code, _ bool) jen.Code { return jen.Float64().Call(x) })
	sums := jen.Var().Id("sums").Index(jen.Lit(2)).Float64()
	add := jen.Id(FieldPenalty).Index(jen.Id("i")).Op("+=").
		Float64().Call(jen.Id("l1").Op("*").Id("sums").Index(jen.Lit(0))).Op("+").Float64().Call(jen.Id("l2").Op("*").Id("sums").Index(jen.Lit(1)))
	run := func(at mem, pixels int) jen.Code {
		if x.C == x.Cp {
			return b.call(simd.Variant{Family: "penalty"}, at.addr(), lit(pixels*x.Cp), jen.Id("&sums[0]"))
		}
		return jen.Id("sumChannels").Call(at.slice(lit(pixels*x.Cp)), jen.Id("&sums"), lit(x.C), lit(x.Cp))
	}
	var image jen.Code
	if at := b.pixels(x); x.Contiguous() && x.H*x.W*x.Cp <= longest {
		image = run(at, x.H*x.W)
	} else {
		image = gosrc.For("r", lit(x.H), run(at.at(gosrc.Times("r", x.RowFloats())), x.W))
	}
	return []jen.Code{skip, head, perImage(sums, image, add)}
}

// activityGrad emits what the penalty adds to a gradient. In padded channels it
// adds nothing: the gradients of the weights there must stay 0.
func activityGrad(b *body, c *plan.ActivityGrad) []jen.Code {
	scale := jen.Id(FieldScale)
	head := factors(c.L1, c.L2, func(x jen.Code, l2 bool) jen.Code {
		if l2 {
			return jen.Lit(2).Op("*").Add(scale).Op("*").Add(x)
		}
		return jen.Add(scale).Op("*").Add(x)
	})
	if c.X.C == c.X.Cp {
		v := simd.Variant{Family: "activityGrad"}
		return append([]jen.Code{head}, b.overElements([]*plan.Buffer{c.DY, c.X, c.DX}, func(at []mem, n *jen.Statement) jen.Code {
			return b.call(v, at[0].addr(), at[1].addr(), at[2].addr(), n, jen.Id("l1"), jen.Id("l2"))
		})...)
	}
	if !alike(c.DY, c.X, c.DX) {
		b.fail("buffers differ in geometry")
		return nil
	}
	row := func(buf *plan.Buffer) jen.Code {
		return b.pixels(buf).at(gosrc.Times("r", buf.RowFloats())).slice(lit(buf.W * buf.Cp))
	}
	return []jen.Code{head, perImage(gosrc.For("r", lit(c.X.H),
		jen.Id("activityChannels").Call(row(c.DX), row(c.DY), row(c.X), lit(c.X.C), lit(c.X.Cp), jen.Id("l1"), jen.Id("l2"))))}
}
