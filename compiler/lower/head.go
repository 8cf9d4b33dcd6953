package lower

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// head makes the result of the last layer the scores, and appends target and
// loss. name is that of config.Train.Loss, "" for none.
func (l *lowerer) head(name string) {
	last := len(l.p.Layers) - 1
	if last < 0 || l.results[last] == nil {
		return // elaboration, or the layer itself, has said why
	}
	scores := l.results[last]
	if len(scores.Shape) != 1 {
		l.errorf(last, NeedsVector, "the network ends in an image of %s, and a vector of scores is needed", scores.Shape).
			WithHelp("end with flatten or globalavgpool and a dense layer")
		return
	}
	l.graph.Scores = scores
	if scores.Op == "softmax" {
		l.graph.Logits = scores.Args[0]
	}
	outputs := scores.Shape[0]
	if l.classes > 0 && outputs != l.classes {
		l.errorf(last, ClassCount, "%s has %s, the data has %d classes", l.p.Layers[last].Name, plural(outputs, "output"), l.classes).
			WithHelp("dense classes takes the number from the data")
	}
	row := lossOf(func(l *loss) bool { return l.config == name })
	if row == nil {
		return
	}
	set, asked := elab.Find(l.p.Train, "loss")
	at := set.Pos
	if !l.trains() && !l.list.HasErrors() {
		if !asked {
			return // nobody wants to train it
		}
		d := l.list.Add(diag.Errorf(NothingToTrain, at, "the network has no weights to train"))
		if len(l.graph.Params) > 0 {
			d.WithHelp("trainable=false freezes the weights of a layer; here all are frozen")
		}
		return
	}
	l.b.Layer, l.b.Pos = "loss", at.Start
	a := ir.LossAttr{Classes: outputs}
	if row.vector {
		target := l.b.Target(l.b.Name("target"), ir.Type{Shape: scores.Shape})
		l.graph.Loss = l.b.Op(row.op, "loss", a, scores, target)
		return
	}
	// The words of the layer are asked, not its operation, which a mistake may
	// have left out.
	switch end := lastActivation(&l.p.Layers[last]); {
	case outputs == 1:
		l.errorf(last, LossNeedsProbabilities, "%s compares the scores of the classes, and %s has one score", name, l.p.Layers[last].Name).
			WithHelp("give it one unit for each class")
		return
	case end == "softmax" || end == "sigmoid":
	default:
		l.list.Add(diag.Errorf(LossNeedsProbabilities, at, "%s needs probabilities, and %s does not end with softmax", name, l.p.Layers[last].Name)).
			WithNote(l.p.Layers[last].Pos.Start, "the network ends here").
			WithHelp("add softmax to the last layer")
		return
	}
	target := l.b.Target(l.b.Name("target"), ir.Type{DType: ir.Label})
	l.graph.Loss = l.b.Op(row.op, "loss", a, scores, target)
}

// trains reports whether there is a parameter that is not frozen.
func (l *lowerer) trains() bool {
	for _, p := range l.graph.Params {
		if !p.Frozen {
			return true
		}
	}
	return false
}
