package lower

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// head makes the result of the last layer the scores, and appends target and
// loss, whose name in the language it notes in t.
func (l *lowerer) head(t *config.Train) {
	last := len(l.p.Layers) - 1
	if last < 0 || l.results[last] == nil {
		return // elaboration, or the layer itself, has said why
	}
	scores := l.results[last]
	if l.mirrored && len(scores.Shape) == 3 {
		if !l.sameImage(last, scores) {
			return
		}
		scores = l.flat(scores)
	}
	if len(scores.Shape) != 1 {
		l.errorf(last, NeedsVector, "the network ends in an image of %s, and a vector of scores is needed", scores.Shape).
			WithHelp("end with flatten or globalavgpool and a dense layer")
		return
	}
	l.graph.Scores = scores
	if scores.Op == "softmax" || scores.Op == "log_softmax" {
		l.graph.Logits = scores.Args[0]
	}
	h := &head{lowerer: l, last: last, outputs: scores.Shape[0], act: lastActivation(&l.p.Layers[last])}
	if h.act == "" {
		h.act = "linear"
	}
	h.choose()
	if h.row == nil {
		h.count()
		l.end = h.task()
		return
	}
	if !l.trains() && !l.list.HasErrors() {
		if !h.asked {
			h.count()
			return // nobody wants to train it
		}
		d := l.list.Add(diag.Errorf(NothingToTrain, h.set.Pos, "the network has no weights to train"))
		if len(l.graph.Params) > 0 {
			d.WithHelp("trainable=false freezes the weights of a layer; here all are frozen")
		}
		return
	}
	t.Loss = h.name
	l.end = h.task()
	if !h.fits() || !h.count() || !h.comparesInput() {
		return
	}
	row := h.mixed()
	if row == nil {
		return
	}
	l.end.Vector = !row.Classes
	a := ir.LossAttr{Scores: h.outputs}
	for i, name := range row.Options {
		v := h.set.Args["name"].Args[name]
		if a.Options[i] = v.Num; v.Bool {
			a.Options[i] = 1
		}
	}
	l.b.Layer, l.b.Pos = "loss", h.set.Pos.Start
	l.graph.Loss = l.b.Op(row.Name, "loss", a, scores, l.b.Target(l.b.Name("target"), row.Target(h.outputs)))
	if of := op.LookupLoss(h.name); of != nil && of.Of == h.act && scores.Op == "act" {
		l.graph.Logits = scores.Args[0] // simplify joins the two
	}
}

// head is the end of a network with its loss.
type head struct {
	*lowerer
	last    int // layer
	outputs int
	act     string // the activation of the scores, "linear" for none

	set   elab.Setting // the loss setting
	asked bool         // there is one
	name  string       // of the loss, in the language
	row   *op.Loss     // nil for none
	// logits: the loss takes the scores for logits.
	logits bool
}

// choose finds the loss: the one that is set, crossentropy being the one that
// fits the number of scores (spec: losses and metrics, section 6), or without a
// setting the crossentropy of a softmax, or of one sigmoid.
func (h *head) choose() {
	h.set, h.asked = elab.Find(h.p.Train, "loss")
	crossentropy := "categorical_crossentropy"
	if h.outputs == 1 {
		crossentropy = "binary_crossentropy"
	}
	switch {
	case h.asked:
		v := h.set.Args["name"]
		h.name, h.logits = v.Str, v.Args["from_logits"].Bool
		if h.name == "crossentropy" {
			h.name = crossentropy
		}
	case (h.act == "softmax" || h.act == "log_softmax") && h.outputs > 1, h.act == "sigmoid" && h.outputs == 1:
		h.name = crossentropy
	default:
		return
	}
	if h.row = op.LookupLoss(h.name); h.row == nil {
		h.list.Add(diag.Errorf("", h.set.Pos, "internal error: no operation computes the loss %s", h.name))
		return
	}
	if h.act == "log_softmax" && h.row.Of == "softmax" {
		h.logits = true // logarithms of probabilities are logits of these
	}
	if h.logits {
		h.row = op.LookupLoss(h.row.Logits)
	}
}

// task says what the scores are for.
func (h *head) task() model.Head {
	r := model.Head{Logits: h.logits || h.row != nil && h.row.Targets == op.Sign, Vector: h.row != nil && !h.row.Classes}
	ends := h.act == "softmax" || h.act == "log_softmax"
	classes := h.row != nil && h.row.Classes || ends && h.targets == 0
	binary := h.row != nil && h.row.Binary || h.act == "sigmoid" && h.row == nil
	switch {
	case h.mirrored:
		r.Task = model.Values
	case h.outputs > 1 && (classes || h.classes > 0):
	case h.classes > 0, binary:
		r.Task = model.Binary
	case !classes:
		r.Task = model.Values
	}
	return r
}

