package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// softmax emits probabilities or their logarithms.
func softmax(b *body, c *plan.Softmax) []jen.Code {
	v := simd.Variant{Family: "softmax"}
	var stats []jen.Code
	if c.Log {
		v.Func = "log"
	} else {
		stats = []jen.Code{nilPtr()}
	}
	return b.overVectors([]*plan.Buffer{c.X, c.Y}, func(at []mem, rows jen.Code, stride int) jen.Code {
		return b.call(v, join(addresses(at), stats, []jen.Code{rows, lit(c.X.C), lit(stride)})...)
	})
}

// softmaxCall is the kernel call from logits to probabilities, which leaves behind
// what the loss needs.
func (b *body) softmaxCall(x, y *plan.Buffer) (jen.Code, mem) {
	from := b.buffer(x).at(gosrc.Lit(x.Origin()))
	to := b.buffer(y).at(gosrc.Lit(y.Origin()))
	return b.call(simd.Variant{Family: "softmax"}, from.addr(), to.addr(), jen.Op("&").Id(FieldStats).Index(lit(0)),
		jen.Id("n"), lit(x.C), lit(x.ImageFloats)), from
}

// softmaxGrad emits the gradient of softmax or log_softmax.
func softmaxGrad(b *body, c *plan.SoftmaxGrad) []jen.Code {
	v := simd.Variant{Family: "softmaxBack"}
	if c.Log {
		v.Func = "log"
	}
	return b.overVectors([]*plan.Buffer{c.DY, c.Y, c.DX}, func(at []mem, rows jen.Code, stride int) jen.Code {
		return b.call(v, join(addresses(at), []jen.Code{rows, lit(c.Y.C), lit(stride)})...)
	})
}

// overVectors covers the pixels of buffers of the same pixels with rows of
// channels, a stride apart: the vectors of a micro-batch, the pixels of an image,
// or those of a line.
func (b *body) overVectors(bufs []*plan.Buffer, do func(at []mem, rows jen.Code, stride int) jen.Code) []jen.Code {
	first := bufs[0]
	vectors, whole := first.H*first.W == 1, true
	for _, buf := range bufs {
		vectors = vectors && buf.ImageFloats == first.ImageFloats && !buf.HasHalo()
		whole = whole && buf.Contiguous()
	}
	starts := func(f func(*plan.Buffer) mem) []mem {
		at := make([]mem, len(bufs))
		for i, buf := range bufs {
			at[i] = f(buf)
		}
		return at
	}
	if vectors && b.Micro*first.Cp > longest {
		some := max(1, longest/first.Cp)
		at := starts(func(buf *plan.Buffer) mem { return b.buffer(buf).at(gosrc.Times("i", buf.ImageFloats)) })
		return []jen.Code{gosrc.Steps("i", jen.Id("n"), some, do(at, gosrc.Left(some, jen.Id("n"), "i"), first.ImageFloats))}
	}
	if vectors {
		return []jen.Code{do(starts(b.buffer), jen.Id("n"), first.ImageFloats)}
	}
	if whole && first.H*first.W*first.Cp <= longest {
		return []jen.Code{perImage(do(starts(b.pixels), lit(first.H*first.W), first.Cp))}
	}
	return []jen.Code{perImage(gosrc.For("r", lit(first.H), do(starts(func(buf *plan.Buffer) mem {
		return b.pixels(buf).at(gosrc.Times("r", buf.RowFloats()))
	}), lit(first.W), first.Cp)))}
}
