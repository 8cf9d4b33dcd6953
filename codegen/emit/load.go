package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// load emits the copy of the caller's images into a buffer, scaled and shifted when
// the network begins with that.
func load(b *body, c *plan.Load) []jen.Code {
	y := c.Y
	row := y.W * y.C
	src := mem{FieldX, []gosrc.Term{gosrc.Times("i", y.H*row), gosrc.Times("r", row)}}
	dst := b.pixels(y).at(gosrc.Times("r", y.RowFloats()))
	if c.Scale != nil {
		table := func(suffix string, list []float64) jen.Code {
			return jen.Id(b.table(b.ident(suffix), b.channels(list, y.C, y.C))).Index(jen.Op(":"))
		}
		return []jen.Code{perImage(gosrc.For("r", lit(y.H),
			jen.Id("scaleChannels").Call(dst.from(), src.from(), table("Scale", c.Scale), table("Offset", c.Offset), lit(y.W), lit(y.Cp))))}
	}
	if y.Cp == y.C {
		return []jen.Code{perImage(gosrc.For("r", lit(y.H), jen.Copy(dst.slice(lit(row)), src.from())))}
	}
	return []jen.Code{perImage(gosrc.For("r", lit(y.H),
		jen.Id("copyChannels").Call(dst.from(), src.from(), lit(y.W), lit(y.C), lit(y.Cp-y.C), lit(y.Cp), lit(y.C))))}
}
