package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// affine emits scaling and shifting; numbers for each channel become tables.
func affine(b *body, c *plan.Affine) []jen.Code {
	if !c.PerChannel() {
		return b.overElements([]*plan.Buffer{c.X, c.Y}, func(at []mem, n *jen.Statement) jen.Code {
			return b.affine(at[0], at[1], n, float(c.Scale[0]), float(c.Offset[0]))
		})
	}
	table := func(suffix string, list []float64) mem {
		return mem{array: b.table(b.ident(suffix), b.channels(list, c.X.C, c.X.Cp))}
	}
	h, w := c.Y.H, c.Y.W
	walks := []walk{b.walkOver(c.X, h, w), {at: table("Scale", c.Scale)}, {at: table("Offset", c.Offset)}, b.walkOver(c.Y, h, w)}
	v := simd.Variant{Family: "affine", Func: "channels"}
	return []jen.Code{perImage(b.overPixels(h, w, c.Y.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{lit(n), lit(c.Y.Cp)}, steps)...)
	}))}
}

// channels is a table of numbers for n channels, of which a list has one for each
// or one for all; those behind them up to padded are 0.
func (b *body) channels(list []float64, n, padded int) *jen.Statement {
	return jen.Index(jen.Op("...")).Float32().ValuesFunc(func(g *jen.Group) {
		for ch := range padded {
			if ch < n {
				g.Add(float(list[ch%len(list)]))
			} else {
				g.Lit(0)
			}
		}
	})
}

// affine calls the kernel that scales and shifts n elements.
func (b *body) affine(x, y mem, n *jen.Statement, scale, offset jen.Code) *jen.Statement {
	return b.call(simd.Variant{Family: "affine"}, x.addr(), y.addr(), n, scale, offset)
}

// slopes is the place of the slopes of a PReLU.
func (b *body) slopes(s plan.Slopes) mem {
	return b.weights(plan.Weights{Space: s.Space, Offset: s.Offset})
}

// overSlopes covers the pixels of image i with runs that have slopes: all
// channels together when pixels share them, else panels of 16, in which slopes
// lie pixel by pixel. bufs come before the slopes, y behind them.
func (b *body) overSlopes(s plan.Slopes, v simd.Variant, bufs []*plan.Buffer, y *plan.Buffer) jen.Code {
	h, w := y.H, y.W
	var walks []walk
	for _, buf := range bufs {
		walks = append(walks, b.walkOver(buf, h, w))
	}
	walks = append(walks, walk{at: b.slopes(s)}, b.walkOver(y, h, w))
	var lanes jen.Code = lit(y.Cp)
	if s.Pixels > 1 {
		alpha := &walks[len(walks)-2]
		alpha.row, alpha.col = 16*w, 16
		lanes = gosrc.Left(16, lit(y.Cp), "c")
		for i := range walks {
			step := 1
			if &walks[i] == alpha {
				step = s.Pixels
			}
			walks[i].at = walks[i].at.at(gosrc.Times("c", step))
		}
	}
	call := b.overPixels(h, w, y.Cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{lit(n), lanes}, steps)...)
	})
	if s.Pixels == 1 {
		return call
	}
	return gosrc.Steps("c", lit(y.Cp), 16, call)
}

func prelu(b *body, c *plan.PReLU) []jen.Code {
	return []jen.Code{perImage(b.overSlopes(c.Alpha, simd.Variant{Family: "prelu"}, []*plan.Buffer{c.X}, c.Y))}
}

func preluGrad(b *body, c *plan.PReLUGrad) []jen.Code {
	return []jen.Code{perImage(b.overSlopes(c.Alpha, simd.Variant{Family: "preluGrad"}, []*plan.Buffer{c.DY, c.X}, c.DX))}
}

// preluWeights emits sums over pixels, image by image, when pixels share slopes,
// else over the images, pixel by pixel.
func preluWeights(b *body, c *plan.PReLUWeights) []jen.Code {
	v := simd.Variant{Family: "reduce", Func: "prelu"}
	alpha := b.slopes(c.DAlpha)
	h, w, cp := c.X.H, c.X.W, c.X.Cp
	if c.DAlpha.Pixels == 1 {
		walks := []walk{b.walkOver(c.DY, h, w), b.walkOver(c.X, h, w)}
		return []jen.Code{perImage(b.overPixels(h, w, cp, walks, func(at []mem, n int, steps []jen.Code) jen.Code {
			return b.call(v, join(addresses(at), []jen.Code{alpha.addr(), lit(n), lit(cp)}, steps)...)
		}))}
	}
	place := func(buf *plan.Buffer) jen.Code {
		return b.buffer(buf).at(gosrc.Lit(buf.Origin()), gosrc.Times("r", buf.RowFloats()), gosrc.Times("q", buf.Cp), gosrc.Name("c")).addr()
	}
	return []jen.Code{gosrc.For("r", lit(h), gosrc.For("q", lit(w),
		gosrc.Steps("c", lit(cp), 16, b.call(v, place(c.DY), place(c.X),
			alpha.at(gosrc.Times("c", c.DAlpha.Pixels), gosrc.Times("r", 16*w), gosrc.Times("q", 16)).addr(),
			jen.Id("n"), gosrc.Left(16, lit(cp), "c"), lit(c.DY.ImageFloats), lit(c.X.ImageFloats)))))}
}