// misfit reports that the loss does not fit the network.
func (h *head) misfit(code diag.Code, format string, args ...any) *diag.Diagnostic {
	layer := &h.p.Layers[h.last]
	return h.list.Add(diag.Errorf(code, h.set.Pos, "%s %s", h.name, fmt.Sprintf(format, args...))).
		WithNote(layer.Pos.Start, "the network ends here")
}

// fits checks the loss against the scores.
func (h *head) fits() bool {
	// The words of the layer are asked, not its operation, which a mistake may
	// have left out.
	layer := h.p.Layers[h.last].Name
	switch {
	case h.logits && h.act != "linear" && !(h.act == "log_softmax" && op.IsOfLogits(h.row.Name, "softmax")):
		h.misfit(LossHead, "with from_logits takes the scores for logits, and %s ends with %s", layer, h.act).
			WithHelp("leave out from_logits: behind %s the loss is computed from the logits by itself", h.act)
	case h.row.Classes && h.outputs == 1:
		h.errorf(h.last, LossNeedsProbabilities, "%s compares the scores of the classes, and %s has one score", h.name, layer).
			WithHelp("give it one unit for each class; or, for two classes, make it dense 1 sigmoid and the loss binary_crossentropy")
	case (h.act == "softmax" || h.act == "log_softmax") && h.outputs == 1:
		value := map[string]int{"softmax": 1, "log_softmax": 0}[h.act]
		h.misfit(LossHead, "of a %s of one score, which is always %d", h.act, value).
			WithHelp("sigmoid gives the probability of one of two classes")
	case h.logits || h.row.Ends == nil || slices.Contains(h.row.Ends, h.act):
		return true
	case h.row.Binary && h.act == "softmax":
		h.misfit(LossHead, "judges each score by itself, and %s ends with softmax", layer).
			WithHelp("%s is for one class among several; for two classes dense 1 sigmoid will do", among(h.row))
	case h.row.Targets == op.Sign:
		h.misfit(LossHead, "needs scores on both sides of 0, and %s ends with %s", layer, h.act).
			WithHelp("end with a layer without activation, or with tanh")
	case h.row.Scores == op.Positive:
		h.misfit(LossHead, "needs scores above 0, and %s ends with %s", layer, h.act).
			WithHelp("end with exponential or softplus")
	default:
		d := h.misfit(LossNeedsProbabilities, "needs probabilities, and %s does not end with %s", layer, h.row.Ends[0]).
			WithHelp("add %s to the last layer", h.row.Ends[0])
		if h.row.Logits != "" && h.act == "linear" {
			d.WithHelp("add %s to the last layer, or write %s(from_logits)", h.row.Ends[0], h.name)
		}
	}
	return false
}

// among is the loss of one class among several that is like a binary one.
func among(row *op.Loss) string {
	if row.Kernel == "binaryFocal" {
		return "categorical_focal_crossentropy"
	}
	return "categorical_crossentropy"
}

// count checks the number of scores against the data.
func (h *head) count() bool {
	layer := h.p.Layers[h.last].Name
	switch binary := h.outputs == 1 && h.classes == 2 && h.act != "softmax" && (h.row == nil || !h.row.Classes); {
	case h.mirrored:
		return h.countInput()
	case h.targets > 0 && h.row != nil && h.row.Classes:
		target, _ := elab.Find(h.p.Data, "target")
		d := h.list.Add(diag.Errorf(LossHead, target.Pos, "%s compares classes, and the net is to predict numbers", h.name)).
			WithHelp("loss mean_squared_error compares numbers")
		if h.asked {
			d.WithNote(h.set.Pos.Start, "the loss is set here")
		}
		return false
	case h.targets > 0 && h.outputs != h.targets:
		target, _ := elab.Find(h.p.Data, "target")
		h.errorf(h.last, ClassCount, "%s has %s, and there are %s to predict", layer, plural(h.outputs, "output"), plural(h.targets, "number")).
			WithNote(target.Pos.Start, "they are named here").
			WithHelp("give it one unit for each: dense %d", h.targets)
		return false
	case h.targets > 0 || h.classes == 0 || h.outputs == h.classes || binary:
		return true
	}
	d := h.errorf(h.last, ClassCount, "%s has %s, the data has %d classes", layer, plural(h.outputs, "output"), h.classes)
	switch {
	case h.classes == 2:
		d.WithHelp("dense 2 softmax has a score for each class, dense 1 sigmoid the probability of the second")
	case h.outputs == 1:
		d.WithHelp("one score is for two classes, or for data with a number as target; dense classes softmax takes the number of classes from the data")
	default:
		d.WithHelp("dense classes takes the number from the data")
	}
	return false
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
