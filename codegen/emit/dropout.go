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
	v := simd.Variant{Family: "dropout"}
	x, y := b.pixels(c.X), b.pixels(c.Y)
	if c.X.H != c.Y.H || c.X.W != c.Y.W || c.X.Cp != c.Y.Cp {
		b.fail("buffers differ in geometry")
		return nil
	}
	b.RNG = true
	head := []jen.Code{
		jen.List(jen.Id("threshold"), jen.Id("scale")).Op(":=").Id("rng.DropoutThreshold").Call(jen.Id(FieldScalars).Index(lit(c.Rate))),
	}
	key := jen.Id("key").Op(":=").Id("rng.DropoutKey").Call(jen.Id(FieldKeys).Index(jen.Id("i")), lit(c.Stream))
	rowLen := c.X.W * c.X.Cp
	if c.X.Contiguous() && c.Y.Contiguous() {
		total := c.X.H * rowLen
		if total <= longest {
			return append(head, perImage(key, b.call(v, x.addr(), y.addr(), lit(total), jen.Id("key"), lit(0), jen.Id("threshold"), jen.Id("scale"))))
		}
		e := gosrc.Name("e")
		return append(head, perImage(key,
			jen.For(jen.Id("e").Op(":=").Lit(0), jen.Id("e").Op("<").Lit(total), jen.Id("e").Op("+=").Lit(longest)).Block(
				b.call(v, x.at(e).addr(), y.at(e).addr(), jen.Min(lit(longest), lit(total).Op("-").Id("e")),
					jen.Id("key"), jen.Uint32().Call(jen.Id("e").Op("/").Lit(4)), jen.Id("threshold"), jen.Id("scale")))))
	}
	xr, yr := x.at(gosrc.Times("r", c.X.RowFloats())), y.at(gosrc.Times("r", c.Y.RowFloats()))
	if rowLen%maskRun == 0 {
		return append(head, perImage(key, gosrc.For("r", lit(c.X.H),
			b.call(v, xr.addr(), yr.addr(), lit(rowLen), jen.Id("key"), jen.Uint32().Call(jen.Id("r").Op("*").Lit(rowLen/4)), jen.Id("threshold"), jen.Id("scale")))))
	}
	b.RowFloats = max(b.RowFloats, rowLen+maskRun)
	row := jen.Id(FieldRow)
	return append(head, perImage(key, gosrc.For("r", lit(c.X.H),
		jen.Id("skip").Op(":=").Id("r").Op("*").Lit(rowLen).Op("%").Lit(maskRun),
		jen.Copy(row.Clone().Index(jen.Id("skip").Op(":")), xr.slice(lit(rowLen))),
		b.call(v, jen.Op("&").Add(row.Clone()).Index(lit(0)), jen.Op("&").Add(row.Clone()).Index(lit(0)), jen.Id("skip").Op("+").Lit(rowLen),
			jen.Id("key"), jen.Uint32().Call(jen.Parens(jen.Id("r").Op("*").Lit(rowLen).Op("-").Id("skip")).Op("/").Lit(4)), jen.Id("threshold"), jen.Id("scale")),
		jen.Copy(yr.slice(lit(rowLen)), row.Clone().Index(jen.Id("skip").Op(":"))))))
}
