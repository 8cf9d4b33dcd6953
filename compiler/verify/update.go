package verify

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// updateRate is the learning rate of the comparison, whatever the model file says.
const updateRate = 0.01

// update compares two steps of the optimizer with the formulas, weights and state,
// and a step in parts with a step at once, bit for bit.
func (v *verifier) update() error {
	net := v.net
	form := optimizer.FormOf(net.Optimizer)
	if form == nil {
		return fmt.Errorf("%s: no reference for the optimizer %q", net.Name, net.Optimizer)
	}
	o := net.Train.Optimizer
	o.LearningRate = updateRate
	rule, err := optimizer.New(o, form)
	if err != nil {
		return fmt.Errorf("%s: %w", net.Name, err)
	}
	ref := newReference(v, rule)
	newState := func() model.Update {
		u := model.Update{Params: append([]float32(nil), v.params...), Scale: make([]float32, len(net.Params)), Formula: rule.Element}
		for k := range form.Slots {
			slot := make([]float32, net.ParamFloats)
			for i := range slot {
				slot[i] = rule.Start(k)
			}
			u.Slots = append(u.Slots, slot)
		}
		return u
	}
	whole, cut := newState(), newState()
	const steps, parts = 2, 5
	for range steps {
		rule.Begin(updateRate)
		grads := ref.gradients()
		scales := ref.update(grads)
		for i := range scales {
			whole.Scale[i], cut.Scale[i] = float32(scales[i]), float32(scales[i])
		}
		for _, u := range []struct {
			*model.Update
			parts int
		}{{&whole, 1}, {&cut, parts}} {
			u.Grads = append([]float32(nil), grads...)
			u.Factors, u.Second, u.Scalars = rule.Factors, false, v.batch.Scalars
			for k := range u.parts {
				net.Update(u.Update, u.parts-1-k, u.parts)
			}
			if !form.Trust {
				continue
			}
			u.Factors, u.Second, u.Scalars = rule.Second, true, nil
			for i := range u.Scale {
				w, d := v.norm(i, u.Params), v.norm(i, u.Grads)
				u.Scale[i] = float32(optimizer.Trust(math.Abs(1-float64(rule.Second[0]))*w, d))
			}
			for k := range u.parts {
				net.Update(u.Update, u.parts-1-k, u.parts)
			}
		}
	}
	v.check("optimizer step", ref.elements(whole.Params), ref.flat(func(x *optimizer.Variable) []float64 { return x.W }), updateTolerance)
	for k, s := range form.Slots {
		v.check("optimizer state "+s.Name, ref.elements(whole.Slots[k]), ref.flat(func(x *optimizer.Variable) []float64 { return x.Slots[k] }), updateTolerance)
	}
	padding := double(whole.Params)
	for i := range net.Params {
		forEach(&net.Params[i], func(_, at int) { padding[at] = 0 })
	}
	v.check("padding behind the optimizer", padding, make([]float64, len(padding)), 0)
	different := make([]float64, len(whole.Params))
	for i := range different {
		if math.Float32bits(whole.Params[i]) != math.Float32bits(cut.Params[i]) {
			different[i] = 1
		}
	}
	v.check("optimizer step in parts", different, make([]float64, len(different)), 0)
	return nil
}

// norm is that of parameter i in a packed vector, 0 for a frozen one.
func (v *verifier) norm(i int, packed []float32) float64 {
	if v.net.Params[i].Frozen {
		return 0
	}
	sum := 0.0
	forEach(&v.net.Params[i], func(_, at int) { sum += float64(packed[at]) * float64(packed[at]) })
	return math.Sqrt(sum)
}

// reference is the optimizer in float64: a variable for each parameter that is
// trained.
type reference struct {
	*verifier
	rule      *optimizer.Optimizer
	variables []optimizer.Variable
	params    []int // of each variable
}

func newReference(v *verifier, rule *optimizer.Optimizer) *reference {
	r := &reference{verifier: v, rule: rule}
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
		x := rule.NewVariable(make([]float64, len(v.logical[i])))
		x.L1, x.L2 = scalar(p.L1), scalar(p.L2)
		forEach(p, func(e, at int) { x.W[e] = float64(v.params[at]) })
		r.variables, r.params = append(r.variables, x), append(r.params, i)
	}
	return r
}

// gradients draws a packed gradient. Its elements are not small, so that no sign
// depends on rounding.
func (r *reference) gradients() []float32 {
	grads := make([]float32, r.net.ParamFloats)
	for i := range r.net.Params {
		forEach(&r.net.Params[i], func(_, at int) {
			g := 0.25 + 1.75*r.rng.Float64()
			if r.rng.IntN(2) == 0 {
				g = -g
			}
			grads[at] = float32(g)
		})
	}
	return grads
}

// update is one update. It returns the factors that the gradient of each
// parameter got: those of clipping, and what makes a forgotten one seen.
func (r *reference) update(grads []float32) []float64 {
	for k, i := range r.params {
		forEach(&r.net.Params[i], func(e, at int) { r.variables[k].G[e] = float64(grads[at]) })
	}
	optimizer.Penalize(r.variables)
	scales, all := r.rule.Scales(r.variables), make([]float64, len(r.net.Params))
	for k, i := range r.params {
		scales[k] = float64(float32(scales[k] * (1 - 0.25*r.rng.Float64())))
		all[i] = scales[k]
	}
	r.rule.Apply(r.variables, scales)
	return all
}

// elements are those of a packed vector that are trained, in order.
func (r *reference) elements(packed []float32) []float64 {
	var list []float64
	for k, i := range r.params {
		x := make([]float64, len(r.variables[k].W))
		forEach(&r.net.Params[i], func(e, at int) { x[e] = float64(packed[at]) })
		list = append(list, x...)
	}
	return list
}

// flat is one vector of all variables, in order.
func (r *reference) flat(of func(x *optimizer.Variable) []float64) []float64 {
	var list []float64
	for i := range r.variables {
		list = append(list, of(&r.variables[i])...)
	}
	return list
}
