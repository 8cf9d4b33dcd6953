package simd

const (
	alpha      = scalar("alpha")
	inverseSix = number(1.0 / 6)
)

// linearActivations are the activation functions in pieces that are lines or
// parabolas (spec: activations, section 1).
var linearActivations = []activation{
	{name: "relu", formula: "max(x, 0)", slope: "1 where y > 0, else 0", output: true,
		forward:  func(b *body) { b.max(0, number(0), value(0)) },
		gradient: func(b *body) { b.keep(0, cmpGT, value(1), number(0), value(0)) },
	},
	{name: "general_relu", formula: "maxValue for x >= maxValue, else x for x > threshold, else negativeSlope*(x - threshold)",
		slope: "0 where x >= maxValue, else 1 where x > threshold, else negativeSlope", params: "maxValue negativeSlope threshold",
		forwardTemps: 1,
		forward: func(b *body) {
			const most, slope, threshold = scalar("maxValue"), scalar("negativeSlope"), scalar("threshold")
			b.sub(1, value(0), threshold)
			b.mul(1, value(1), slope)
			b.keep(1, cmpUNEQ, slope, number(0), value(1)) // 0*Inf
			b.choose(1, cmpLE, value(0), threshold, value(1), value(0))
			b.choose(0, cmpGE, value(0), most, most, value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.mul(2, value(0), scalar("negativeSlope"))
			b.choose(2, cmpGT, value(1), scalar("threshold"), value(0), value(2))
			b.choose(0, cmpGE, value(1), scalar("maxValue"), number(0), value(2))
		},
		accuracy: Accuracy{Forward: 1.3},
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
	{name: "leaky_relu", formula: "x for x > 0, else alpha*x", slope: "1 where y > 0, else alpha (alpha >= 0)", params: "alpha", output: true,
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
	{name: "hard_sigmoid", formula: "min(max(x+3, 0), 6)/6", slope: "1/6 where 0 < y < 1, else 0", output: true,
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
		accuracy: Accuracy{Forward: 1.1},
	},
	{name: "sparse_sigmoid", formula: "min(max((x+1)/2, 0), 1)", slope: "1/2 where 0 < y < 1, else 0", output: true,
		forward: func(b *body) {
			b.max(0, number(-1), value(0))
			b.min(0, number(1), value(0))
			b.add(0, value(0), number(1))
			b.mul(0, value(0), number(0.5))
		},
		gradient: func(b *body) {
			b.mul(0, value(0), number(0.5))
			b.keep(0, cmpGT, value(1), number(0), value(0))
			b.keep(0, cmpLT, value(1), number(1), value(0))
		},
	},
	{name: "hard_tanh", formula: "min(max(x, -1), 1)", slope: "1 where -1 <= x <= 1, else 0",
		forward: func(b *body) {
			b.max(0, number(-1), value(0))
			b.min(0, number(1), value(0))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.abs(2, value(1))
			b.keep(0, cmpLE, value(2), number(1), value(0))
		},
	},
	{name: "hard_silu", formula: "x*min(max(x+3, 0), 6)/6", slope: "0 where x <= -3, 1 where x >= 3, else (2x+3)/6",
		forwardTemps: 1,
		forward: func(b *body) {
			b.max(0, number(-3), value(0))
			b.add(1, value(0), number(3))
			b.min(1, number(6), value(1))
			b.mul(1, value(1), inverseSix)
			b.mul(0, value(0), value(1))
		},
		gradTemps: 1,
		gradient: func(b *body) {
			b.add(2, value(1), value(1))
			b.add(2, value(2), number(3))
			b.mul(2, value(2), inverseSix)
			b.choose(2, cmpGE, value(1), number(3), number(1), value(2))
			b.choose(2, cmpLE, value(1), number(-3), number(0), value(2))
			b.mul(0, value(0), value(2))
		},
		accuracy: Accuracy{Forward: 2.6, Gradient: 1.4},
	},
	{name: "sparse_plus", formula: "0 for x <= -1, x for x >= 1, else (x+1)^2/4", slope: "0 where x <= -1, 1 where x >= 1, else (x+1)/2",
		forwardTemps: 1,
		forward: func(b *body) {
			b.max(1, number(-1), value(0))
			b.add(1, value(1), number(1))
			b.mul(1, value(1), number(0.5))
			b.mul(1, value(1), value(1))
			b.choose(0, cmpGE, value(0), number(1), value(0), value(1))
		},
		gradient: func(b *body) {
			b.max(1, number(-1), value(1))
			b.min(1, number(1), value(1))
			b.add(1, value(1), number(1))
			b.mul(1, value(1), number(0.5))
			b.mul(0, value(0), value(1))
		},
		accuracy: Accuracy{Forward: 2},
	},
	{name: "soft_shrink", formula: "x-threshold for x > threshold, x+threshold for x < -threshold, else 0", slope: "1 where y != 0, else 0", params: "threshold", output: true,
		forwardTemps: 1,
		forward: func(b *body) {
			b.xor(1, scalar("threshold"), signBit)
			b.max(1, value(1), value(0))
			b.min(1, scalar("threshold"), value(1))
			b.sub(0, value(0), value(1))
		},
		gradient: func(b *body) { b.keep(0, cmpUNEQ, value(1), number(0), value(0)) },
	},
	{name: "hard_shrink", formula: "x for |x| > threshold, else 0", slope: "1 where y != 0, else 0", params: "threshold", output: true,
		forwardTemps: 1,
		forward: func(b *body) {
			b.abs(1, value(0))
			b.choose(0, cmpLE, value(1), scalar("threshold"), number(0), value(0))
		},
		gradient: func(b *body) { b.keep(0, cmpUNEQ, value(1), number(0), value(0)) },
	},
	{name: "threshold", formula: "x for x > threshold, else defaultValue", slope: "1 where x > threshold, else 0", params: "threshold defaultValue",
		forward: func(b *body) {
			b.choose(0, cmpLE, value(0), scalar("threshold"), scalar("defaultValue"), value(0))
		},
		gradient: func(b *body) { b.keep(0, cmpGT, value(1), scalar("threshold"), value(0)) },
	},
}
