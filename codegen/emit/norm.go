package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// norm emits a normalization with known statistics.
func norm(b *body, c *plan.Norm) []jen.Code {
	v := simd.Variant{Family: "norm", Add: c.Add != nil, ReLU: c.ReLU}
	bufs := []*plan.Buffer{c.X, c.Y}
	if c.Add != nil {
		bufs = append(bufs, c.Add)
	}
	return b.overElements(bufs, func(at []mem, n *jen.Statement) jen.Code {
		args := []jen.Code{at[0].addr(), b.coefficients(c.Space, c.Mean), b.coefficients(c.Space, c.Scale), b.coefficients(c.Space, c.Shift)}
		if c.Add != nil {
			args = append(args, at[2].addr())
		}
		return b.call(v, append(args, at[1].addr(), perPixel(n, c.X.Cp), lit(c.X.Cp))...)
	})
}

// normGrad emits the gradient of a normalization with statistics of the batch.
func normGrad(b *body, c *plan.NormGrad) []jen.Code {
	v := simd.Variant{Family: "normGrad"}
	return b.overElements([]*plan.Buffer{c.DY, c.X, c.DX}, func(at []mem, n *jen.Statement) jen.Code {
		args := []jen.Code{at[0].addr(), at[1].addr()}
		for _, o := range []int{c.Mean, c.Scale, c.Slope, c.Offset} {
			args = append(args, b.coefficients(plan.Batch, o))
		}
		return b.call(v, append(args, at[2].addr(), perPixel(n, c.X.Cp), lit(c.X.Cp))...)
	})
}

// moments emits the sums of which the statistics of a batch are made.
func moments(b *body, c *plan.Moments) []jen.Code {
	b.kernel(simd.Variant{Family: "moments"})
	b.RowFloats = max(b.RowFloats, 3*c.X.Cp)
	x := b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
	return []jen.Code{jen.Id("addMoments").Call(
		jen.Id(FieldSums).Index(lit(c.At).Op(":").Lit(c.At+1+2*c.X.C)), x.from(), jen.Id(FieldRow).Index(jen.Op(":")),
		pixelsOf(c.X), lit(c.X.ImageFloats), lit(c.X.RowFloats()))}
}

// normSums emits the sums of which the gradient through the statistics is made.
func normSums(b *body, c *plan.NormSums) []jen.Code {
	b.kernel(simd.Variant{Family: "normSums"})
	b.RowFloats = max(b.RowFloats, 2*c.X.Cp)
	dy, x := b.buffer(c.DY).at(gosrc.Lit(c.DY.Origin())), b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
	return []jen.Code{jen.Id("addNormSums").Call(
		jen.Id(FieldSums).Index(lit(c.At).Op(":").Lit(c.At+2*c.X.C)), dy.from(), x.from(),
		jen.Id(FieldShared).Index(lit(c.Mean).Op(":")), jen.Id(FieldRow).Index(jen.Op(":")),
		pixelsOf(c.X), lit(c.DY.ImageFloats), lit(c.DY.RowFloats()), lit(c.X.ImageFloats), lit(c.X.RowFloats()))}
}

// pixelsOf is a literal of type normPixels (codegen/support) for a micro-batch.
func pixelsOf(x *plan.Buffer) jen.Code { return picturesOf(x, jen.Id("n")) }

// picturesOf is the same for that many images.
func picturesOf(x *plan.Buffer, images jen.Code) jen.Code {
	return jen.Id("normPixels").Values(
		jen.Id("images").Op(":").Add(images), jen.Id("rows").Op(":").Lit(x.H), jen.Id("cols").Op(":").Lit(x.W),
		jen.Id("channels").Op(":").Lit(x.C), jen.Id("pitch").Op(":").Lit(x.Cp))
}

// perPixel turns a number of elements into one of pixels.
func perPixel(n *jen.Statement, channels int) *jen.Statement {
	return n.Op("/").Lit(channels)
}

// coefficients is the address of a vector of one element for each channel.
func (b *body) coefficients(space plan.Space, offset int) jen.Code {
	if space == plan.Batch {
		return gosrc.Addr(FieldShared, gosrc.Lit(offset))
	}
	return b.place(FieldDerived, b.deriv, offset).addr()
}

// Folds are the literals of what makes folded parameters, nil when there are
// none: []foldedLayer, and []foldedWinograd for kernels that are transformed, too
// (codegen/support).
func (pk *Package) Folds() (folds, transformed jen.Code) {
	var rows, kernels []jen.Code
	for _, c := range pk.Plan.Derive {
		switch c := c.(type) {
		case *plan.Fold:
			rows = append(rows, jen.Values(
				jen.Id("fixedNorm").Op(":").Add(pk.fixedNorm(&c.FixedNorm)),
				jen.Id("from").Op(":").Add(pk.param(c.From)), jen.Id("floats").Op(":").Lit(c.Floats),
				jen.Id("panel").Op(":").Lit(c.Panel), jen.Id("bias").Op(":").Add(pk.optional(c.Bias))))
		case *plan.WinogradKernel:
			if c.Fold != nil {
				kernels = append(kernels, jen.Values(
					jen.Id("winogradKernel").Op(":").Id("winogradKernel").Add(pk.winogradKernel(c)),
					jen.Id("norm").Op(":").Add(pk.fixedNorm(&c.Fold.FixedNorm))))
			}
		}
	}
	if rows != nil {
		folds = jen.Index().Id("foldedLayer").Custom(gosrc.Lines, rows...)
	}
	if kernels != nil {
		transformed = jen.Index().Id("foldedWinograd").Custom(gosrc.Lines, kernels...)
	}
	return folds, transformed
}

// NormVectors is a literal of []normVector (codegen/support): those inference
// needs come first, and are counted. It is nil when there are none.
func (pk *Package) NormVectors() (table jen.Code, infer int) {
	var rows []jen.Code
	for _, c := range pk.Plan.Derive {
		if v, ok := c.(*plan.NormVectors); ok {
			if v.To < pk.Plan.InferDerivedFloats {
				infer++
			}
			rows = append(rows, jen.Values(
				jen.Id("fixedNorm").Op(":").Add(pk.fixedNorm(&v.FixedNorm)),
				jen.Id("to").Op(":").Id(pk.deriv[v.To]), jen.Id("pitch").Op(":").Lit(v.Pitch)))
		}
	}
	if rows == nil {
		return nil, 0
	}
	return jen.Index().Id("normVector").Custom(gosrc.Lines, rows...), infer
}

func (pk *Package) fixedNorm(n *plan.FixedNorm) jen.Code {
	return jen.Id("fixedNorm").Values(
		jen.Id("channels").Op(":").Lit(n.Channels), jen.Id("gamma").Op(":").Add(pk.optional(n.Gamma)), jen.Id("beta").Op(":").Add(pk.optional(n.Beta)),
		jen.Id("mean").Op(":").Add(pk.param(n.Mean)), jen.Id("variance").Op(":").Add(pk.param(n.Variance)), jen.Id("epsilon").Op(":").Lit(n.Epsilon))
}

// optional is the place of a parameter that may not be there.
func (pk *Package) optional(offset int) jen.Code {
	if offset < 0 {
		return jen.Lit(-1)
	}
	return pk.param(offset)
}
