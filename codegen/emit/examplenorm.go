package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// exampleNorm emits layer normalization, pixel by pixel, or group normalization,
// image by image: statistics, then all pixels with the vectors made of them.
func exampleNorm(b *body, c *plan.ExampleNorm) []jen.Code {
	cp := c.X.Cp
	if c.Groups == 0 {
		v := simd.Variant{Family: "layernorm"}
		return append(b.plainVectors(c.Gamma, c.Beta, c.X), b.overElements([]*plan.Buffer{c.X, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
			return b.call(v, at[0].addr(), b.scaleOrOnes(c.Gamma), b.shiftOrZeros(c.Beta, cp), at[1].addr(),
				perPixel(n, cp), lit(c.X.C), lit(cp), unit(c.X.C), float(c.Epsilon))
		})...)
	}
	b.kernel(simd.Variant{Family: "moments"})
	b.RowFloats, b.SumFloats = max(b.RowFloats, 6*cp), max(b.SumFloats, 1+2*c.X.C)
	v := simd.Variant{Family: "norm", ReLU: c.ReLU}
	stmts := []jen.Code{
		b.groups(c.Groups, c.Epsilon, c.Gamma, c.Beta, c.X.C),
		perImage(append([]jen.Code{
			jen.Id("t").Dot("forward").Call(b.row(), b.sums(), b.pixels(c.X).from(), onePicture(c.X), lit(c.X.RowFloats())),
		}, b.overImage([]*plan.Buffer{c.X, c.Y}, func(at []mem, n int) jen.Code {
			return b.call(v, at[0].addr(), b.rowAt(3*cp), b.rowAt(4*cp), b.rowAt(5*cp), at[1].addr(), lit(n/cp), lit(cp))
		})...)...),
	}
	return stmts
}

// exampleNormGrad emits the gradients.
func exampleNormGrad(b *body, c *plan.ExampleNormGrad) []jen.Code {
	if c.Groups == 0 {
		return b.layerNormGrad(c)
	}
	cp := c.X.Cp
	b.kernel(simd.Variant{Family: "moments"})
	b.kernel(simd.Variant{Family: "normSums"})
	b.RowFloats, b.SumFloats = max(b.RowFloats, 7*cp), max(b.SumFloats, 1+4*c.X.C)
	dgamma := jen.Code(jen.Nil())
	if c.DGamma >= 0 {
		dgamma = b.paramSlice(FieldGrads, c.DGamma, c.X.C)
	}
	each := []jen.Code{jen.Id("t").Dot("backward").Call(
		b.row(), b.sums(), b.pixels(c.DY).from(), b.pixels(c.X).from(), dgamma, onePicture(c.X), lit(c.DY.RowFloats()), lit(c.X.RowFloats()))}
	if c.DX != nil {
		each = append(each, b.overImage([]*plan.Buffer{c.DY, c.X, c.DX}, func(at []mem, n int) jen.Code {
			return b.call(simd.Variant{Family: "normGrad"}, at[0].addr(), at[1].addr(),
				b.rowAt(3*cp), b.rowAt(4*cp), b.rowAt(5*cp), b.rowAt(6*cp), at[2].addr(), lit(n/cp), lit(cp))
		})...)
	}
	return []jen.Code{b.groups(c.Groups, c.Epsilon, c.Gamma, -1, c.X.C), perImage(each...)}
}

