package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// maskRun is the number of elements whose random words the kernel draws
// together: runs must begin at a multiple of it.
const maskRun = 64

// dropout emits a random mask, the same in both directions. Elements are
// numbered as in an image without a halo; where rows have gaps, each row goes
// through a scratch row in which its first element stands at its number modulo
// maskRun.
func dropout(b *body, c *plan.Dropout) []jen.Code {
	head := jen.List(jen.Id("threshold"), jen.Id("scale")).Op(":=").Id("rng.DropoutThreshold").Call(rate(c.Rate))
	return append([]jen.Code{head}, b.masked(c.X, c.Y, c.Stream, jen.Id("scale"))...)
}

// masked emits y = x*scale where the random words of a layer reach the threshold,
// else 0.
func (b *body) masked(from, to *plan.Buffer, stream int, scale *jen.Statement) []jen.Code {
	v := simd.Variant{Family: "dropout"}
	x, y := b.pixels(from), b.pixels(to)
	if from.H != to.H || from.W != to.W || from.Cp != to.Cp {
		b.fail("buffers differ in geometry")
		return nil
	}
	b.RNG = true
	key := streamKey(stream)
	rowLen := from.W * from.Cp
	if from.Contiguous() && to.Contiguous() {
		total := from.H * rowLen
		if total <= longest {
			return []jen.Code{perImage(key, b.call(v, x.addr(), y.addr(), lit(total), jen.Id("key"), lit(0), jen.Id("threshold"), scale))}
		}
		e := gosrc.Name("e")
		return []jen.Code{perImage(key,
			gosrc.Steps("e", lit(total), longest, b.call(v, x.at(e).addr(), y.at(e).addr(), gosrc.Left(longest, lit(total), "e"),
				jen.Id("key"), jen.Uint32().Call(jen.Id("e").Op("/").Lit(4)), jen.Id("threshold"), scale)))}
	}
	xr, yr := x.at(gosrc.Times("r", from.RowFloats())), y.at(gosrc.Times("r", to.RowFloats()))
	if rowLen%maskRun == 0 {
		return []jen.Code{perImage(key, gosrc.For("r", lit(from.H),
			b.call(v, xr.addr(), yr.addr(), lit(rowLen), jen.Id("key"), jen.Uint32().Call(jen.Id("r").Op("*").Lit(rowLen/4)), jen.Id("threshold"), scale)))}
	}
	b.RowFloats = max(b.RowFloats, rowLen+maskRun)
	row := jen.Id(FieldRow)
	return []jen.Code{perImage(key, gosrc.For("r", lit(from.H),
		jen.Id("skip").Op(":=").Id("r").Op("*").Lit(rowLen).Op("%").Lit(maskRun),
		jen.Copy(row.Clone().Index(jen.Id("skip").Op(":")), xr.slice(lit(rowLen))),
		b.call(v, jen.Op("&").Add(row.Clone()).Index(lit(0)), jen.Op("&").Add(row.Clone()).Index(lit(0)), jen.Id("skip").Op("+").Lit(rowLen),
			jen.Id("key"), jen.Uint32().Call(jen.Parens(jen.Id("r").Op("*").Lit(rowLen).Op("-").Id("skip")).Op("/").Lit(4)), jen.Id("threshold"), scale),
		jen.Copy(yr.slice(lit(rowLen)), row.Clone().Index(jen.Id("skip").Op(":")))))}
}
