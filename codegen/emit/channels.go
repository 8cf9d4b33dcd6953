package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// repeatChannels emits an image with each channel several times.
func repeatChannels(b *body, c *plan.RepeatChannels) []jen.Code {
	table := b.table(b.ident("lanes"), jen.Id("repeatTable").Call(lit(c.X.C), lit(c.X.Cp), lit(c.Times)))
	return gatherSum(b, table, c.X, c.Y)
}

// sumChannels emits the sums of channels in a row.
func sumChannels(b *body, c *plan.SumChannels) []jen.Code {
	table := b.table(b.ident("lanes"), jen.Id("sumTable").Call(lit(c.Y.C), lit(c.Times)))
	return gatherSum(b, table, c.X, c.Y)
}

// gatherSum emits the rows of an image.
func gatherSum(b *body, table string, x, y *plan.Buffer) []jen.Code {
	vectors := y.Cp / 8
	entries := jen.Len(jen.Id(table)).Op("/").Lit(simd.GatherEntry * vectors)
	r := gosrc.Name("r")
	return []jen.Code{perImage(gosrc.For("r", lit(y.H), b.call(simd.Variant{Family: "gatherSum"},
		b.pixels(x).at(r.Times(x.RowFloats())).addr(), b.pixels(y).at(r.Times(y.RowFloats())).addr(),
		gosrc.Addr(table), lit(y.W), lit(vectors), entries, lit(x.Cp), lit(y.Cp))))}
}
