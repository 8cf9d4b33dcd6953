package train

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/model"
)

// NonFiniteError ends a run whose loss or gradient became NaN or infinite. The
// weights are those before the step, and the checkpoints of the run are from
// before it.
type NonFiniteError struct {
	Epoch, Batch int // from 0
	// Layer is the one that produced the value first, "" if it was no layer.
	Layer string
	What  string // "the output of layer conv2 (line 14)"
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("training diverged in epoch %d, batch %d: %s is NaN or infinite; a smaller learning rate may help", e.Epoch+1, e.Batch+1, e.What)
}

// diagnose finds where NaN or Inf came from after add failed on a piece b of a
// batch, or, b being nil, update. It looks at the
// input, at the weights, at the layers of the first example with a bad loss in
// forward order and last at the gradients. It costs the gradient vectors.
func (e *engine) diagnose(b *Batch) (layer, what string) {
	example := -1
	if b != nil {
		for i, v := range e.loss[e.base : e.base+b.N] {
			if v-v != 0 {
				example = i
				break
			}
		}
	}
	if example < 0 {
		return e.diagnoseGradient()
	}
	size := e.net.Height * e.net.Width * e.net.Channels
	if !allFinite(b.X[example*size : (example+1)*size]) {
		return "", fmt.Sprintf("the input, example %d of the batch,", e.base+example)
	}
	for i := range e.net.Params {
		p := &e.net.Params[i]
		if !allFinite(e.params[p.Offset : p.Offset+p.Packing.Floats()]) {
			what := "parameter " + p.Name
			if e.step() > 0 {
				what += ", since the update before,"
			}
			return e.layerOf(p.Name), what
		}
	}
	// The forward calls are run one by one on that example, so that each output
	// is seen before another takes its memory.
	w := e.workers[0]
	if w == nil {
		w = e.net.NewTrain(e.params, e.derived)
	}
	var one model.Batch
	e.in.cut(&one, example, example+1, e.scores, e.loss, e.penalties)
	one.Scale, one.Scalars = e.scale, e.scalars
	e.stage.Bind(&one, 0, 0)
	calls := w.Calls()
	for k, c := range calls {
		if c.Pass != "forward" {
			continue
		}
		c.Run(&one, e.grads[0])
		names := []string{c.Name}
		if k+1 == len(calls) || calls[k+1].Layer != c.Layer {
			// Earlier calls of a layer only prepare its buffer, which may still
			// hold anything.
			names = append(names, c.Layer)
		}
		for _, name := range names {
			if out := w.Buffer(name, 0); out != nil && !allFinite(out) {
				return c.Layer, "the output of layer " + e.describe(c.Layer)
			}
		}
	}
	return "", "the loss, though the outputs of all layers are finite,"
}

// diagnoseGradient names the last parameter with a bad gradient: the backward
// pass goes from the last layer to the first, so it was hit first.
func (e *engine) diagnoseGradient() (layer, what string) {
	for i := len(e.net.Params) - 1; i >= 0; i-- {
		p := &e.net.Params[i]
		if !allFinite(e.grads[0][p.Offset : p.Offset+p.Packing.Floats()]) {
			return e.layerOf(p.Name), "the gradient of parameter " + p.Name
		}
	}
	return "", "a gradient"
}

// layerOf is the layer a parameter belongs to: "conv1.kernel" is of "conv1".
func (e *engine) layerOf(param string) string {
	for _, l := range e.net.Layers {
		if len(param) > len(l.Name) && param[:len(l.Name)] == l.Name && param[len(l.Name)] == '.' {
			return l.Name
		}
	}
	return param
}

// describe adds the line of the model file to a layer's name.
func (e *engine) describe(layer string) string {
	for _, l := range e.net.Layers {
		if l.Name == layer && l.Line > 0 {
			return fmt.Sprintf("%s (line %d)", layer, l.Line)
		}
	}
	return layer
}
