package pass

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// StripTraining makes an inference graph of a lowered training graph: it cuts
// off target, loss and gradients, and makes the users of a dropout or its
// relatives read its operand, since all are the identity outside of training (spec:
// layers, regularization layers). Batchnorm gets its moving statistics in place of
// the batch's. It leaves what nobody needs any more to DCE.
func StripTraining(g *ir.Graph) error {
	if g.Loss != nil {
		// Evaluation computes the loss of the same value as training does.
		if logits := logitsOf(g.Loss); logits != nil {
			g.Logits = logits
		}
	}
	g.Target, g.Loss, g.Grads = nil, nil, nil
	kept := make(map[*ir.Value]*ir.Value) // what draws random numbers, to what it reads
	current := func(v *ir.Value) *ir.Value {
		if r := kept[v]; r != nil {
			return r
		}
		return v
	}
	for _, v := range g.Values {
		for i, a := range v.Args {
			v.Args[i] = current(a)
		}
		switch {
		case op.IsRandom(v.Op):
			kept[v] = v.Args[0]
		case v.Op == "batch_stats":
			v.Op, v.Args, v.Attr = "moving_stats", v.Args[1:], nil
		}
	}
	g.Scores, g.Logits = current(g.Scores), current(g.Logits)
	return nil
}
