package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// avgpool emits average pooling over the real cells of each window.
func avgpool(b *body, c *plan.AvgPool) []jen.Code {
	w := window{c.X.H, c.X.W, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.Y.H, c.Y.W}
	if !w.valid(b) {
		return nil
	}
	v := simd.Variant{Family: "avgpool"}
	x, y := b.pixels(c.X), b.pixels(c.Y)
	return []jen.Code{perImage(w.each(c.Y.Cp, func(p windowPart) jen.Code {
		return p.call(b, v,
			w.cell(x, p, c.X.RowFloats(), c.X.Cp).addr(),
			w.out(y, p, c.Y.RowFloats(), c.Y.Cp).addr(),
			lit(p.cols.n), p.channels, lit(p.rows.size), lit(p.cols.size),
			lit(c.X.RowFloats()), lit(c.X.Cp), lit(w.sw*c.X.Cp), lit(c.Y.Cp), share(c.Sum, p.rows.size*p.cols.size))
	})...)}
}

// avgpoolGrad emits the way back of average pooling.
func avgpoolGrad(b *body, c *plan.AvgPoolGrad) []jen.Code {
	w := window{c.DX.H, c.DX.W, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.DY.H, c.DY.W}
	if !w.valid(b) {
		return nil
	}
	v := simd.Variant{Family: "avgpoolGrad", Add: c.Overlap}
	var stmts []jen.Code
	if c.Overlap || c.Uncovered {
		stmts = append(stmts, b.clearPixels(c.DX)...)
	}
	dy, dx := b.pixels(c.DY), b.pixels(c.DX)
	stmts = append(stmts, w.each(c.DX.Cp, func(p windowPart) jen.Code {
		return p.call(b, v,
			w.out(dy, p, c.DY.RowFloats(), c.DY.Cp).addr(),
			w.cell(dx, p, c.DX.RowFloats(), c.DX.Cp).addr(),
			lit(p.cols.n), p.channels, lit(p.rows.size), lit(p.cols.size),
			lit(c.DX.RowFloats()), lit(c.DX.Cp), lit(w.sw*c.DX.Cp), lit(c.DY.Cp), share(c.Sum, p.rows.size*p.cols.size))
	})...)
	return []jen.Code{perImage(stmts...)}
}

// share is what a cell of n counts for: 1 in a sum, else 1/n.
func share(sum bool, n int) *jen.Statement {
	if sum {
		return lit(1)
	}
	return unit(n)
}
