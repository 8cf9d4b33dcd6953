package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

func upsample(b *body, c *plan.Upsample) []jen.Code {
	return []jen.Code{perImage(b.blend(simd.Variant{Family: "blend"}, c.X, c.Y, c.SH, c.SW))}
}

func upsampleGrad(b *body, c *plan.UpsampleGrad) []jen.Code {
	stmts := b.clearPixels(c.DX)
	return []jen.Code{perImage(append(stmts, b.blend(simd.Variant{Family: "blendGrad"}, c.DX, c.DY, c.SH, c.SW))...)}
}

// blend emits the loop over the rows of the large image of a bilinear
// interpolation. The columns that lie alike between two columns of the small
// image make one call, those beyond the centres of its edges have one neighbour.
func (b *body) blend(v simd.Variant, small, large *plan.Buffer, sh, sw int) jen.Code {
	from := b.pixels(small).at(gosrc.Times("top", small.RowFloats()))
	to := b.pixels(large).at(gosrc.Times("r", large.RowFloats()))
	stmts := []jen.Code{
		jen.List(jen.Id("top"), jen.Id("next"), jen.Id("v")).Op(":=").Id("between").Call(jen.Id("r"), lit(sh), lit(small.H)),
		jen.Id("u").Op(":=").Lit(1).Op("-").Id("v"),
	}
	// run interpolates n columns from x, the first in column at of the small image.
	run := func(x, at, n, next int, weight float64) {
		if n == 0 {
			return
		}
		s, l := from.at(gosrc.Lit(at*small.Cp)), to.at(gosrc.Lit(x*large.Cp))
		args := []jen.Code{s.addr(), l.addr()}
		if v.Family == "blendGrad" {
			args = []jen.Code{l.addr(), s.addr()}
		}
		args = append(args, lit(n), lit(small.Cp), jen.Id("next").Op("*").Lit(small.RowFloats()), lit(next*small.Cp),
			lit(small.Cp), lit(sw*large.Cp))
		for _, w := range []string{"u", "v"} {
			args = append(args, jen.Id(w).Op("*").Add(float(1-weight)), jen.Id(w).Op("*").Add(float(weight)))
		}
		stmts = append(stmts, b.call(v, args...))
	}
	for q := range sw {
		// Column i*sw + q lies at i + (2*q+1-sw) / (2*sw).
		shift := 2*q + 1 - sw
		switch weight := float64(shift) / float64(2*sw); {
		case shift < 0:
			run(q, 0, 1, 0, 0)
			run(q+sw, 0, small.W-1, 1, 1+weight)
		case shift == 0:
			run(q, 0, small.W, 0, 0)
		default:
			run(q, 0, small.W-1, 1, weight)
			run(q+(small.W-1)*sw, small.W-1, 1, 0, 0)
		}
	}
	return gosrc.For("r", lit(large.H), stmts...)
}

// globalmaxpoolGrad emits the way back of a maximum over the image, as that of a
// window.
func globalmaxpoolGrad(b *body, c *plan.GlobalMaxPoolGrad) []jen.Code {
	v := simd.Variant{Family: "globalmaxpoolGrad"}
	w := window{inH: c.X.H, inW: c.X.W, kh: c.X.H, kw: c.X.W, sh: 1, sw: 1, outH: 1, outW: 1}
	return []jen.Code{perImage(w.each(c.X.Cp, func(p windowPart) jen.Code {
		return p.call(b, v, b.pixels(c.DY).at(p.first).addr(), b.pixels(c.Y).at(p.first).addr(), b.pixels(c.X).at(p.first).addr(), b.pixels(c.DX).at(p.first).addr(),
			lit(1), p.channels, lit(c.X.H), lit(c.X.W), lit(c.X.RowFloats()), lit(c.X.Cp), lit(0), lit(0))
	})...)}
}