// layerNormGrad sums the gradient of gamma for each image in the scratch row.
func (b *body) layerNormGrad(c *plan.ExampleNormGrad) []jen.Code {
	cp := c.X.Cp
	b.RowFloats = max(b.RowFloats, 4*cp)
	v := simd.Variant{Family: "layernormGrad"}
	call := func(dy, x, dx jen.Code, n jen.Code) jen.Code {
		return b.call(v, dy, x, b.scaleOrOnes(c.Gamma), dx, b.rowAt(2*cp), n, lit(c.X.C), lit(cp), unit(c.X.C), float(c.Epsilon))
	}
	dgamma := jen.Id(FieldRow).Index(lit(2 * cp).Op(":").Lit(3 * cp))
	each := []jen.Code{jen.Clear(dgamma)}
	if c.DX != nil {
		each = append(each, b.overImage([]*plan.Buffer{c.DY, c.X, c.DX}, func(at []mem, n int) jen.Code {
			return call(at[0].addr(), at[1].addr(), at[2].addr(), lit(n/cp))
		})...)
	} else {
		place := func(buf *plan.Buffer) jen.Code {
			return b.pixels(buf).at(gosrc.Times("r", buf.RowFloats()), gosrc.Times("q", cp)).addr()
		}
		each = append(each, gosrc.For("r", lit(c.X.H), gosrc.For("q", lit(c.X.W),
			call(place(c.DY), place(c.X), b.rowAt(3*cp), lit(1)))))
	}
	if c.DGamma >= 0 {
		each = append(each, jen.Id("addVector").Call(b.paramSlice(FieldGrads, c.DGamma, c.X.C), jen.Id(FieldRow).Index(lit(2*cp).Op(":").Lit(2*cp+c.X.C))))
	}
	return append(b.plainVectors(c.Gamma, 0, c.X), perImage(each...))
}

// overImage is overElements for image i alone.
func (b *body) overImage(bufs []*plan.Buffer, do func(at []mem, n int) jen.Code) []jen.Code {
	whole := true
	for _, buf := range bufs {
		whole = whole && buf.Contiguous()
	}
	first := bufs[0]
	starts := func(rows ...gosrc.Term) []mem {
		at := make([]mem, len(bufs))
		for i, buf := range bufs {
			at[i] = b.pixels(buf)
			if len(rows) > 0 {
				at[i] = at[i].at(gosrc.Times("r", buf.RowFloats()))
			}
		}
		return at
	}
	if whole && first.H*first.W*first.Cp <= longest {
		return []jen.Code{do(starts(), first.H*first.W*first.Cp)}
	}
	return []jen.Code{gosrc.For("r", lit(first.H), do(starts(gosrc.Name("r")), first.W*first.Cp))}
}

// groups declares t, the normalization (codegen/support).
func (b *body) groups(count int, epsilon float64, gamma, beta, channels int) jen.Code {
	fields := []jen.Code{jen.Id("count").Op(":").Lit(count), jen.Id("epsilon").Op(":").Lit(epsilon)}
	for _, p := range []struct {
		name   string
		offset int
	}{{"gamma", gamma}, {"beta", beta}} {
		if p.offset >= 0 {
			fields = append(fields, jen.Id(p.name).Op(":").Add(b.paramSlice(FieldParams, p.offset, channels)))
		}
	}
	return jen.Id("t").Op(":=").Id("channelGroups").Values(fields...)
}

// plainVectors fills the first two vectors of the scratch row with ones and zeros,
// if gamma or beta is missing.
func (b *body) plainVectors(gamma, beta int, x *plan.Buffer) []jen.Code {
	if gamma >= 0 && beta >= 0 {
		return nil
	}
	b.RowFloats = max(b.RowFloats, 2*x.Cp)
	return []jen.Code{jen.Id("onesAndZeros").Call(jen.Id(FieldRow).Index(jen.Op(":").Lit(2*x.Cp)), lit(x.C))}
}

func (b *body) scaleOrOnes(gamma int) jen.Code {
	if gamma < 0 {
		return b.rowAt(0)
	}
	return b.place(FieldParams, b.params, gamma).addr()
}

func (b *body) shiftOrZeros(beta, pitch int) jen.Code {
	if beta < 0 {
		return b.rowAt(pitch)
	}
	return b.place(FieldParams, b.params, beta).addr()
}

// paramSlice is n elements of params or gradients.
func (b *body) paramSlice(array string, offset, n int) jen.Code {
	return b.place(array, b.params, offset).slice(lit(n))
}

func (b *body) row() jen.Code            { return jen.Id(FieldRow).Index(jen.Op(":")) }
func (b *body) rowAt(o int) jen.Code     { return jen.Op("&").Id(FieldRow).Index(lit(o)) }
func (b *body) sums() jen.Code           { return jen.Id(FieldScratchSums).Index(jen.Op(":")) }
func onePicture(x *plan.Buffer) jen.Code { return picturesOf(x, lit(1)) }
