package sched

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// lossGrad plans a loss and its gradient.
func (b *builder) lossGrad(i int, s step) {
	x, y := b.buf(s.out.Args[0]), b.inPlace(i, s, s.out.Args[0])
	c := &plan.LossGrad{Info: b.info(s.out, "loss", pass(s)), Loss: lossOf(b.Graph), X: x, DX: y}
	c.Comment = size(x)
	b.call(s.backward, c)
}

// lossOf describes the graph's loss; the zero Loss when it has none.
func lossOf(g *ir.Graph) plan.Loss {
	if g.Loss == nil {
		return plan.Loss{}
	}
	row, a := op.Lookup(g.Loss.Op).Loss, g.Loss.Attr.(ir.LossAttr)
	nanos, gradNanos := row.Times()
	return plan.Loss{
		Nanos: nanos, GradNanos: gradNanos,
		Kind: row.Name, Kernel: row.Kernel, Outputs: a.Scores, Vector: !row.Classes, Softmax: fromSoftmax(g),
		Options: slices.Clone(a.Options[:len(row.Options)]),
	}
}

// measuredBy says what the inference program computes the loss of that the
// training graph has.
func measuredBy(infer, train *ir.Graph) measure {
	switch {
	case train == nil || train.Loss == nil:
		return measureNothing
	case train.Loss.Args[0] != train.Scores:
		return measureLogits
	}
	return measureScores
}
