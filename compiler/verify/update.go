package verify

import (
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// update compares two steps of the optimizer with the formulas (spec:
// optimizers), and a step in parts with a step at once, bit for bit.
func (v *verifier) update() {
	net := v.net
	o := net.Train.Optimizer
	o = withDefaults(o)
	rate := 0.01
	scalars := v.batch.Scalars
	const steps = 2
	newState := func() ([]float32, [][]float32) {
		slots := make([][]float32, net.Slots)
		for i := range slots {
			slots[i] = make([]float32, net.ParamFloats)
		}
		return append([]float32(nil), v.params...), slots
	}
	whole, wholeSlots := newState()
	cut, cutSlots := newState()
	ref := newReference(v)
	for step := 1; step <= steps; step++ {
		grads := make([]float32, net.ParamFloats)
		for i := range net.Params {
			forEach(&net.Params[i], func(_, at int) { grads[at] = float32(v.rng.NormFloat64()) })
		}
		u := model.Update{Params: whole, Grads: grads, Slots: wholeSlots, Step: step, LearningRate: rate, Scalars: scalars, Optimizer: o}
		net.Update(&u, 0, 1)
		u.Params, u.Slots = cut, cutSlots
		const parts = 5
		for k := range parts {
			net.Update(&u, parts-1-k, parts)
		}
		ref.step(v, grads, step, rate, o)
	}
	v.check("optimizer step", double(whole), ref.w, updateTolerance)
	different := make([]float64, len(whole))
	for i := range whole {
		if math.Float32bits(whole[i]) != math.Float32bits(cut[i]) {
			different[i] = 1
		}
	}
	v.check("optimizer step in parts", different, make([]float64, len(different)), 0)
}

// withDefaults fills in what a model file that names another optimizer leaves
// out, so that no formula degenerates.
func withDefaults(o config.Optimizer) config.Optimizer {
	if o.Beta1 == 0 {
		o.Beta1 = 0.9
	}
	if o.Beta2 == 0 {
		o.Beta2 = 0.999
	}
	if o.Epsilon == 0 {
		o.Epsilon = 1e-7
	}
	return o
}

// reference is the state of the optimizer in float64.
type reference struct{ w, m, s []float64 }

func newReference(v *verifier) *reference {
	n := len(v.params)
	return &reference{double(v.params), make([]float64, n), make([]float64, n)}
}

// step is one update. The rule follows from the number of slots and the
// settings, as the compiler chose it.
func (r *reference) step(v *verifier, grads []float32, t int, rate float64, o config.Optimizer) {
	scalar := func(i int) float64 {
		if i < 0 {
			return 0
		}
		return float64(v.batch.Scalars[i])
	}
	for i := range v.net.Params {
		p := &v.net.Params[i]
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
			w -= o.WeightDecay * rate * w
			switch v.net.Slots {
			case 0:
				w -= rate * g
			case 1:
				r.m[at] = o.Momentum*r.m[at] - rate*g
				if o.Nesterov {
					w += o.Momentum*r.m[at] - rate*g
				} else {
					w += r.m[at]
				}
			case 2:
				r.m[at] += (1 - o.Beta1) * (g - r.m[at])
				r.s[at] += (1 - o.Beta2) * (g*g - r.s[at])
				alpha := rate * math.Sqrt(1-math.Pow(o.Beta2, float64(t))) / (1 - math.Pow(o.Beta1, float64(t)))
				w -= alpha * r.m[at] / (math.Sqrt(r.s[at]) + o.Epsilon)
			}
			r.w[at] = w
		})
	}
}
