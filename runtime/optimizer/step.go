package optimizer

import (
	"math"

	"github.com/cnnc/cnnc/runtime/config"
)

// Step is what the formulas of one update need.
type Step struct {
	rule *Rule
	opt  *config.Optimizer
	Rate float64
	// T counts updates, from 1.
	T int
	// Product is that of nadam's momenta up to this update (spec: optimizers, Nadam).
	Product float64
}

func (s *Step) value(name string) float64 { return s.rule.Value(s.opt, name) }

// power is base to the power of the update's number.
func (s *Step) power(base float64) float64 { return math.Pow(base, float64(s.T)) }

// State is what an optimizer keeps besides the slots. It is part of checkpoints.
type State struct {
	// Steps counts updates.
	Steps int
	// Product is as in Step.
	Product float64
}

// Optimizer is a rule with its settings and its state under way.
type Optimizer struct {
	Form  *Form
	State State
	// Factors are those of the update under way, as the kernel takes them.
	Factors []float32
	// Second are those of the second pass of Trust forms.
	Second []float32

	step    Step
	opt     config.Optimizer
	numbers []float64
}

// New makes an optimizer before its first update. form is that of the kernel,
// which must be able to carry out the settings.
func New(o config.Optimizer, form *Form) (*Optimizer, error) {
	rule, err := Check(&o)
	if err != nil {
		return nil, err
	}
	x := &Optimizer{Form: form, State: State{Product: 1}, opt: o, numbers: make([]float64, len(form.Factors)+1)}
	x.Factors = make([]float32, len(CommonFactors)+len(form.Factors))
	if form.Trust {
		x.Second = make([]float32, len(CommonFactors)+1)
	}
	x.step = Step{rule: rule, opt: &x.opt}
	return x, nil
}

// Begin starts the next update with this learning rate: it advances the state
// and computes the factors, in float64.
func (x *Optimizer) Begin(rate float64) {
	x.State.Steps++
	s := &x.step
	s.Rate, s.T = rate, x.State.Steps
	if x.Form == nadam {
		x.State.Product *= momentum(s, s.T)
	}
	s.Product = x.State.Product

	decay := s.value("weight_decay") * rate
	high := math.MaxFloat32
	if v, ok := x.opt.Number("clipvalue"); ok {
		high = min(v, high)
	}
	common := [3]float64{decay, -high, high}
	x.Form.Compute(s, x.numbers)
	if x.Form.Trust {
		// Decay belongs to the pass that writes the weights, clipping to the one
		// that reads the gradient.
		single(x.Second, []float64{decay, -math.MaxFloat32, math.MaxFloat32})
		x.Second[len(common)] = float32(rate)
	}
	single(x.Factors, common[:])
	single(x.Factors[len(common):], x.numbers[:len(x.Form.Factors)])
}

func single(dst []float32, src []float64) {
	for i, v := range src {
		dst[i] = float32(v)
	}
}

// Element is the formula for one weight in float64 in the update under way.
func (x *Optimizer) Element(w, g float64, m []float64) float64 {
	return x.Form.Element(&x.step, w, g, m)
}

// Number is a hyperparameter, or its default.
func (x *Optimizer) Number(name string) float64 { return x.step.value(name) }

// Given returns an optional hyperparameter.
func (x *Optimizer) Given(name string) (float64, bool) { return x.opt.Number(name) }

// Start is the value that slot k starts with.
func (x *Optimizer) Start(k int) float32 {
	if name := x.Form.Slots[k].Start; name != "" {
		return float32(x.Number(name))
	}
	return 0
}
