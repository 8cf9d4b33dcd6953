package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// store emits the copy of the scores to the caller, and in inference their
// loss, where the softmax has not seen to it.
func store(b *body, c *plan.Store) []jen.Code {
	x := b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
	stmts := []jen.Code{jen.Id("copyScores").Call(jen.Id(FieldScores), x.from(), jen.Id("n"), lit(b.Plan.Outputs), lit(c.X.ImageFloats))}
	if b.Training || !b.Losses {
		return stmts
	}
	if loss := b.lossOf(b.Plan.Loss.Kind, x, c.X.ImageFloats); loss != nil {
		stmts = append(stmts, loss)
	}
	return stmts
}

// lossOf is the loss of scores at x, nil when it is computed from logits.
func (b *body) lossOf(kind string, x mem, stride int) jen.Code {
	switch kind {
	case "crossentropy":
		return jen.Id("crossentropyLoss").Call(jen.Id(FieldLoss), jen.Id(FieldLabels), x.from(), lit(b.Plan.Outputs), lit(stride))
	case "mse":
		return jen.Id("mseLoss").Call(jen.Id(FieldLoss), jen.Id(FieldTargets), x.from(), lit(b.Plan.Outputs), lit(stride))
	}
	return nil
}
