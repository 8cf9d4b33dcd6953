package tune

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kind is the kind of a hyperparameter.
type Kind string

// The kinds of hyperparameters (spec: tuner 1).
const (
	Choice Kind = "choice" // one of Values
	Int    Kind = "int"    // a whole number in Min..Max
	Float  Kind = "float"  // a number in Min..Max
	Bool   Kind = "bool"
	Fixed  Kind = "fixed" // always Default
)

// Scale says how a range is sampled.
type Scale string

// The scales of ranges.
const (
	Linear     Scale = "" // evenly
	Log        Scale = "log"
	ReverseLog Scale = "reverse_log" // dense near Max
)

// Param is one hyperparameter and its search space.
type Param struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Values of Choice, all of one type. Numbers are taken as ordered, words are
	// not.
	Values []Value `json:"values,omitempty"`
	// Min and Max of Int and Float, both included. Max is reached only if Step
	// leads there.
	Min float64 `json:"min,omitempty"`
	Max float64 `json:"max,omitempty"`
	// Step is the distance of two values, a factor on the logarithmic scales. 0
	// is none: every number of the range, every whole number for Int.
	Step  float64 `json:"step,omitempty"`
	Scale Scale   `json:"scale,omitempty"`
	// Default is the value of the first point of a grid; the zero Value stands
	// for the first choice, Min, or false.
	Default Value `json:"default"`
	// Parent, when set, makes this parameter active only while that one is, and
	// has one of ParentValues. It comes before this one in the space.
	Parent       string  `json:"parent,omitempty"`
	ParentValues []Value `json:"parent_values,omitempty"`
}

func (p *Param) check() error {
	switch p.Kind {
	case Choice:
		if len(p.Values) == 0 {
			return fmt.Errorf("a choice without values")
		}
		for i, v := range p.Values {
			if !v.IsValid() || v.kind != p.Values[0].kind {
				return fmt.Errorf("the values %v and %v are not of one type", p.Values[0], v)
			}
			if slices.Contains(p.Values[:i], v) {
				return fmt.Errorf("the value %v stands twice", v)
			}
		}
	case Int, Float:
		switch {
		case math.IsNaN(p.Min) || math.IsNaN(p.Max) || math.IsInf(p.Max-p.Min, 0):
			return fmt.Errorf("the range %v..%v has no bounds", p.Min, p.Max)
		case p.Max < p.Min:
			return fmt.Errorf("the range %v..%v is empty", p.Min, p.Max)
		case p.Kind == Int && (p.Min != math.Trunc(p.Min) || p.Max != math.Trunc(p.Max)):
			return fmt.Errorf("%v..%v are not whole numbers", p.Min, p.Max)
		case p.Scale != Linear && p.Scale != Log && p.Scale != ReverseLog:
			return fmt.Errorf("there is no scale %q", p.Scale)
		case p.Scale != Linear && p.Min <= 0:
			return fmt.Errorf("a logarithmic scale from %v", p.Min)
		case p.Scale != Linear && p.Step != 0 && p.Step <= 1:
			return fmt.Errorf("on a logarithmic scale the step is a factor above 1, not %v", p.Step)
		case p.Step < 0 || math.IsNaN(p.Step):
			return fmt.Errorf("a step of %v", p.Step)
		case p.places() > maxPoints:
			return fmt.Errorf("the range %v..%v has %.3g values, the limit is %.3g", p.Min, p.Max, p.places(), float64(maxPoints))
		}
	case Bool:
	case Fixed:
		if !p.Default.IsValid() {
			return fmt.Errorf("fixed, but to nothing")
		}
	default:
		return fmt.Errorf("there is no kind %q", p.Kind)
	}
	return nil
}

// Domain writes what the parameter may be: "32, 64, 128", "false, true",
// "0.0001..0.1 log", "8..64 step 8".
func (p *Param) Domain() string {
	switch p.Kind {
	case Choice:
		var list []string
		for _, v := range p.Values {
			list = append(list, v.String())
		}
		return strings.Join(list, ", ")
	case Bool:
		return "false, true"
	case Fixed:
		return p.Default.String()
	}
	text := Num(p.Min).String() + ".." + Num(p.Max).String()
	if p.Step > 0 && !(p.Kind == Int && p.Step == 1 && p.Scale == Linear) {
		text += " step " + Num(p.Step).String()
	}
	if p.Scale != Linear {
		text += " " + string(p.Scale)
	}
	return text
}

