package train

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// FirstUpdate returns the first update of a training run without clipping by
// norm, ready for net.Update, with state of its own. It is for benchmarks and
// tests of that function; Train does all of this by itself.
func FirstUpdate(net *model.Network, o config.Optimizer, params, grads, scalars []float32) (*model.Update, error) {
	form := optimizer.FormOf(net.Optimizer)
	if form == nil {
		return nil, fmt.Errorf("the network was compiled for an unknown optimizer, %q", net.Optimizer)
	}
	rule, err := optimizer.New(o, form)
	if err != nil {
		return nil, err
	}
	rule.Begin(o.LearningRate)
	u := &model.Update{
		Params: params, Grads: grads, Factors: rule.Factors, Scale: make([]float32, len(net.Params)), Scalars: scalars, Formula: rule.Element,
	}
	fill(u.Scale, 1)
	for k := range form.Slots {
		slot := aligned(net.ParamFloats)
		fill(slot, rule.Start(k))
		u.Slots = append(u.Slots, slot)
	}
	return u, nil
}
