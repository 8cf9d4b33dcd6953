package verify

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// updateRules has the formula of every optimizer (spec: optimizers, section 5):
// it updates the state m and s of a weight from its gradient g in update t,
// counted from 1, and returns what is added to the weight.
var updateRules = []struct {
	name string
	step func(o config.Optimizer, rate, g float64, t int, m, s *float64) float64
}{
	{"sgd", sgdStep},
	{"adam", adamStep},
	{"adamw", adamStep},
}

func sgdStep(o config.Optimizer, rate, g float64, _ int, m, _ *float64) float64 {
	*m = o.Momentum**m - rate*g
	if o.Nesterov {
		return o.Momentum**m - rate*g
	}
	return *m
}

func adamStep(o config.Optimizer, rate, g float64, t int, m, s *float64) float64 {
	*m += (1 - o.Beta1) * (g - *m)
	*s += (1 - o.Beta2) * (g*g - *s)
	alpha := rate * math.Sqrt(1-math.Pow(o.Beta2, float64(t))) / (1 - math.Pow(o.Beta1, float64(t)))
	return -alpha * *m / (math.Sqrt(*s) + o.Epsilon)
}

// update compares two steps of the optimizer with the formulas, and a step in
// parts with a step at once, bit for bit.
func (v *verifier) update() error {
	net := v.net
	o := net.Train.Optimizer
	ref, err := newReference(v, o)
	if err != nil {
		return err
	}
	const rate, steps, parts = 0.01, 2, 5
	newState := func() ([]float32, [][]float32) {
		slots := make([][]float32, net.Slots)
		for i := range slots {
			slots[i] = make([]float32, net.ParamFloats)
		}
		return append([]float32(nil), v.params...), slots
	}
	whole, wholeSlots := newState()
	cut, cutSlots := newState()
	for step := 1; step <= steps; step++ {
		grads := make([]float32, net.ParamFloats)
		for i := range net.Params {
			forEach(&net.Params[i], func(_, at int) { grads[at] = float32(v.rng.NormFloat64()) })
		}
		u := model.Update{Params: whole, Grads: grads, Slots: wholeSlots, Step: step, LearningRate: rate, Scalars: v.batch.Scalars, Optimizer: o}
		net.Update(&u, 0, 1)
		u.Params, u.Slots = cut, cutSlots
		for k := range parts {
			net.Update(&u, parts-1-k, parts)
		}
		ref.update(grads, step, rate)
	}
	v.check("optimizer step", double(whole), ref.w, updateTolerance)
	different := make([]float64, len(whole))
	for i := range whole {
		if math.Float32bits(whole[i]) != math.Float32bits(cut[i]) {
			different[i] = 1
		}
	}
	v.check("optimizer step in parts", different, make([]float64, len(different)), 0)
	return nil
}

// reference is the optimizer in float64: weights and state, packed.
type reference struct {
	*verifier
	o       config.Optimizer
	step    func(o config.Optimizer, rate, g float64, t int, m, s *float64) float64
	w, m, s []float64
}

func newReference(v *verifier, o config.Optimizer) (*reference, error) {
	n := len(v.params)
	for _, rule := range updateRules {
		if rule.name == o.Name {
			return &reference{v, o, rule.step, double(v.params), make([]float64, n), make([]float64, n)}, nil
		}
	}
	return nil, fmt.Errorf("%s: no reference for the optimizer %q", v.net.Name, o.Name)
}

// update is one update: penalties, decay, then the rule of the optimizer (spec:
// optimizers, section 1).
func (r *reference) update(grads []float32, t int, rate float64) {
	scalar := func(i int) float64 {
		if i < 0 {
			return 0
		}
		return float64(r.batch.Scalars[i])
	}
	for i := range r.net.Params {
		p := &r.net.Params[i]
		if p.Frozen {
			continue
		}
		l1, l2 := scalar(p.L1), scalar(p.L2)
		forEach(p, func(_, at int) {
			w := r.w[at]
			g := float64(grads[at]) + 2*l2*w
			switch {
			case w > 0:
				g += l1
			case w < 0:
				g -= l1
			}
			w -= r.o.WeightDecay * rate * w
			r.w[at] = w + r.step(r.o, rate, g, t, &r.m[at], &r.s[at])
		})
	}
}
