package simd

import "fmt"

// activation is one row of activations: an activation function, its gradient
// and how they are computed. Adding one is adding a row.
type activation struct {
	name    string // as in the language
	formula string // f(x), for the doc comment
	slope   string // f', for the doc comment
	output  bool   // the gradient takes the forward output, not the input

	forward      func(b *body) // value 0: x, then the result
	forwardTemps int
	gradient     func(b *body) // value 0: dy, then the result; value 1: r
	gradTemps    int

	// maxUlp bounds the forward error in units of the last place of the result.
	// Errors below 2^-125 do not count: kernels flush subnormal numbers.
	maxUlp float64
}

const (
	alpha      = scalar("alpha")
	seluScale  = number(1.0507009873554805)
	seluLimit  = number(1.0507009873554805 * 1.6732632423543772)
	inverseSix = number(1.0 / 6)
	// height of the standard normal density, 1/sqrt(2*pi)
	normalHeight = number(0.3989422804014327)
)

// activations is the table of activation functions (spec: activations, section 1).
var activations = []activation{
	{name: "relu", formula: "max(x, 0)", slope: "1 where y > 0, else 0", output: true,
		forward:  func(b *body) { b.max(0, number(0), value(0)) },
		gradient: func(b *body) { b.keep(0, cmpGT, value(1), number(0), value(0)) },
	},
	{name: "relu6", formula: "min(max(x, 0), 6)", slope: "1 where 0 < y < 6, else 0", output: true,
		forward: func(b *body) {
			b.max(0, number(0), value(0))
			b.min(0, number(6), value(0))
		},
		gradient: func(b *body) {
			b.keep(0, cmpGT, value(1), number(0), value(0))
			b.keep(0, cmpLT, value(1), number(6), value(0))
		},
	},
	{name: "leaky_relu", formula: "x for x > 0, else alpha*x", slope: "1 where y > 0, else alpha (alpha >= 0)", output: true, maxUlp: 0.5,
		forwardTemps: 1,
		forward: func(b *body) {
			b.mul(1, value(0), alpha)
			b.choose(0, cmpGT, value(0), number(0), value(0), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.mul(2, value(0), alpha)
			b.choose(0, cmpGT, value(1), number(0), value(0), value(2))
		},
	},
	{name: "elu", formula: "x for x > 0, else alpha*(e^x - 1)", slope: "1 where y > 0, else y + alpha (alpha >= 0)", output: true, maxUlp: 2,
		forwardTemps: 4,
		forward: func(b *body) {
			b.min(2, number(0), value(0))
			b.expm1(1, 2, 3, 4)
			b.mul(1, value(1), alpha)
			b.choose(0, cmpGT, value(0), number(0), value(0), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.add(2, value(1), alpha)
			b.mul(2, value(2), value(0))
			b.choose(0, cmpGT, value(1), number(0), value(0), value(2))
		},
	},
	{name: "selu", formula: "S*x for x > 0, else S*A*(e^x - 1), with S = 1.0507009873554805, A = 1.6732632423543772",
		slope: "S where y > 0, else y + S*A", output: true, maxUlp: 2,
		forwardTemps: 4,
		forward: func(b *body) {
			b.min(2, number(0), value(0))
			b.expm1(1, 2, 3, 4)
			b.mul(1, value(1), seluLimit)
			b.mul(2, value(0), seluScale)
			b.choose(0, cmpGT, value(0), number(0), value(2), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.add(2, value(1), seluLimit)
			b.mul(2, value(2), value(0))
			b.mul(0, value(0), seluScale)
			b.choose(0, cmpGT, value(1), number(0), value(0), value(2))
		},
	},
	{name: "sigmoid", formula: "1/(1 + e^-x)", slope: "y*(1-y)", output: true, maxUlp: 3,
		forwardTemps: 3,
		forward:      func(b *body) { b.sigmoid(0, 1, 2, 3) },
		gradTemps:    1,
		gradient: func(b *body) {
			b.set(2, value(1))
			b.op(VFNMADD213PS, 2, value(1), value(2)) // y - y*y
			b.mul(0, value(0), value(2))
		},
	},
	{name: "tanh", formula: "tanh(x)", slope: "1 - y^2", output: true, maxUlp: 3,
		forwardTemps: 4,
		forward: func(b *body) {
			// With e = e^(-2|x|) - 1: tanh|x| = -e/(e + 2), and the sign is that of x.
			b.or(2, value(0), signBit)
			b.add(2, value(2), value(2))
			b.expm1(1, 2, 3, 4)
			b.add(2, value(1), number(2))
			b.div(1, value(1), value(2))
			b.and(0, value(0), signBit)
			b.andNot(1, signBit, value(1))
			b.or(0, value(0), value(1))
		},
		gradTemps: 2,
		gradient: func(b *body) {
			b.sub(2, number(1), value(1))
			b.add(3, number(1), value(1))
			b.mul(2, value(2), value(3))
			b.mul(0, value(0), value(2))
		},
	},
	{name: "exponential", formula: "e^x", slope: "y", output: true, maxUlp: 1.1,
		forwardTemps: 2,
		forward: func(b *body) {
			b.exp(1, 0, 2)
			b.set(0, value(1))
		},
		gradient: func(b *body) { b.mul(0, value(0), value(1)) },
	},
	{name: "hard_sigmoid", formula: "min(max(x+3, 0), 6)/6", slope: "1/6 where 0 < y < 1, else 0", output: true, maxUlp: 1.5,
		forward: func(b *body) {
			b.add(0, value(0), number(3))
			b.max(0, number(0), value(0))
			b.min(0, number(6), value(0))
			b.div(0, value(0), number(6))
		},
		gradient: func(b *body) {
			b.mul(0, value(0), inverseSix)
			b.keep(0, cmpGT, value(1), number(0), value(0))
			b.keep(0, cmpLT, value(1), number(1), value(0))
		},
	},
	{name: "softplus", formula: "ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)", slope: "1/(1 + e^-x)", maxUlp: 2.7,
		forwardTemps: 3,
		forward: func(b *body) {
			b.or(1, value(0), signBit)
			b.exp(2, 1, 3)
			b.log1p(1, 2, 3)
			b.max(0, number(0), value(0))
			b.add(0, value(0), value(1))
		},
		gradTemps: 3,
		gradient: func(b *body) {
			b.sigmoid(1, 2, 3, 4)
			b.mul(0, value(0), value(1))
		},
	},
	{name: "softsign", formula: "x/(1 + |x|)", slope: "1/(1 + |x|)^2", maxUlp: 1.5,
		forwardTemps: 1,
		forward: func(b *body) {
			// Beyond 2^25 the quotient rounds to 1, and Inf/Inf must not become NaN.
			b.max(0, number(-1<<25), value(0))
			b.min(0, number(1<<25), value(0))
			b.abs(1, value(0))
			b.add(1, value(1), number(1))
			b.div(0, value(0), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.abs(2, value(1))
			b.add(2, value(2), number(1))
			b.set(1, number(1))
			b.div(1, value(1), value(2))
			b.mul(1, value(1), value(1))
			b.mul(0, value(0), value(1))
		},
	},
	{name: "silu", formula: "x/(1 + e^-x)", slope: "s*(1 + x*(1-s)) with s = 1/(1 + e^-x)", maxUlp: 4.5,
		forwardTemps: 3,
		forward: func(b *body) {
			// For x < 0 with h = e^(x/2): (x*h)*h/(1 + h*h). A single e^x would be a
			// subnormal with few bits left where x*e^x is still a normal number.
			b.max(0, number(-110), value(0)) // where the result is 0
			b.or(1, value(0), signBit)
			b.mul(1, value(1), number(0.5))
			b.max(1, number(-55), value(1))
			b.expNear(2, 1, 3)
			b.mul(1, value(0), value(2))
			b.mul(1, value(1), value(2))
			b.mul(2, value(2), value(2))
			b.add(2, value(2), number(1))
			b.choose(1, cmpGT, value(0), number(0), value(0), value(1))
			b.div(0, value(1), value(2))
		},
		gradTemps: 4,
		gradient: func(b *body) {
			// For x = -t: q = e*s*(1 - t*s) with e = e^-t and s = 1/(1+e); for x = t: 1 - q.
			b.or(2, value(1), signBit)
			b.max(2, number(-110), value(2)) // -t; beyond 110, e is 0
			b.set(4, value(2))
			b.exp(3, 4, 5)
			b.add(4, value(3), number(1))
			b.set(5, number(1))
			b.div(5, value(5), value(4))
			b.mul(3, value(3), value(5))
			b.mulAdd(2, value(5), number(1))
			b.mul(3, value(3), value(2))
			b.sub(4, number(1), value(3))
			b.choose(3, cmpGT, value(1), number(0), value(4), value(3))
			b.mul(0, value(0), value(3))
		},
	},
	{name: "gelu", formula: "x*Phi(x), the exact form", slope: "Phi(x) + x*phi(x)", maxUlp: 6,
		forwardTemps: 5,
		forward: func(b *body) {
			// max(x, 0) - |x|*Phi(-|x|)
			b.normal(1, 2, 3, 0, 4, 5)
			b.mul(1, value(1), value(3)) // near 0.4 where e^(-x^2/2) is nearly subnormal
			b.max(0, number(0), value(0))
			b.deduct(0, value(1), value(2))
		},
		gradTemps: 5,
		gradient: func(b *body) {
			// For x = -t: q = Phi(-t) - t*phi(t); for x = t: 1 - q.
			b.normal(2, 3, 4, 1, 5, 6)
			b.deduct(2, value(4), normalHeight)
			b.mul(2, value(2), value(3))
			b.sub(3, number(1), value(2))
			b.choose(2, cmpGT, value(1), number(0), value(3), value(2))
			b.mul(0, value(0), value(2))
		},
	},
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
	for i := range activations {
		if activations[i].name == name {
			return &activations[i], nil
		}
	}
	return nil, fmt.Errorf("no activation function %q", name)
}

// Activation is what the compiler must know about an activation function that
// has kernels.
type Activation struct {
	Name       string // in the language, and in Variant.Func
	FromOutput bool   // the gradient kernel takes the forward output, not the forward input
}

// Activations lists the activation functions that have kernels.
func Activations() []Activation {
	var out []Activation
	for _, a := range activations {
		out = append(out, Activation{a.name, a.output})
	}
	return out
}

func actParams(Variant) []Param { return params(PtrFloat32, "x y", Int, "n", Float32, "alpha") }

func actDoc(v Variant, _ int) []string {
	a, err := activationOf(v.Func)
	if err != nil {
		return nil
	}
	accuracy := "The result is exact"
	if a.maxUlp > 0 {
		accuracy = fmt.Sprintf("The error is at most %v ulp", a.maxUlp)
	}
	return []string{"computes y[i] = f(x[i]) for i < n, a multiple of 8, with", "",
		"\tf(x) = " + a.formula, "",
		accuracy + "; a NaN stays one. y may be x."}
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
	return k.build(isa)
}

func actGradParams(Variant) []Param {
	return params(PtrFloat32, "dy r dx", Int, "n", Float32, "alpha")
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
	return []string{"computes dx[i] = dy[i]*f' for i < n, a multiple of 8, from r, the " + r + ":", "",
		"\tf' = " + a.slope, "",
		"dx may be dy or r."}
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

// MaxUlp is the largest error of an activation kernel in units of the last place
// (errors below 2^-125 do not count); the tests of package simdtest hold the kernels
// to it. 0 means exact.
func MaxUlp(name string) float64 {
	for _, a := range activations {
		if a.name == name {
			return a.maxUlp
		}
	}
	return 0
}
