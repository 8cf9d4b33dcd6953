package train

import (
	"errors"
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/pool"
	"github.com/cnnc/cnnc/runtime/schedule"
)

// updater turns a gradient into new weights (spec: optimizers, section 1). An
// update is a few loops over the pool:
//
//	norms    of the gradient, where it is clipped by norm
//	update   the optimizer's kernel, and the running average of the weights
//	trust    for LAMB: norms of weights and direction, then its second pass
//	limit    constraints, panel by panel
//
// It does not allocate.
type updater struct {
	net      *model.Network
	pool     *pool.Pool
	rule     *optimizer.Optimizer
	rate     float64 // without a schedule: that of the next update
	positive bool    // the optimizer divides by it
	schedule *schedule.Schedule

	params, grads []float32
	slots         [][]float32
	average       []float32 // running average of the weights; nil without
	args          model.Update
	parts         int

	clipEach, clipAll float64 // largest norms; 0: no clipping
	gradient, weights norms
	limits            []limit

	normLoop, updateLoop, averageLoop, weightLoop, limitLoop func(worker, i int)
}

// newUpdater makes the updater of an engine. lengths are those of the run, for
// the schedule.
func newUpdater(e *engine, c *config.Train, lengths schedule.Lengths) (*updater, error) {
	form := optimizer.FormOf(e.net.Optimizer)
	if form == nil {
		return nil, fmt.Errorf("the network was compiled for an unknown optimizer, %q", e.net.Optimizer)
	}
	rule, err := optimizer.New(c.Optimizer, form)
	if err != nil {
		return nil, err
	}
	u := &updater{
		net: e.net, pool: e.pool, rule: rule, rate: c.Optimizer.LearningRate,
		params: e.params, grads: e.grads[0], parts: e.parts,
		limits: newLimits(e.net), positive: optimizer.Lookup(c.Optimizer.Name).Positive,
	}
	if c.Schedule.Name != "" {
		if u.schedule, err = schedule.New(c.Schedule, u.rate, lengths); err != nil {
			return nil, err
		}
		if u.positive && u.schedule.ReachesZero() {
			return nil, fmt.Errorf("%s divides by the learning rate, and the schedule brings it to 0", c.Optimizer.Name)
		}
	}
	for k := range form.Slots {
		slot := aligned(e.net.ParamFloats)
		fill(slot, rule.Start(k))
		u.slots = append(u.slots, slot)
	}
	if _, ok := rule.Given("ema"); ok {
		u.average = aligned(e.net.ParamFloats)
	}
	u.clipEach, _ = rule.Given("clipnorm")
	u.clipAll, _ = rule.Given("global_clipnorm")
	if u.clipEach > 0 || u.clipAll > 0 || form.Trust {
		u.gradient = newNorms(e.net, e.scalars)
	}
	if form.Trust {
		u.weights = newNorms(e.net, e.scalars)
	}
	u.args = model.Update{
		Params: u.params, Grads: u.grads, Slots: u.slots, Scale: make([]float32, len(e.net.Params)),
		Scalars: e.scalars, Formula: rule.Element,
	}
	fill(u.args.Scale, 1)
	u.normLoop = func(_, k int) { u.gradient.gradientChunk(u.grads, u.params, k) }
	u.updateLoop = func(_, k int) { u.net.Update(&u.args, k, u.parts) }
	u.averageLoop = func(_, k int) { u.track(k) }
	u.weightLoop = func(_, k int) {
		u.gradient.chunk(u.grads, k)
		u.weights.chunk(u.params, k)
	}
	u.limitLoop = func(_, k int) { u.limits[k].apply(u.params) }
	return u, nil
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// learningRate is that of the next update.
func (u *updater) learningRate() float64 {
	if u.schedule == nil {
		return u.rate
	}
	return u.schedule.Rate(u.rule.State.Steps)
}

// lastRate is the learning rate of the last update, 0 before the first.
func (u *updater) lastRate() float64 {
	if u.rule.State.Steps == 0 {
		return 0
	}
	return u.schedule.Rate(u.rule.State.Steps - 1)
}

// restore takes over the state in a checkpoint.
func (u *updater) restore(c *checkpoint) error {
	if (u.average != nil) != (c.average != nil) {
		return errors.New("the running average of the weights and the settings contradict each other")
	}
	u.rule.State, u.rate = c.state.Optimizer, float64(c.state.Rate)
	for k, from := range c.slots {
		copy(u.slots[k], from)
		u.startPadding(u.slots[k], u.rule.Start(k))
	}
	copy(u.average, c.average)
	return nil
}

// startPadding gives the cells of the packed form that belong to no element the
// value they start with: weight files do not hold them, and a zero would make
// ftrl divide zero by zero there.
func (u *updater) startPadding(slot []float32, start float32) {
	if start == 0 {
		return
	}
	for i := range u.net.Params {
		p := &u.net.Params[i]
		k := p.Packing
		for out := range (k.Out + panel - 1) / panel * panel {
			for tap := range k.Taps {
				for in := range k.InPad {
					if in >= k.In || out >= k.Out {
						slot[p.Offset+k.Index(tap, in, out)] = start
					}
				}
			}
		}
	}
}

// settle ends training: the running average, if there is one, becomes the
// weights.
func (u *updater) settle() {
	if u.average != nil && u.rule.State.Steps > 0 {
		copy(u.params, u.average)
	}
}

// update carries out one update with the gradient in u.grads.
func (u *updater) update() {
	u.rule.Begin(u.learningRate())
	u.args.Factors, u.args.Second = u.rule.Factors, false
	if u.clipEach > 0 || u.clipAll > 0 {
		u.pool.Run(len(u.gradient.terms), u.normLoop)
		u.gradient.collect()
		u.clip()
	}
	u.pool.Run(u.parts, u.updateLoop)
	if u.rule.Form.Trust {
		u.secondPass()
	}
	if u.average != nil {
		u.pool.Run(u.parts, u.averageLoop)
	}
	if len(u.limits) > 0 {
		u.pool.Run(len(u.limits), u.limitLoop)
	}
}

// clip sets the factor of each parameter's gradient (spec: optimizers, section 2).
func (u *updater) clip() {
	all := u.gradient.all()
	for i := range u.args.Scale {
		c, n := u.clipEach, u.gradient.of(i)
		if c == 0 {
			c, n = u.clipAll, all
		}
		u.args.Scale[i] = 1
		if n > c {
			u.args.Scale[i] = float32(c / n)
		}
	}
}

// secondPass scales the direction that the first pass left in the gradient by
// the trust ratios (spec: optimizers, Lamb).
func (u *updater) secondPass() {
	u.pool.Run(len(u.weights.terms), u.weightLoop)
	u.gradient.collect()
	u.weights.collect()
	decayed := 1 - float64(u.rule.Second[0])
	for i := range u.args.Scale {
		// The norm is that of the decayed weights, which no vector holds.
		u.args.Scale[i] = float32(optimizer.Trust(abs(decayed)*u.weights.of(i), u.gradient.of(i)))
	}
	u.args.Factors, u.args.Second = u.rule.Second, true
	u.pool.Run(u.parts, u.updateLoop)
	fill(u.args.Scale, 1)
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// track updates part k of the running average of the weights, a = m*a + (1-m)*w,
// which starts as the weights after the first update; every ema_overwrite
// updates it replaces them (spec: optimizers, section 4).
func (u *updater) track(k int) {
	lo, hi := len(u.params)*k/u.parts, len(u.params)*(k+1)/u.parts
	a, w := u.average[lo:hi], u.params[lo:hi]
	if u.rule.State.Steps == 1 {
		copy(a, w)
	} else {
		rest := float32(1 - u.rule.Number("ema"))
		w = w[:len(a)]
		for i, v := range a {
			// The conversion keeps the product from being fused.
			a[i] = v + float32(rest*(w[i]-v))
		}
	}
	if every, ok := u.rule.Given("ema_overwrite"); ok && u.rule.State.Steps%int(every) == 0 {
		copy(w, a)
	}
}
