package simd

import (
	"fmt"
	"slices"
)

// activation is one row of activations: an activation function, its gradient
// and how they are computed. Adding one is adding a row.
type activation struct {
	name    string // as in the language
	formula string // f(x), for the doc comment
	slope   string // f', for the doc comment
	params  string // names of the parameters, in order
	output  bool   // the gradient takes the forward output, not the input

	forward      func(b *body) // value 0: x, then the result
	forwardTemps int
	gradient     func(b *body) // value 0: dy, then the result; value 1: r
	gradTemps    int

	accuracy Accuracy
}

// Accuracy bounds the errors of an activation's kernels, of any instruction set,
// in units of the last place of the result; 0 means correctly rounded. Errors below 2^-125 do
// not count: kernels flush subnormal numbers. The tests of package simdtest hold
// the kernels to it.
type Accuracy struct {
	Forward float64
	// Gradient is that of the derivative as a function of what the kernel takes; with
	// Floor, of derivatives that cross 0 or end in a difference, it is in units of the
	// last place of gradientFloor where the derivative is smaller than that.
	Gradient float64
	Floor    bool
}

// gradientFloor is what errors of derivatives near 0 are compared with.
const gradientFloor = 0.125

// GradientFloor is the size of a derivative below which its error is measured as that
// of one of this size; 0 for all sizes.
func (a Accuracy) GradientFloor() float64 {
	if a.Floor {
		return gradientFloor
	}
	return 0
}

// sigmoid replaces d by 1/(1 + e^-d). e^-|d| cannot overflow.
func (b *body) sigmoid(d, x, n, e value) {
	b.or(x, d, signBit)
	b.exp(e, x, n)
	b.add(n, e, number(1))
	b.choose(e, cmpGT, d, number(0), number(1), e)
	b.div(d, e, n)
}

// activationOf is the row of a function.
func activationOf(name string) (*activation, error) {
	for _, table := range [][]activation{linearActivations, smoothActivations} {
		for i := range table {
			if table[i].name == name {
				return &table[i], nil
			}
		}
	}
	return nil, fmt.Errorf("no activation function %q", name)
}

// Activation is what the compiler must know about an activation function that
// has kernels.
type Activation struct {
	Name       string   // in the language, and in Variant.Func
	Params     []string // arguments of its kernels, the last ones
	FromOutput bool     // the gradient kernel takes the forward output, not the forward input
	Accuracy   Accuracy
}

// Activations lists the activation functions that have kernels.
func Activations() []Activation {
	var out []Activation
	for _, a := range slices.Concat(linearActivations, smoothActivations) {
		out = append(out, Activation{a.name, fields(a.params), a.output, a.accuracy})
	}
	return out
}

// withParams adds the parameters of v's function.
func withParams(list []Param, v Variant) []Param {
	if a, err := activationOf(v.Func); err == nil {
		list = append(list, params(Float32, a.params)...)
	}
	return list
}

func actParams(v Variant) []Param { return withParams(params(PtrFloat32, "x y", Int, "n"), v) }

func actDoc(v Variant, _ int) []string {
	a, err := activationOf(v.Func)
	if err != nil {
		return nil
	}
	return []string{"computes y[i] = f(x[i]) for i < n, a multiple of 8, with", "",
		"\tf(x) = " + a.formula, "",
		exactness("result", a.accuracy.Forward) + "; a NaN stays one. y may be x."}
}

// exactness says how accurate a result is.
func exactness(of string, ulp float64) string {
	if ulp == 0 {
		return "The " + of + " is correctly rounded"
	}
	return fmt.Sprintf("The error of the %s is at most %v ulp", of, ulp)
}

func buildAct(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	a, err := activationOf(v.Func)
	if err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"x"}, out: []output{{"y", 0}}, temps: a.forwardTemps, unroll: 2, body: a.forward}
	if (1+a.forwardTemps)*k.unroll+3 > isa.VectorRegs() {
		k.unroll = 1
	}
	return k.build(isa)
}

func actGradParams(v Variant) []Param {
	return withParams(params(PtrFloat32, "dy r dx", Int, "n"), v)
}

func actGradDoc(v Variant, _ int) []string {
	a, err := activationOf(v.Func)
	if err != nil {
		return nil
	}
	r := "forward input x"
	if a.output {
		r = "forward output y"
	}
	accuracy := exactness("derivative", a.accuracy.Gradient)
	if a.accuracy.Floor {
		accuracy += fmt.Sprintf(", that of %v below it", gradientFloor)
	}
	return []string{"computes dx[i] = dy[i]*f' for i < n, a multiple of 8, from r, the " + r + ":", "",
		"\tf' = " + a.slope, "",
		accuracy + ". dx may be dy or r."}
}

func buildActGrad(v Variant, _ int, isa ISA) (*Program, error) {
	if err := v.check(Variant{Family: v.Family, Func: v.Func}); err != nil {
		return nil, err
	}
	a, err := activationOf(v.Func)
	if err != nil {
		return nil, err
	}
	k := lanewise{in: []string{"dy", "r"}, out: []output{{"dx", 0}}, temps: a.gradTemps, unroll: 2, body: a.gradient}
	if (2+a.gradTemps)*k.unroll+3 > isa.VectorRegs() {
		k.unroll = 1
	}
	return k.build(isa)
}
