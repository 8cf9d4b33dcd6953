package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Activation is one elementwise function (spec: activations; derivatives at
// kinks: layers, gradient conventions at the awkward points). A NaN stays one, and
// the values at the infinities are the limits.
type Activation struct {
	Name string
	// Of is the name in the language where that is not Name: some functions have
	// several forms there. Flag is the option that asks for this form; a form
	// with parameters is asked for by any of them (FormOf).
	Of, Flag string
	// Doc is the formula.
	Doc string
	// Params are the parameters, by their names in the language.
	Params []ActParam
	// Sample is a choice of parameters for tests, under which every branch counts.
	Sample []float64
	// FromOutput says what D takes: the function's output, or else its input.
	FromOutput bool
	// Kinks are the inputs at which the function or its derivative jumps, nil for
	// none.
	Kinks func(p ir.ActParams) []float64
	// F is the function, D its derivative.
	F, D func(r float64, p ir.ActParams) float64
}

// ActParam is a parameter of an activation function.
type ActParam struct {
	Name string
	// Default is its value when the model file says nothing, Least the smallest
	// that the function takes.
	Default, Least float64
}

// Activations lists the functions that act and act_grad know. linear is not
// among them: it is no operation at all.
func Activations() []Activation { return activations }

// LookupActivation returns the function of that name, or nil.
func LookupActivation(name string) *Activation {
	for i := range activations {
		if activations[i].Name == name {
			return &activations[i]
		}
	}
	return nil
}

// FormOf returns the function that a word of the language stands for when these
// of its options are set: the first form that knows them all. It is nil when there
// is none.
func FormOf(word string, options []string) *Activation {
	for i := range activations {
		f := &activations[i]
		if name := f.Of; name != word && (name != "" || f.Name != word) {
			continue
		}
		known := func(option string) bool {
			return option == f.Flag || slices.ContainsFunc(f.Params, func(p ActParam) bool { return p.Name == option })
		}
		if !slices.ContainsFunc(options, func(o string) bool { return !known(o) }) {
			return f
		}
	}
	return nil
}

// Attr is the attribute of the function with these parameters, the default in
// place of those that are not given.
func (f *Activation) Attr(params ...float64) ir.ActAttr {
	if len(params) > len(f.Params) {
		panic(fmt.Sprintf("internal error: %s has %d parameters, got %v", f.Name, len(f.Params), params))
	}
	a := ir.ActAttr{Func: f.Name}
	for i, p := range f.Params {
		a.Params[i] = p.Default
	}
	copy(a.Params[:], params)
	return a
}

// KinksAt are the inputs at which the function with these parameters or its
// derivative jumps.
func (f *Activation) KinksAt(p ir.ActParams) []float64 {
	if f.Kinks == nil {
		return nil
	}
	return f.Kinks(p)
}

// at are kinks that do not depend on parameters.
func at(x ...float64) func(ir.ActParams) []float64 {
	return func(ir.ActParams) []float64 { return x }
}

// Constants of selu (Klambauer et al. 2017, "Self-Normalizing Neural
// Networks").
const (
	seluAlpha = 1.6732632423543772
	seluScale = 1.0507009873554805
)

// sigmoid avoids the overflow of e^-x for large negative x.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func elu(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	return alpha * math.Expm1(x)
}

// gated is x times its gate, a function that is 0 at -Inf.
func gated(x, gate float64) float64 {
	if math.IsInf(x, -1) {
		return 0
	}
	return x * gate
}

// gatedSlope is the derivative of a gated x, which leads from 0 at -Inf to 1 at
// Inf, where 0*Inf would not.
func gatedSlope(x, slope float64) float64 {
	switch {
	case math.IsInf(x, 1):
		return 1
	case math.IsInf(x, -1):
		return 0
	}
	return slope
}

// tanhForm is the argument of tanh in the approximate gelu, and its derivative
// (Hendrycks and Gimpel 2016, "Gaussian Error Linear Units").
func tanhForm(x float64) (u, du float64) {
	c := math.Sqrt(2 / math.Pi)
	return c * (x + 0.044715*x*x*x), c * (1 + 0.134145*x*x)
}

func step(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
