package optimizer

import (
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/config"
)

// Rule is one optimizer of the language.
type Rule struct {
	Name string
	// Numbers are its hyperparameters besides the learning rate and Common.
	Numbers []Number
	// Forms are tried in order: the first that carries out all that is asked for
	// is taken.
	Forms []*Form
	// Positive rules divide by the learning rate: it may not be 0.
	Positive bool
}

// Number is one hyperparameter.
type Number struct {
	Name    string
	Default float64
	// Lo and Hi are the bounds; LoOpen and HiOpen say that the bound itself is
	// outside. A flag is 0 or 1.
	Lo, Hi         float64
	LoOpen, HiOpen bool
	// Optional numbers have no default: what they ask for is done when they are
	// given.
	Optional bool
}

func (n *Number) contains(x float64) bool {
	return (x > n.Lo || x == n.Lo && !n.LoOpen) && (x < n.Hi || x == n.Hi && !n.HiOpen)
}

func (n *Number) interval() string {
	l, r := "[", "]"
	if n.LoOpen {
		l = "("
	}
	if n.HiOpen {
		r = ")"
	}
	return fmt.Sprintf("%s%g, %g%s", l, n.Lo, n.Hi, r)
}

// Form is an update rule with everything decided that changes its state or its
// arithmetic.
type Form struct {
	// Kernel is its name, that of a kernel family of codegen/simd.
	Kernel string
	// Flags must be given, and no other flag of the rule may be.
	Flags []string
	// Carries are the numbers that may differ from their default, of those that
	// not all forms of the rule have a use for.
	Carries []string
	Slots   []Slot
	// Factors are the names of the numbers the kernel takes behind CommonFactors;
	// Compute writes them.
	Factors []string
	Compute func(s *Step, f []float64)
	// Element is the formula for one weight: g is its gradient with penalties and
	// clipping, w the weight after decay, m its state, which is updated. It returns
	// the new weight; with Trust, the direction.
	Element func(s *Step, w, g float64, m []float64) float64
	// Trust forms (LAMB) scale the step of each parameter by the quotient of the
	// norms of weights and direction, so an update takes two passes: the first
	// leaves the direction where the gradient was, the second is a step of the
	// form Plain.
	Trust bool
}

// Slot is a vector of state.
type Slot struct {
	Name string
	// Start names the number that all elements start at; "" means 0.
	Start string
}

// Plain is the kernel of the second pass of Trust forms.
const Plain = "sgd"

// CommonFactors come first in the factors of every form: decay is weight_decay
// times the learning rate, low and high bound the elements of the gradient.
var CommonFactors = []string{"decay", "low", "high"}

// Common are the hyperparameters of every optimizer (spec: optimizers, sections
// 2 to 4).
var Common = []Number{
	{Name: "weight_decay", Lo: 0, Hi: 1},
	{Name: "clipnorm", Lo: 0, Hi: math.Inf(1), LoOpen: true, HiOpen: true, Optional: true},
	{Name: "global_clipnorm", Lo: 0, Hi: math.Inf(1), LoOpen: true, HiOpen: true, Optional: true},
	{Name: "clipvalue", Lo: 0, Hi: math.Inf(1), LoOpen: true, HiOpen: true, Optional: true},
	{Name: "ema", Lo: 0, Hi: 1, LoOpen: true, HiOpen: true, Optional: true},
	{Name: "ema_overwrite", Lo: 1, Hi: 1 << 53, Optional: true},
}

// Lookup returns the rule of that name, nil when there is none.
func Lookup(name string) *Rule {
	for i := range Rules {
		if Rules[i].Name == name {
			return &Rules[i]
		}
	}
	return nil
}

// FormOf returns the form of that kernel, nil when there is none.
func FormOf(kernel string) *Form {
	for i := range Rules {
		for _, f := range Rules[i].Forms {
			if f.Kernel == kernel {
				return f
			}
		}
	}
	return nil
}

