package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// zero emits the clearing of a buffer's pixels, or of the border around them.
func zero(b *body, c *plan.Zero) []jen.Code {
	x := c.X
	if !c.HaloOnly {
		return []jen.Code{perImage(b.clearPixels(x)...)}
	}
	if !x.HasHalo() {
		b.fail("buffer %s has no halo", x.Name)
		return nil
	}
	// In memory the border is the rows above with the left of the first row,
	// then what lies between the pixels of two rows, then the rest.
	row, pixels := x.RowFloats(), x.W*x.Cp
	image := b.image(x)
	end := (x.Top + x.H + x.Bottom) * row
	var stmts []jen.Code
	if x.Origin() > 0 {
		stmts = append(stmts, jen.Clear(image.slice(lit(x.Origin()))))
	}
	if gap := row - pixels; gap > 0 && x.H > 1 {
		stmts = append(stmts, gosrc.For("r", lit(x.H-1),
			jen.Clear(image.at(gosrc.Lit(x.Origin()+pixels), gosrc.Times("r", row)).slice(lit(gap)))))
	}
	if from := x.Origin() + (x.H-1)*row + pixels; from < end {
		stmts = append(stmts, jen.Clear(image.at(gosrc.Lit(from)).slice(lit(end-from))))
	}
	return []jen.Code{perImage(stmts...)}
}
