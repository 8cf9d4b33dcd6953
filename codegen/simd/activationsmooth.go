package simd

const (
	seluScale = number(1.0507009873554805)
	seluLimit = number(1.0507009873554805 * 1.6732632423543772)
	// height of the standard normal density, 1/sqrt(2*pi)
	normalHeight = number(0.3989422804014327)
)

// smoothActivations are those with exponentials, quotients or roots (spec:
// activations, section 1).
var smoothActivations = []activation{
	{name: "elu", formula: "x for x > 0, else alpha*(e^x - 1)", slope: "1 where y > 0, else y + alpha (alpha >= 0)", params: "alpha", output: true,
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
		accuracy: Accuracy{Forward: 1.7},
	},
	{name: "celu", formula: "x for x > 0, else alpha*(e^(x/alpha) - 1)", slope: "1 where y > 0, else y/alpha + 1 (alpha > 0)", params: "alpha", output: true,
		forwardTemps: 4,
		forward: func(b *body) {
			b.min(2, number(0), value(0))
			b.div(2, value(2), alpha)
			b.expm1(1, 2, 3, 4)
			b.mul(1, value(1), alpha)
			b.choose(0, cmpGT, value(0), number(0), value(0), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.div(2, value(1), alpha)
			b.add(2, value(2), number(1))
			b.mul(2, value(2), value(0))
			b.choose(0, cmpGT, value(1), number(0), value(0), value(2))
		},
		accuracy: Accuracy{Forward: 2.2, Gradient: 1.5, Floor: true},
	},
	{name: "selu", formula: "S*x for x > 0, else S*A*(e^x - 1), with S = 1.0507009873554805, A = 1.6732632423543772",
		slope: "S where y > 0, else y + S*A", output: true,
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
		accuracy: Accuracy{Forward: 2, Gradient: 1.7, Floor: true},
	},
	{name: "sigmoid", formula: "1/(1 + e^-x)", slope: "y*(1-y)", output: true,
		forwardTemps: 3,
		forward:      func(b *body) { b.sigmoid(0, 1, 2, 3) },
		gradTemps:    1,
		gradient: func(b *body) {
			b.set(2, value(1))
			b.op(VFNMADD213PS, 2, value(1), value(2)) // y - y*y
			b.mul(0, value(0), value(2))
		},
		accuracy: Accuracy{Forward: 2.3, Gradient: 1.6},
	},
	{name: "log_sigmoid", formula: "-ln(1 + e^-x) = min(x, 0) - ln(1 + e^-|x|)", slope: "1/(1 + e^x)",
		forwardTemps: 3,
		forward: func(b *body) {
			b.or(1, value(0), signBit)
			b.exp(2, 1, 3)
			b.log1p(1, 2, 3)
			b.min(0, number(0), value(0))
			b.sub(0, value(0), value(1))
		},
		gradTemps: 3,
		gradient: func(b *body) {
			b.xor(1, value(1), signBit)
			b.sigmoid(1, 2, 3, 4)
			b.mul(0, value(0), value(1))
		},
		accuracy: Accuracy{Forward: 2.8, Gradient: 2.3},
	},
	{name: "tanh", formula: "tanh(x)", slope: "1 - y^2", output: true,
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
		accuracy: Accuracy{Forward: 2.6, Gradient: 1.6},
	},
	{name: "tanh_shrink", formula: "x - tanh(x)", slope: "tanh(x)^2",
		forwardTemps: 4,
		forward: func(b *body) {
			// For t = |x| >= 1: (t-1) + 2e/(1+e) with e = e^-2t; below, by a polynomial.
			b.abs(1, value(0))
			b.min(2, number(40), value(1)) // beyond, e is nothing
			b.mul(2, value(2), number(-2))
			b.expNear(3, 2, 4)
			b.add(2, value(3), number(1))
			b.add(3, value(3), value(3))
			b.div(3, value(3), value(2))
			b.sub(2, value(1), number(1))
			b.add(3, value(2), value(3))
			b.mul(4, value(1), value(1))
			b.horner(2, value(4), tanhShrinkCoeffs...)
			b.mul(4, value(4), value(1))
			b.mul(2, value(2), value(4))
			b.choose(2, cmpLT, value(1), number(1), value(2), value(3))
			b.and(0, value(0), signBit)
			b.or(0, value(0), value(2))
		},
		gradTemps: 3,
		gradient: func(b *body) {
			b.or(1, value(1), signBit)
			b.add(1, value(1), value(1))
			b.expm1(2, 1, 3, 4)
			b.add(1, value(2), number(2))
			b.div(1, value(2), value(1))
			b.mul(1, value(1), value(1))
			b.mul(0, value(0), value(1))
		},
		accuracy: Accuracy{Forward: 3.2, Gradient: 6},
	},
	{name: "softplus", formula: "ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)", slope: "1/(1 + e^-x)",
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
		accuracy: Accuracy{Forward: 2.8, Gradient: 2.3},
	},
	{name: "squareplus", formula: "(x + sqrt(x^2 + b))/2", slope: "(1 + x/sqrt(x^2 + b))/2 (b > 0)", params: "b",
		forwardTemps: 2,
		forward: func(b *body) {
			// max(x, 0) + (b/2)/(|x| + sqrt(x^2 + b)), in which nothing cancels.
			b.abs(1, value(0))
			b.root(2, 1)
			b.add(2, value(2), value(1))
			b.mul(1, scalar("b"), number(0.5))
			b.div(1, value(1), value(2))
			b.max(0, number(0), value(0))
			b.add(0, value(0), value(1))
		},
		gradTemps: 3,
		gradient: func(b *body) {
			// For x = -t: q = (b/2)/r/(t + r) with r = sqrt(x^2 + b); for x = t: 1 - q.
			b.abs(2, value(1))
			b.root(3, 2)
			b.add(2, value(2), value(3))
			b.mul(4, scalar("b"), number(0.5))
			b.div(4, value(4), value(3))
			b.div(4, value(4), value(2))
			b.sub(2, number(1), value(4))
			b.choose(2, cmpGT, value(1), number(0), value(2), value(4))
			b.mul(0, value(0), value(2))
		},
		accuracy: Accuracy{Forward: 2.9, Gradient: 4.6},
	},
	{name: "softsign", formula: "x/(1 + |x|)", slope: "1/(1 + |x|)^2",
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
		accuracy: Accuracy{Forward: 1.6, Gradient: 3.6},
	},
	{name: "silu", formula: "x/(1 + e^-x)", slope: "s*(1 + x*(1-s)) with s = 1/(1 + e^-x)",
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
		accuracy: Accuracy{Forward: 4.1, Gradient: 3, Floor: true},
	},
	{name: "mish", formula: "x*tanh(ln(1 + e^x))", slope: "t + x*s*(1-t^2) with t = tanh(ln(1 + e^x)), s = 1/(1 + e^-x)",
		forwardTemps: 5,
		forward: func(b *body) {
			// With e = e^-|x|: x*(1+2e)/(1+2e+2e^2) for x > 0, else x*n/(n+2) with
			// n = e*(e+2); x*e is (x*h)*h, as for silu.
			b.max(0, number(-110), value(0)) // where the result is 0
			b.or(1, value(0), signBit)
			b.mul(1, value(1), number(0.5))
			b.max(1, number(-55), value(1))
			b.expNear(2, 1, 3)
			b.mul(1, value(0), value(2))
			b.mul(1, value(1), value(2))
			b.mul(2, value(2), value(2)) // e
			b.add(3, value(2), number(2))
			b.mul(1, value(1), value(3)) // x*n
			b.mul(3, value(3), value(2))
			b.add(3, value(3), number(2))
			b.add(4, value(2), value(2))
			b.add(4, value(4), number(1))
			b.mul(5, value(4), value(0))
			b.choose(1, cmpGT, value(0), number(0), value(5), value(1))
			b.mul(2, value(2), value(2))
			b.add(2, value(2), value(2))
			b.add(2, value(2), value(4))
			b.choose(2, cmpGT, value(0), number(0), value(2), value(3))
			b.div(0, value(1), value(2))
		},
		gradTemps: 5,
		gradient: func(b *body) {
			// With e, n as above: (n*d + 4x*e*(1+e))/d^2 and d = n+2 for x < 0,
			// (u*d + 4x*e^2*(1+e))/d^2 and u = 1+2e, d = u + 2e^2 for x > 0.
			b.max(1, number(-110), value(1)) // beyond, e is 0, and so must be x*e
			b.min(1, number(110), value(1))
			b.or(2, value(1), signBit)
			b.exp(3, 2, 4) // e
			b.mul(4, value(3), value(3))
			b.choose(2, cmpGT, value(1), number(0), value(4), value(3)) // e^2 or e
			b.add(5, value(3), number(1))
			b.mul(2, value(2), value(5))
			b.mul(2, value(2), value(1))
			b.mul(2, value(2), number(4)) // the second term
			b.add(5, value(5), value(3))  // u
			b.add(4, value(4), value(4))
			b.add(4, value(4), value(5)) // u + 2e^2
			b.add(6, value(3), number(2))
			b.mul(6, value(6), value(3)) // n
			b.add(3, value(6), number(2))
			b.choose(3, cmpGT, value(1), number(0), value(4), value(3)) // d
			b.choose(5, cmpGT, value(1), number(0), value(5), value(6))
			b.accumulate(2, value(5), value(3))
			b.mul(3, value(3), value(3))
			b.div(2, value(2), value(3))
			b.mul(0, value(0), value(2))
		},
		accuracy: Accuracy{Forward: 4.8, Gradient: 5, Floor: true},
	},
	{name: "gelu", formula: "x*Phi(x), the exact form", slope: "Phi(x) + x*phi(x)",
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
		accuracy: Accuracy{Forward: 5.8, Gradient: 4.8, Floor: true},
	},
	{name: "gelu_tanh", formula: "x/(1 + e^-2u), u = sqrt(2/pi)*(x + 0.044715*x^3), the tanh form", slope: "s + 2x*s*(1-s)*u' with s = 1/(1 + e^-2u)",
		forwardTemps: 5,
		forward: func(b *body) {
			// For x < 0 with h = e^-|u|: (x*h)*h/(1 + h*h), as for silu.
			b.max(0, number(-10.2), value(0)) // where the result is 0
			b.tanhForm(1, 2, 0, 3, 4, 5)
			b.mul(2, value(0), value(1))
			b.mul(2, value(2), value(1))
			b.mul(1, value(1), value(1))
			b.add(1, value(1), number(1))
			b.choose(2, cmpGT, value(0), number(0), value(0), value(2))
			b.div(0, value(2), value(1))
		},
		gradTemps: 5,
		gradient: func(b *body) {
			// For x = -t: q = e*s*(1 - 2t*s*u') with e = e^-2|u| and s = 1/(1+e); for x = t: 1 - q.
			b.tanhForm(2, 3, 1, 4, 5, 6)
			b.mul(4, value(3), value(3))
			b.mulPlus(5, value(4), tanhFormSlope, tanhFormHigh+tanhFormLow)
			b.add(5, value(5), value(5))
			b.mul(2, value(2), value(2))
			b.add(4, value(2), number(1))
			b.set(6, number(1))
			b.div(6, value(6), value(4))
			b.mul(2, value(2), value(6))
			b.mul(5, value(5), value(6))
			b.mulAdd(5, value(3), number(1))
			b.mul(2, value(2), value(5))
			b.sub(3, number(1), value(2))
			b.choose(2, cmpGT, value(1), number(0), value(3), value(2))
			b.mul(0, value(0), value(2))
		},
		accuracy: Accuracy{Forward: 3.8, Gradient: 4.8, Floor: true},
	},
	{name: "exponential", formula: "e^x", slope: "y", output: true,
		forwardTemps: 2,
		forward: func(b *body) {
			b.exp(1, 0, 2)
			b.set(0, value(1))
		},
		gradient: func(b *body) { b.mul(0, value(0), value(1)) },
		accuracy: Accuracy{Forward: 0.9},
	},
}
