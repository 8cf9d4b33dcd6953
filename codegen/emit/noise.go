package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// streamKey is the statement that makes the key of image i.
func streamKey(stream int) jen.Code {
	return jen.Id("key").Op(":=").Id("rng.DropoutKey").Call(jen.Id(FieldKeys).Index(jen.Id("i")), lit(stream))
}

// rate is the run-time number of a layer.
func rate(i int) *jen.Statement { return jen.Id(FieldScalars).Index(lit(i)) }

// rowFrom is the scratch row from an element on.
func rowFrom(terms ...gosrc.Term) mem { return mem{FieldRow, terms} }

// spatialDropout emits the factors of the channels, drawn in the scratch row, and
// their product with every pixel.
func spatialDropout(b *body, c *plan.SpatialDropout) []jen.Code {
	b.RNG = true
	cp, h, w := c.Y.Cp, c.Y.H, c.Y.W
	b.RowFloats = max(b.RowFloats, cp)
	factors := rowFrom(gosrc.Lit(0))
	walks := []walk{b.walkOver(c.X, h, w), {at: factors}, b.walkOver(c.Y, h, w)}
	return []jen.Code{
		jen.List(jen.Id("threshold"), jen.Id("scale")).Op(":=").Id("rng.DropoutThreshold").Call(rate(c.Rate)),
		perImage(streamKey(c.Stream),
			gosrc.For("k", lit(cp), jen.Id(FieldRow).Index(jen.Id("k")).Op("=").Lit(1)),
			b.call(simd.Variant{Family: "dropout"}, factors.addr(), factors.addr(), lit(cp), jen.Id("key"), lit(0), jen.Id("threshold"), jen.Id("scale")),
			b.overPixels(h, w, cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
				return b.call(simd.Variant{Family: "binary", Func: "multiply"}, join(addresses(at), []jen.Code{lit(n), lit(cp)}, steps)...)
			})),
	}
}

// alphaDropout emits a dropout of the distance from selu's limit, scaled, and the
// shift back: a*(mask*(x-low)+low) + b.
func alphaDropout(b *body, c *plan.AlphaDropout) []jen.Code {
	stmts := []jen.Code{
		jen.List(jen.Id("threshold"), jen.Id("_")).Op(":=").Id("rng.DropoutThreshold").Call(rate(c.Rate)),
		jen.List(jen.Id("low"), jen.Id("scale"), jen.Id("shift")).Op(":=").Id("rng.AlphaDropout").Call(jen.Float64().Call(rate(c.Rate))),
	}
	scale := jen.Float32().Call(jen.Id("scale"))
	if c.Grad {
		stmts[1] = jen.List(jen.Id("_"), jen.Id("scale"), jen.Id("_")).Op(":=").Id("rng.AlphaDropout").Call(jen.Float64().Call(rate(c.Rate)))
		return append(stmts, b.masked(c.X, c.Y, c.Stream, scale)...)
	}
	stmts = append(stmts, b.overElements([]*plan.Buffer{c.X, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
		return b.affine(at[0], at[1], n, lit(1), jen.Float32().Call(jen.Op("-").Id("low")))
	})...)
	stmts = append(stmts, b.masked(c.Y, c.Y, c.Stream, scale)...)
	return append(stmts, b.overElements([]*plan.Buffer{c.Y}, func(at []mem, n *jen.Statement) jen.Code {
		return b.affine(at[0], at[0], n, lit(1), jen.Float32().Call(jen.Id("scale").Op("*").Id("low").Op("+").Id("shift")))
	})...)
}

// noiseRun is the number of elements whose random words are drawn together into
// the scratch row.
const noiseRun = 1 << 12

// noise emits normal noise: random words go through the scratch row. Elements are
// numbered as for dropout; where rows have gaps, words are drawn row by row, from
// the last multiple of maskRun on.
func noise(b *body, c *plan.Noise) []jen.Code {
	if c.X.H != c.Y.H || c.X.W != c.Y.W || c.X.Cp != c.Y.Cp {
		b.fail("buffers differ in geometry")
		return nil
	}
	b.RNG = true
	v, words := simd.Variant{Family: "noise", Func: "add"}, simd.Variant{Family: "dropout", Func: "words"}
	deviation := rate(c.Rate)
	if c.Multiply {
		v.Func, deviation = "multiply", jen.Id("rng.NormalDropout").Call(deviation)
	}
	head := jen.Id("scale").Op(":=").Add(deviation)
	x, y := b.pixels(c.X), b.pixels(c.Y)
	rowLen := c.X.W * c.X.Cp
	first := rowFrom(gosrc.Lit(0))
	if total := c.X.H * rowLen; c.X.Contiguous() && c.Y.Contiguous() {
		run := min(noiseRun, total)
		b.RowFloats = max(b.RowFloats, run)
		e := gosrc.Name("e")
		return []jen.Code{head, perImage(streamKey(c.Stream),
			gosrc.Steps("e", lit(total), run, jen.Id("m").Op(":=").Min(lit(run), lit(total).Op("-").Id("e")),
				b.call(words, first.addr(), jen.Id("m"), jen.Id("key"), jen.Uint32().Call(jen.Id("e").Op("/").Lit(4))),
				b.call(v, x.at(e).addr(), first.addr(), y.at(e).addr(), jen.Id("m"), jen.Id("scale"))))}
	}
	b.RowFloats = max(b.RowFloats, rowLen+maskRun)
	xr, yr := x.at(gosrc.Times("r", c.X.RowFloats())), y.at(gosrc.Times("r", c.Y.RowFloats()))
	return []jen.Code{head, perImage(streamKey(c.Stream), gosrc.For("r", lit(c.X.H),
		jen.Id("skip").Op(":=").Id("r").Op("*").Lit(rowLen).Op("%").Lit(maskRun),
		b.call(words, first.addr(), jen.Id("skip").Op("+").Lit(rowLen), jen.Id("key"),
			jen.Uint32().Call(jen.Parens(jen.Id("r").Op("*").Lit(rowLen).Op("-").Id("skip")).Op("/").Lit(4))),
		b.call(v, xr.addr(), rowFrom(gosrc.Name("skip")).addr(), yr.addr(), lit(rowLen), jen.Id("scale"))))}
}