// searched says whether there is anything to choose.
func (p *Param) searched() bool { return p.Kind != Fixed }

// steps is the number of values, 0 when there are too many to count: a range
// without steps.
func (p *Param) steps() int {
	switch p.Kind {
	case Choice:
		return len(p.Values)
	case Bool:
		return 2
	case Fixed:
		return 1
	}
	return int(p.places())
}

// places is steps of a range, which may be more than an int holds.
func (p *Param) places() float64 {
	step := p.Step
	if p.Kind == Int && p.Scale == Linear && step == 0 {
		step = 1
	}
	switch {
	case p.Min == p.Max:
		return 1
	case step == 0:
		return 0
	case p.Scale == Linear:
		return math.Floor((p.Max-p.Min)/step+1e-8) + 1 // 0.3 is three times 0.1
	}
	return math.Floor(math.Log(p.Max/p.Min)/math.Log(step)+1e-8) + 1
}

// at is value i of steps().
func (p *Param) at(i int) Value {
	switch p.Kind {
	case Choice:
		return p.Values[i]
	case Bool:
		return Truth(i == 1)
	case Fixed:
		return p.Default
	}
	step := p.Step
	if step == 0 {
		step = 1
	}
	x := p.Min
	switch p.Scale {
	case Linear:
		x += float64(i) * step
	case Log:
		x *= math.Pow(step, float64(i))
	case ReverseLog:
		x = p.Max + p.Min - p.Min*math.Pow(step, float64(i))
	}
	if p.Kind == Int {
		x = math.Trunc(x)
	}
	return Num(min(max(x, p.Min), p.Max)) // rounding may lead out
}

// FromUnit maps u in [0, 1) to a value (spec: tuner 1).
func (p *Param) FromUnit(u float64) Value {
	if n := p.steps(); n > 0 {
		return p.at(min(int(u/(1/float64(n))), n-1))
	}
	lo, hi := p.Min, p.Max
	if p.Kind == Int {
		hi++
	}
	x := lo
	switch p.Scale {
	case Linear:
		x = lo + u*(hi-lo)
	case Log:
		x = lo * math.Pow(hi/lo, u)
	case ReverseLog:
		x = hi + lo - lo*math.Pow(hi/lo, 1-u)
	}
	if p.Kind == Int {
		x = math.Trunc(x)
	}
	return Num(min(max(x, p.Min), p.Max))
}

// ToUnit is the inverse of FromUnit: the middle of what FromUnit maps to v. A
// value outside the space gives the nearest end, one that is no choice 0.5.
func (p *Param) ToUnit(v Value) float64 {
	n := p.steps()
	switch p.Kind {
	case Choice:
		if i := slices.Index(p.Values, v); i >= 0 {
			return (float64(i) + 0.5) / float64(n)
		}
		return 0.5
	case Bool:
		if v.Bool() {
			return 0.75
		}
		return 0.25
	case Fixed:
		return 0.5
	}
	x := min(max(v.Float(), p.Min), p.Max)
	if n > 0 {
		i, step := 0.0, max(p.Step, 1)
		if p.Kind == Float {
			step = p.Step
		}
		switch {
		case n == 1:
		case p.Scale == Linear:
			i = math.Round((x - p.Min) / step)
		case p.Scale == Log:
			i = math.Round(math.Log(x/p.Min) / math.Log(step))
		default:
			i = math.Round(math.Log((p.Max+p.Min-x)/p.Min) / math.Log(step))
		}
		return (min(max(i, 0), float64(n-1)) + 0.5) / float64(n)
	}
	hi := p.Max
	if p.Kind == Int {
		hi++
		x += 0.5
	}
	switch {
	case p.Min == hi:
		return 0.5
	case p.Scale == Linear:
		return (x - p.Min) / (hi - p.Min)
	case p.Scale == Log:
		return math.Log(x/p.Min) / math.Log(hi/p.Min)
	}
	return 1 - math.Log((hi+p.Min-x)/p.Min)/math.Log(hi/p.Min)
}

// def is the value without a search.
func (p *Param) def() Value {
	switch {
	case p.Default.IsValid():
		return p.Default
	case p.Kind == Choice:
		return p.Values[0]
	case p.Kind == Bool:
		return Truth(false)
	}
	return Num(p.Min)
}

// active says whether p counts at a point, its parents being decided.
func (p *Param) active(at Values) bool {
	return p.Parent == "" || slices.Contains(p.ParentValues, at[p.Parent])
}
