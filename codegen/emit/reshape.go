package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// reshape emits the copy of an image to a vector, or the reverse, where channels
// are padded.
func reshape(b *body, c *plan.Reshape) []jen.Code {
	x, y := c.X, c.Y
	image, vector := x, y
	if x.H*x.W == 1 {
		image, vector = y, x
	}
	if vector.H*vector.W != 1 || vector.C != image.H*image.W*image.C {
		b.fail("%dx%dx%d to %dx%dx%d", x.H, x.W, x.C, y.H, y.W, y.C)
		return nil
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
