package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// splat reports whether one channel of x counts for all of y.
func splat(x, y *plan.Buffer) bool { return x.C == 1 && y.C > 1 }

// binary emits a function of two values. An operand with one channel for all
// comes second.
func binary(b *body, c *plan.Binary) []jen.Code {
	v := simd.Variant{Family: "binary", Func: c.Func, ReLU: c.ReLU}
	if alike(c.A, c.B, c.Y) {
		return b.overElements([]*plan.Buffer{c.A, c.B, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
			return b.call(v, at[0].addr(), at[1].addr(), at[2].addr(), lit(1), n, lit(0), lit(0), lit(0))
		})
	}
	p, q := c.A, c.B
	if splat(p, c.Y) {
		p, q = q, p
		if c.Func == "subtract" {
			v.Func = "subtract_from"
		}
	}
	v.Splat = splat(q, c.Y)
	h, w := c.Y.H, c.Y.W
	walks := []walk{b.walkOver(p, h, w), b.walkOver(q, h, w), b.walkOver(c.Y, h, w)}
	return []jen.Code{perImage(b.overPixels(h, w, c.Y.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{lit(n), lit(c.Y.Cp)}, steps)...)
	}))}
}

// binaryGrad emits the gradient of a maximum or minimum: a comparison of the
// operands decides, which turns around when they change places.
func binaryGrad(b *body, c *plan.BinaryGrad) []jen.Code {
	p, q := c.A, c.B
	greater, equal := c.Func == "maximum", true
	if c.Operand == 1 {
		greater, equal = !greater, false
	}
	if splat(p, c.DX) {
		p, q, greater = q, p, !greater
	}
	name := map[[2]bool]string{{true, true}: "ge", {true, false}: "gt", {false, true}: "le", {false, false}: "lt"}[[2]bool{greater, equal}]
	v := simd.Variant{Family: "select", Func: name, Splat: splat(q, c.DX)}
	if alike(c.DY, p, q, c.DX) {
		return b.overElements([]*plan.Buffer{c.DY, p, q, c.DX}, func(at []mem, n *jen.Statement) jen.Code {
			return b.call(v, join(addresses(at), []jen.Code{lit(1), n, lit(0), lit(0), lit(0), lit(0)})...)
		})
	}
	h, w := c.DX.H, c.DX.W
	walks := []walk{b.walkOver(c.DY, h, w), b.walkOver(p, h, w), b.walkOver(q, h, w), b.walkOver(c.DX, h, w)}
	return []jen.Code{perImage(b.overPixels(h, w, c.DX.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{lit(n), lit(c.DX.Cp)}, steps)...)
	}))}
}

// reduce emits sums over stretched axes.
func reduce(b *body, c *plan.Reduce) []jen.Code {
	h, w := c.A.H, c.A.W
	walks := []walk{b.walkOver(c.A, h, w)}
	v := simd.Variant{Family: "reduceChannels"}
	if c.B != nil {
		v.Func = "product"
		walks = append(walks, b.walkOver(c.B, h, w))
	}
	if c.Channels() {
		walks = append(walks, b.walkOver(c.Y, h, w))
		return []jen.Code{perImage(b.overPixels(h, w, c.A.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
			return b.call(v, join(addresses(at), []jen.Code{lit(n), lit(c.A.C)}, steps)...)
		}))}
	}
	if c.B == nil {
		b.fail("a sum without factors is an average pooling")
		return nil
	}
	v.Family = "reduce"
	y := b.pixels(c.Y)
	// sum adds the pixels of a run to one pixel of y.
	sum := func(at []mem, y mem, n int, steps []jen.Code) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{y.addr(), lit(n), lit(c.A.Cp)}, steps)...)
	}
	stmts := b.clearPixels(c.Y)
	switch {
	case c.Y.H == 1 && c.Y.W == 1:
		stmts = append(stmts, b.overPixels(h, w, c.A.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
			return sum(at, y, n, steps)
		}))
	case c.Y.W == 1: // a row to each pixel
		at := []mem{walks[0].at.at(gosrc.Times("r", walks[0].row)), walks[1].at.at(gosrc.Times("r", walks[1].row))}
		stmts = append(stmts, gosrc.For("r", lit(h),
			sum(at, y.at(gosrc.Times("r", c.Y.RowFloats())), w, []jen.Code{lit(walks[0].col), lit(walks[1].col)})))
	default: // a column to each pixel
		at := []mem{walks[0].at.at(gosrc.Times("q", walks[0].col)), walks[1].at.at(gosrc.Times("q", walks[1].col))}
		stmts = append(stmts, gosrc.For("q", lit(w),
			sum(at, y.at(gosrc.Times("q", c.Y.Cp)), h, []jen.Code{lit(walks[0].row), lit(walks[1].row)})))
	}
	return []jen.Code{perImage(stmts...)}
}
