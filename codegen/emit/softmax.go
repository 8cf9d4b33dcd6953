package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// softmax emits probabilities.
func softmax(b *body, c *plan.Softmax) []jen.Code {
	if c.X.H*c.X.W != 1 || c.X.ImageFloats != c.Y.ImageFloats {
		b.fail("vectors of %dx%dx%d", c.X.H, c.X.W, c.X.C)
		return nil
	}
	call, _ := b.softmaxCall(c.X, c.Y)
	return []jen.Code{call}
}

// softmaxCall is the kernel call from logits to probabilities.
func (b *body) softmaxCall(x, y *plan.Buffer) (jen.Code, mem) {
	from := b.buffer(x).at(gosrc.Lit(x.Origin()))
	to := b.buffer(y).at(gosrc.Lit(y.Origin()))
	return b.call(simd.Variant{Family: "softmax"}, from.addr(), to.addr(), jen.Op("&").Id(FieldStats).Index(lit(0)),
		jen.Id("n"), lit(x.C), lit(x.ImageFloats)), from
}

// softmaxGrad emits the gradient of probabilities that are not the end of the
// network.
func softmaxGrad(b *body, c *plan.SoftmaxGrad) []jen.Code {
	dy, y, dx := b.pixels(c.DY), b.pixels(c.Y), b.pixels(c.DX)
	n := c.Y.Cp
	return []jen.Code{perImage(jen.Id("softmaxBack").Call(dx.slice(lit(n)), dy.slice(lit(n)), y.slice(lit(n)), lit(c.Y.C)))}
}
