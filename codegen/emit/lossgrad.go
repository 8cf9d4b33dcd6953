package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// lossGrad emits the loss of each example and its gradient, the turn from
// forward to backward.
func lossGrad(b *body, c *plan.LossGrad) []jen.Code {
	if c.X.H*c.X.W != 1 || c.X.ImageFloats != c.DX.ImageFloats {
		b.fail("vectors of %dx%dx%d", c.X.H, c.X.W, c.X.C)
		return nil
	}
	outputs, stride := lit(c.Loss.Outputs), lit(c.X.ImageFloats)
	dx := b.buffer(c.DX).at(gosrc.Lit(c.DX.Origin()))
	scores, labels, targets, loss, scale := jen.Id(FieldScores), jen.Id(FieldLabels), jen.Id(FieldTargets), jen.Id(FieldLoss), jen.Id(FieldScale)
	if c.Loss.Kind == "softmax_crossentropy" {
		call, x := b.softmaxCall(c.X, c.DX)
		return []jen.Code{
			jen.Id("takeLogits").Call(loss, labels, x.from(), stride),
			call,
			jen.Id("addLogSumExp").Call(loss, jen.Id(FieldStats).Index(jen.Op(":"))),
			jen.Id("copyScores").Call(scores, dx.from(), jen.Id("n"), outputs, stride),
			jen.Id("softmaxGrad").Call(dx.from(), labels, outputs, stride, scale),
		}
	}
	x := b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
	stmts := []jen.Code{b.lossOf(c.Loss.Kind, x, c.X.ImageFloats)}
	switch c.Loss.Kind {
	case "crossentropy":
		stmts = append(stmts, jen.Id("crossentropyGrad").Call(dx.from(), labels, x.from(), outputs, stride, scale))
	case "mse":
		stmts = append(stmts, jen.Id("mseGrad").Call(dx.from(), targets, x.from(), jen.Id("n"), outputs, stride, scale))
	default:
		b.fail("loss %q", c.Loss.Kind)
		return nil
	}
	if c.DX.Cp > c.DX.C {
		stmts = append(stmts, jen.Id("clearPadding").Call(dx.from(), jen.Id("n"), outputs, lit(c.DX.Cp), stride))
	}
	return stmts
}
