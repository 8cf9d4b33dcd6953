package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// store emits the copy of the scores to the caller.
func store(b *body, c *plan.Store) []jen.Code {
	x := b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
	return []jen.Code{jen.Id("copyScores").Call(jen.Id(FieldScores), x.from(), jen.Id("n"), lit(b.Plan.Outputs), lit(c.X.ImageFloats))}
}
