package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// copyChannels emits concatenation and its gradient.
func copyChannels(b *body, c *plan.CopyChannels) []jen.Code {
	if c.X.H != c.Y.H || c.X.W != c.Y.W || c.XFrom+c.N > c.X.Cp || c.YFrom+c.N > c.Y.Cp {
		b.fail("%d channels from %d of %d to %d of %d", c.N, c.XFrom, c.X.Cp, c.YFrom, c.Y.Cp)
		return nil
	}
	x := b.pixels(c.X).at(gosrc.Lit(c.XFrom), gosrc.Times("r", c.X.RowFloats()))
	y := b.pixels(c.Y).at(gosrc.Lit(c.YFrom), gosrc.Times("r", c.Y.RowFloats()))
	name := "copyChannels"
	if c.Accumulate {
		name = "addChannels"
	}
	pad := 0 // padding channels behind the copied ones are cleared
	if c.YFrom+c.N == c.Y.C {
		pad = c.Y.Cp - c.Y.C
	}
	return []jen.Code{perImage(gosrc.For("r", lit(c.Y.H),
		jen.Id(name).Call(y.from(), x.from(), lit(c.Y.W), lit(c.N), lit(pad), lit(c.Y.Cp), lit(c.X.Cp))))}
}