// Number returns the hyperparameter of that name, nil when the rule has none.
func (r *Rule) Number(name string) *Number {
	for _, list := range [][]Number{r.Numbers, Common} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// isFlag says that a number of the rule is a flag of one of its forms.
func (r *Rule) isFlag(name string) bool {
	return slices.ContainsFunc(r.Forms, func(f *Form) bool { return slices.Contains(f.Flags, name) })
}

// isCarried says that only some forms have a use for the number.
func (r *Rule) isCarried(name string) bool {
	return slices.ContainsFunc(r.Forms, func(f *Form) bool { return slices.Contains(f.Carries, name) })
}

// carries says whether f carries out the settings. varies names numbers that may
// have another value in the next run.
func (r *Rule) carries(f *Form, o *config.Optimizer, varies func(name string) bool) bool {
	for i := range r.Numbers {
		n := &r.Numbers[i]
		v := r.Value(o, n.Name)
		switch {
		case r.isFlag(n.Name):
			if slices.Contains(f.Flags, n.Name) != (v != 0) {
				return false
			}
		case r.isCarried(n.Name) && !slices.Contains(f.Carries, n.Name) && (v != n.Default || varies(n.Name)):
			return false
		}
	}
	return true
}

// Form chooses the form for the settings. varies names numbers that may have
// another value in the next run of the same code; nil means none.
func (r *Rule) Form(o *config.Optimizer, varies func(name string) bool) (*Form, error) {
	if varies == nil {
		varies = func(string) bool { return false }
	}
	for _, f := range r.Forms {
		if r.carries(f, o, varies) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s has no form for these options", r.Name)
}

// Runs says whether code made for f can carry out the settings.
func (r *Rule) Runs(f *Form, o *config.Optimizer) bool {
	return slices.Contains(r.Forms, f) && r.carries(f, o, func(string) bool { return false })
}

// Value is a number of the settings, or its default.
func (r *Rule) Value(o *config.Optimizer, name string) float64 {
	if v, ok := o.Number(name); ok {
		return v
	}
	if n := r.Number(name); n != nil {
		return n.Default
	}
	return 0
}

// Check refuses settings that no run can have.
func Check(o *config.Optimizer) (*Rule, error) {
	r := Lookup(o.Name)
	if r == nil {
		return nil, fmt.Errorf("unknown optimizer %q, want one of %s", o.Name, names())
	}
	if !(o.LearningRate >= 0) || math.IsInf(o.LearningRate, 0) {
		return nil, fmt.Errorf("learning rate is %v, want a finite number of at least 0", o.LearningRate)
	}
	if r.Positive && o.LearningRate == 0 {
		return nil, fmt.Errorf("learning rate is 0, and %s divides by it", r.Name)
	}
	for i, x := range o.Numbers {
		n := r.Number(x.Name)
		switch {
		case n == nil:
			return nil, fmt.Errorf("%s has no %s", r.Name, x.Name)
		case slices.ContainsFunc(o.Numbers[:i], func(y config.Number) bool { return y.Name == x.Name }):
			return nil, fmt.Errorf("%s is given twice", x.Name)
		case !n.contains(x.Value):
			return nil, fmt.Errorf("%s is %v, want a number in %s", x.Name, x.Value, n.interval())
		}
	}
	if c := Conflict(o); c != "" {
		return nil, fmt.Errorf("%s: %s", r.Name, c)
	}
	return r, nil
}

// Conflict names options that exclude or need each other, "" if there are none.
func Conflict(o *config.Optimizer) string {
	clip := ""
	for _, name := range []string{"clipnorm", "global_clipnorm", "clipvalue"} {
		if _, ok := o.Number(name); !ok {
			continue
		}
		if clip != "" {
			return clip + " and " + name + " exclude each other"
		}
		clip = name
	}
	if _, ok := o.Number("ema_overwrite"); ok {
		if _, ok := o.Number("ema"); !ok {
			return "ema_overwrite needs ema, the momentum of the average"
		}
	}
	return ""
}

func names() string {
	text := ""
	for i := range Rules {
		if i > 0 {
			text += ", "
		}
		text += Rules[i].Name
	}
	return text
}
