package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// lossGrad emits the loss of each example and its gradient, the turn from
// forward to backward: two functions of codegen/support that are named after the
// loss.
func lossGrad(b *body, c *plan.LossGrad) []jen.Code {
	if c.X.H*c.X.W != 1 || c.X.ImageFloats != c.DX.ImageFloats {
		b.fail("vectors of %dx%dx%d", c.X.H, c.X.W, c.X.C)
		return nil
	}
	outputs, stride := lit(c.Loss.Outputs), lit(c.X.ImageFloats)
	dx := b.buffer(c.DX).at(gosrc.Lit(c.DX.Origin()))
	var stmts []jen.Code
	if c.Loss.Softmax {
		stmts = b.softmaxLoss(c, dx)
	} else {
		x := b.buffer(c.X).at(gosrc.Lit(c.X.Origin()))
		stmts = []jen.Code{
			b.lossOf(c.Loss, c.X),
			jen.Id(c.Loss.Kernel + "Grad").Call(withOptions(c.Loss,
				dx.from(), targets(c.Loss), x.from(), jen.Id("n"), outputs, stride, jen.Id(FieldScale))...),
		}
	}
	stmts = append(stmts, jen.Id("weightGradients").Call(dx.from(), jen.Id(FieldWeights), outputs, stride))
	if !c.Loss.Softmax && c.DX.Cp > c.DX.C {
		stmts = append(stmts, jen.Id("clearPadding").Call(dx.from(), jen.Id("n"), outputs, lit(c.DX.Cp), stride))
	}
	return stmts
}

// softmaxLoss computes probabilities, loss and gradient together, from what the
// softmax kernel leaves behind.
func (b *body) softmaxLoss(c *plan.LossGrad, dx mem) []jen.Code {
	outputs, stride := lit(c.Loss.Outputs), lit(c.X.ImageFloats)
	loss := jen.Id(FieldLoss)
	call, x := b.softmaxCall(c.X, c.DX)
	take, grad, gradArgs := "takeLogits", "softmaxGrad", []jen.Code{dx.from(), targets(c.Loss), outputs, stride, jen.Id(FieldScale)}
	if c.Loss.Vector { // a slice of classes says how many examples there are, one of shares is the whole batch's
		take, grad, gradArgs = "takeLogitsSoft", "softmaxGradSoft", slices.Insert(gradArgs, 2, jen.Code(jen.Id("n")))
	}
	return []jen.Code{
		jen.Id(take).Call(withOptions(c.Loss, loss, targets(c.Loss), x.from(), outputs, stride)...),
		call,
		jen.Id("addLogSumExp").Call(loss, jen.Id(FieldStats).Index(jen.Op(":"))),
		jen.Id("copyScores").Call(jen.Id(FieldScores), dx.from(), jen.Id("n"), outputs, stride),
		jen.Id(grad).Call(withOptions(c.Loss, gradArgs...)...),
	}
}

// lossValue emits the loss of each example in inference, where it is wanted.
func lossValue(b *body, c *plan.LossValue) []jen.Code {
	if c.X.H*c.X.W != 1 {
		b.fail("vectors of %dx%dx%d", c.X.H, c.X.W, c.X.C)
		return nil
	}
	return []jen.Code{b.lossOf(c.Loss, c.X)}
}

// lossOf is the loss of the vectors of x.
func (b *body) lossOf(l plan.Loss, x *plan.Buffer) jen.Code {
	return jen.Id(l.Kernel + "Loss").Call(withOptions(l,
		jen.Id(FieldLoss), targets(l), b.buffer(x).at(gosrc.Lit(x.Origin())).from(), lit(l.Outputs), lit(x.ImageFloats))...)
}

// targets is what the loss compares the scores with.
func targets(l plan.Loss) jen.Code {
	if l.Vector {
		return jen.Id(FieldTargets)
	}
	return jen.Id(FieldLabels)
}

// withOptions appends the numbers of the loss to the arguments of its functions.
func withOptions(l plan.Loss, args ...jen.Code) []jen.Code {
	for _, x := range l.Options {
		args = append(args, jen.Lit(x))
	}
	return args
}
