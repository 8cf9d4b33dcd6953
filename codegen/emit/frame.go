package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// copyWindow emits the copy of a rectangle of pixels, with zeros around it.
func copyWindow(b *body, c *plan.CopyWindow) []jen.Code {
	row := c.Y.RowFloats()
	y := b.pixels(c.Y)
	from := b.pixels(c.X).at(gosrc.Lit(c.XTop*c.X.RowFloats()+c.XLeft*c.X.Cp), gosrc.Times("r", c.X.RowFloats()))
	line := y.at(gosrc.Lit(c.YTop*row), gosrc.Times("r", row))
	left, width, right := c.YLeft*c.Y.Cp, c.W*c.Y.Cp, (c.Y.W-c.YLeft-c.W)*c.Y.Cp
	var stmts, inner []jen.Code
	zeros := func(first, rows int) {
		if rows > 0 {
			stmts = append(stmts, gosrc.For("r", lit(rows), jen.Clear(y.at(gosrc.Lit(first*row), gosrc.Times("r", row)).slice(lit(c.Y.W*c.Y.Cp)))))
		}
	}
	if left > 0 {
		inner = append(inner, jen.Clear(line.slice(lit(left))))
	}
	inner = append(inner, jen.Copy(line.at(gosrc.Lit(left)).slice(lit(width)), from.slice(lit(width))))
	if right > 0 {
		inner = append(inner, jen.Clear(line.at(gosrc.Lit(left+width)).slice(lit(right))))
	}
	zeros(0, c.YTop)
	stmts = append(stmts, gosrc.For("r", lit(c.H), inner...))
	zeros(c.YTop+c.H, c.Y.H-c.YTop-c.H)
	return []jen.Code{perImage(stmts...)}
}

// permute emits the copy of an image with its axes in another order.
func permute(b *body, c *plan.Permute) []jen.Code {
	strides := [3]int{c.X.RowFloats(), c.X.Cp, 1}
	return []jen.Code{perImage(jen.Id("permuteImage").Call(b.pixels(c.Y).from(), b.pixels(c.X).from(),
		lit(c.Y.H), lit(c.Y.W), lit(c.Y.C), lit(c.Y.Cp-c.Y.C), lit(c.Y.RowFloats()), lit(c.Y.Cp),
		lit(strides[c.Axes[0]]), lit(strides[c.Axes[1]]), lit(strides[c.Axes[2]])))}
}
