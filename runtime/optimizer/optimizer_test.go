package optimizer_test

import (
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
	"github.com/cnnc/cnnc/runtime/optimizer/optimizertest"
)

// formOf is the form for the settings.
func formOf(t *testing.T, o *config.Optimizer) *optimizer.Form {
	t.Helper()
	rule, err := optimizer.Check(o)
	if err != nil {
		t.Fatal(err)
	}
	form, err := rule.Form(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// TestTrajectories: the formulas in float64 give all digits of the
// specification's table.
func TestTrajectories(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range optimizertest.Trajectories {
		form := formOf(t, &c.Optimizer)
		seen[form.Kernel] = true
		x, err := optimizer.New(c.Optimizer, form)
		if err != nil {
			t.Fatal(err)
		}
		v := x.NewVariable([]float64{1})
		for k, g := range []float64{0.1, -0.2, 0.3} {
			x.Begin(c.Optimizer.LearningRate)
			v.G[0] = g
			x.Reference([]optimizer.Variable{v})
			if math.Abs(v.W[0]-c.Want[k]) > 1.2e-9 {
				t.Errorf("%s after step %d: %.9f, want %.9f", c.Name, k+1, v.W[0], c.Want[k])
			}
		}
	}
	for _, r := range optimizer.Rules {
		if !slices.ContainsFunc(r.Forms, func(f *optimizer.Form) bool { return seen[f.Kernel] }) {
			t.Errorf("%s: no trajectory", r.Name)
		}
	}
}

// TestFactors: each form computes as many numbers as it names, finite ones, and
// starts its state with numbers of its own.
func TestFactors(t *testing.T) {
	kernels := map[string]bool{}
	for _, r := range optimizer.Rules {
		for _, f := range r.Forms {
			if optimizer.FormOf(f.Kernel) != f && r.Name != "adamw" {
				t.Errorf("two forms have the kernel %s", f.Kernel)
			}
			kernels[f.Kernel] = true
			o := config.Optimizer{Name: r.Name, LearningRate: 0.01}
			for _, name := range f.Flags {
				o.Numbers = append(o.Numbers, config.Number{Name: name, Value: 1})
			}
			if f.Trust {
				o.Numbers = append(o.Numbers, config.Number{Name: "weight_decay", Value: 0.5})
			}
			x, err := optimizer.New(o, f)
			if err != nil {
				t.Fatal(err)
			}
			x.Begin(0.01)
			for i, v := range x.Factors {
				if v-v != 0 {
					t.Errorf("%s: factor %d is %v", f.Kernel, i, v)
				}
			}
			if n := len(optimizer.CommonFactors) + len(f.Factors); len(x.Factors) != n {
				t.Errorf("%s: %d factors, want %d", f.Kernel, len(x.Factors), n)
			}
			if f.Trust && (x.Second[0] != 0.005 || x.Second[3] != 0.01) {
				t.Errorf("%s: second pass %v", f.Kernel, x.Second)
			}
			for k, s := range f.Slots {
				if s.Start != "" && x.Start(k) != 0.1 || s.Start == "" && x.Start(k) != 0 {
					t.Errorf("%s: %s starts as %v", f.Kernel, s.Name, x.Start(k))
				}
			}
		}
	}
	if !kernels[optimizer.Plain] {
		t.Errorf("there is no form %s for second passes", optimizer.Plain)
	}
}

// TestReferenceClipping has the example of the specification (optimizers,
// section 2): gradients [3 4] and [0], then with [12], bound 1.
func TestReferenceClipping(t *testing.T) {
	for _, c := range []struct {
		name string
		g    [][]float64
		want [][]float64
	}{
		{"clipnorm", [][]float64{{3, 4}, {0}}, [][]float64{{0.6, 0.8}, {0}}},
		{"global_clipnorm", [][]float64{{3, 4}, {0}}, [][]float64{{0.6, 0.8}, {0}}},
		{"clipnorm", [][]float64{{3, 4}, {12}}, [][]float64{{0.6, 0.8}, {1}}},
		{"global_clipnorm", [][]float64{{3, 4}, {12}}, [][]float64{{3. / 13, 4. / 13}, {12. / 13}}},
		{"clipvalue", [][]float64{{3, -4}, {0.5}}, [][]float64{{1, -1}, {0.5}}},
	} {
		o := config.Optimizer{Name: "sgd", LearningRate: 0.1, Numbers: []config.Number{{Name: c.name, Value: 1}}}
		x, err := optimizer.New(o, formOf(t, &o))
		if err != nil {
			t.Fatal(err)
		}
		x.Begin(0.1)
		var vars []optimizer.Variable
		for _, g := range c.g {
			v := x.NewVariable(make([]float64, len(g)))
			copy(v.G, g)
			vars = append(vars, v)
		}
		x.Reference(vars)
		for i, v := range vars {
			for k, g := range v.G {
				if math.Abs(g-c.want[i][k]) > 1e-12 {
					t.Errorf("%s: %v, want %v", c.name, v.G, c.want[i])
					break
				}
			}
		}
	}
}

// TestFormVaries: a number that another run may change is provided for.
func TestFormVaries(t *testing.T) {
	o := config.Optimizer{Name: "rmsprop", LearningRate: 0.1}
	form, err := optimizer.Lookup("rmsprop").Form(&o, func(name string) bool { return name == "momentum" })
	if err != nil || form.Kernel != "rmspropMomentum" {
		t.Errorf("%v, %v", form, err)
	}
}
