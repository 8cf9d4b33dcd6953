package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// reshape emits the copy of an image to a vector, or the reverse, where channels
// are padded, or of an image to one of another size.
func reshape(b *body, c *plan.Reshape) []jen.Code {
	x, y := c.X, c.Y
	image, vector := x, y
	if x.H*x.W == 1 {
		image, vector = y, x
	}
	if vector.H*vector.W != 1 || vector.C != image.H*image.W*image.C {
		return []jen.Code{perImage(jen.Id("reshapeImage").Call(b.pixels(y).from(), b.pixels(x).from(),
			lit(y.H), lit(y.W), lit(y.C), lit(y.Cp-y.C), lit(y.RowFloats()), lit(y.Cp), lit(x.W), lit(x.C), lit(x.RowFloats()), lit(x.Cp)))}
	}
	row := image.W * image.C
	img := b.pixels(image).at(gosrc.Times("r", image.RowFloats()))
	vec := b.pixels(vector).at(gosrc.Times("r", row))
	var stmts []jen.Code
	if image == x {
		stmts = append(stmts, gosrc.For("r", lit(image.H),
			jen.Id("copyChannels").Call(vec.from(), img.from(), lit(image.W), lit(image.C), lit(0), lit(image.C), lit(image.Cp))))
		if vector.Cp > vector.C {
			stmts = append(stmts, jen.Clear(b.pixels(vector).at(gosrc.Lit(vector.C)).slice(lit(vector.Cp-vector.C))))
		}
		return []jen.Code{perImage(stmts...)}
	}
	stmts = append(stmts, gosrc.For("r", lit(image.H),
		jen.Id("copyChannels").Call(img.from(), vec.from(), lit(image.W), lit(image.C), lit(image.Cp-image.C), lit(image.Cp), lit(image.C))))
	return []jen.Code{perImage(stmts...)}
}
