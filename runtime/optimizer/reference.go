package optimizer

import "math"

// Variable is one trained tensor of the reference: its elements, their gradient
// and state in float64.
type Variable struct {
	W, G   []float64
	Slots  [][]float64
	L1, L2 float64
}

// NewVariable is a variable with these weights before the first update.
func (x *Optimizer) NewVariable(w []float64) Variable {
	v := Variable{W: w, G: make([]float64, len(w))}
	for k := range x.Form.Slots {
		slot := make([]float64, len(w))
		for i := range slot {
			slot[i] = float64(x.Start(k))
		}
		v.Slots = append(v.Slots, slot)
	}
	return v
}

// Reference carries out the update that Begin started, written as the
// specification orders it (optimizers, section 1): penalties, clipping, decay,
// the rule. It leaves the clipped gradient in G.
func (x *Optimizer) Reference(variables []Variable) {
	Penalize(variables)
	x.Apply(variables, x.Scales(variables))
}

// Penalize adds the gradient of the penalties.
func Penalize(variables []Variable) {
	for _, v := range variables {
		for i, w := range v.W {
			v.G[i] += 2*v.L2*w + v.L1*sign(w)
		}
	}
}

// Scales are the factors that clipping by norm has for the gradient of each
// variable (spec: optimizers, section 2).
func (x *Optimizer) Scales(variables []Variable) []float64 {
	scales := make([]float64, len(variables))
	total := 0.0
	for _, v := range variables {
		total += norm(v.G) * norm(v.G)
	}
	for i, v := range variables {
		scales[i] = 1
		if c, ok := x.Given("clipnorm"); ok {
			scales[i] = c / max(norm(v.G), c)
		}
		if c, ok := x.Given("global_clipnorm"); ok {
			scales[i] = c * min(1/math.Sqrt(total), 1/c)
		}
	}
	return scales
}

// Apply is Reference behind penalties, with these factors of the gradients.
func (x *Optimizer) Apply(variables []Variable, scales []float64) {
	decay := x.Number("weight_decay") * x.step.Rate
	bound, clips := x.Given("clipvalue")
	m := make([]float64, len(x.Form.Slots))
	for n, v := range variables {
		step := make([]float64, len(v.W))
		for i := range v.W {
			v.G[i] *= scales[n]
			if clips {
				v.G[i] = min(max(v.G[i], -bound), bound)
			}
			v.W[i] -= v.W[i] * decay
			for k := range m {
				m[k] = v.Slots[k][i]
			}
			step[i] = x.Element(v.W[i], v.G[i], m)
			for k := range m {
				v.Slots[k][i] = m[k]
			}
		}
		if !x.Form.Trust {
			copy(v.W, step)
			continue
		}
		ratio := Trust(norm(v.W), norm(step))
		for i, u := range step {
			v.W[i] -= ratio * x.step.Rate * u
		}
	}
}

// Trust is the trust ratio of LAMB for the norms of weights and direction.
func Trust(w, u float64) float64 {
	if w == 0 || u == 0 {
		return 1
	}
	return w / u
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
