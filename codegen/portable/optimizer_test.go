package portable

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/optimizer/optimizertest"
)

// optimizerKernels has the kernel of every form.
var optimizerKernels = map[string]any{
	"sgd": sgdGo, "momentum": momentumGo, "nesterov": nesterovGo, "adam": adamGo, "amsgrad": amsgradGo,
	"rmsprop": rmspropGo, "rmspropMomentum": rmspropMomentumGo, "rmspropCentered": rmspropCenteredGo, "rmspropCenteredMomentum": rmspropCenteredMomentumGo,
	"adagrad": adagradGo, "adadelta": adadeltaGo, "adamax": adamaxGo, "nadam": nadamGo,
	"ftrl": ftrlGo, "ftrlPower": ftrlPowerGo, "lion": lionGo, "lamb": lambGo,
}

// stepper runs a kernel with the factors of its rule.
type stepper struct {
	rule  *optimizer.Optimizer
	w, g  []float32
	slots [][]float32
}

func newStepper(t *testing.T, o config.Optimizer, form *optimizer.Form, n int) *stepper {
	t.Helper()
	rule, err := optimizer.New(o, form)
	if err != nil {
		t.Fatal(err)
	}
	s := &stepper{rule: rule, w: make([]float32, n), g: make([]float32, n)}
	for k := range form.Slots {
		slot := make([]float32, n)
		for i := range slot {
			slot[i] = rule.Start(k)
		}
		s.slots = append(s.slots, slot)
	}
	return s
}

// run calls a kernel.
func (s *stepper) run(kernel string, f []float32, slots [][]float32, l1, l2, scale float32) {
	args := []reflect.Value{reflect.ValueOf(&s.w[0]), reflect.ValueOf(&s.g[0])}
	for _, slot := range slots {
		args = append(args, reflect.ValueOf(&slot[0]))
	}
	for _, v := range []any{len(s.w), &f[0], l1, l2, scale} {
		args = append(args, reflect.ValueOf(v))
	}
	reflect.ValueOf(optimizerKernels[kernel]).Call(args)
}

// step is one update of a variable by itself.
func (s *stepper) step(rate float64, l1, l2, scale float32) {
	s.rule.Begin(rate)
	s.run(s.rule.Form.Kernel, s.rule.Factors, s.slots, l1, l2, scale)
	if !s.rule.Form.Trust {
		return
	}
	var w, u float64
	for i := range s.w {
		w += float64(s.w[i]) * float64(s.w[i])
		u += float64(s.g[i]) * float64(s.g[i])
	}
	decayed := 1 - float64(s.rule.Second[0])
	s.run(optimizer.Plain, s.rule.Second, nil, 0, 0, float32(optimizer.Trust(decayed*math.Sqrt(w), math.Sqrt(u))))
}

// TestOptimizerTrajectories has the values of spec: optimizers, section 6, for the
// first of the elements. The trust ratio of lamb is that of all of them, which are
// alike.
func TestOptimizerTrajectories(t *testing.T) {
	for _, c := range optimizertest.Trajectories {
		form, err := optimizer.Lookup(c.Optimizer.Name).Form(&c.Optimizer, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newStepper(t, c.Optimizer, form, 8)
		for i := range s.w {
			s.w[i] = 1
		}
		for k, g := range optimizertest.Gradients {
			for i := range s.g {
				s.g[i] = g
			}
			s.step(c.Optimizer.LearningRate, 0, 0, 1)
			for i := range s.w {
				if math.Abs(float64(s.w[i])-c.Want[k]) > 1.5e-7 {
					t.Errorf("%s step %d: w[%d] = %.9f, want %.9f", c.Name, k+1, i, s.w[i], c.Want[k])
				}
			}
		}
	}
}

// TestOptimizersAgainstReference takes three steps of every form with penalties,
// decay, a scale and bounds, and compares weights and state with the formulas in
// float64.
func TestOptimizersAgainstReference(t *testing.T) {
	const n, rate, l1, l2, scale = 40, 0.1, 0.02, 0.3, 0.75
	for _, r := range optimizer.Rules {
		for _, form := range r.Forms {
			if optimizerKernels[form.Kernel] == nil {
				t.Errorf("there is no kernel %s", form.Kernel)
				continue
			}
			rnd := rand.New(rand.NewPCG(15, 16))
			o := config.Optimizer{Name: r.Name, LearningRate: rate, Numbers: []config.Number{{Name: "weight_decay", Value: 0.5}, {Name: "clipvalue", Value: 1.25}}}
			for i := range r.Numbers {
				switch name := r.Numbers[i].Name; name {
				case "momentum", "nesterov", "centered", "amsgrad", "weight_decay":
				case "learning_rate_power":
					if form.Kernel == "ftrlPower" {
						o.Numbers = append(o.Numbers, config.Number{Name: name, Value: -0.7})
					}
				default:
					o.Numbers = append(o.Numbers, config.Number{Name: name, Value: 0.03 + 0.8*r.Numbers[i].Default})
				}
			}
			for _, name := range form.Flags {
				o.Numbers = append(o.Numbers, config.Number{Name: name, Value: 1})
			}
			if form.Kernel != "ftrlPower" {
				for _, name := range form.Carries {
					o.Numbers = append(o.Numbers, config.Number{Name: name, Value: 0.6})
				}
			}
			s := newStepper(t, o, form, n)
			x, err := optimizer.New(o, form)
			if err != nil {
				t.Fatal(err)
			}
			copy(s.w, random(rnd, n))
			s.w[5], s.w[6] = 0, float32(math.Copysign(0, -1))
			v := x.NewVariable(wide(s.w))
			v.L1, v.L2 = l1, l2/2
			for range 3 {
				for i := range s.g {
					// No sign may depend on rounding.
					s.g[i] = float32(math.Copysign(0.4+2*rnd.Float64(), rnd.Float64()-0.5))
				}
				copy(v.G, wide(s.g))
				given := append([]float32(nil), s.g...)
				s.step(rate, l1, l2, scale)
				if !form.Trust && !reflect.DeepEqual(given, s.g) {
					t.Errorf("%s changed the gradient", form.Kernel)
				}
				x.Begin(rate)
				vars := []optimizer.Variable{v}
				optimizer.Penalize(vars)
				x.Apply(vars, []float64{scale})
			}
			compare := func(what string, got []float32, want []float64) {
				for i := range got {
					if math.Abs(float64(got[i])-want[i]) > 1e-5*max(1, math.Abs(want[i])) {
						t.Errorf("%s, %s of element %d: %v, want %v", form.Kernel, what, i, got[i], want[i])
					}
				}
			}
			compare("weight", s.w, v.W)
			for k := range s.slots {
				compare(form.Slots[k].Name, s.slots[k], v.Slots[k])
			}
		}
	}
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
