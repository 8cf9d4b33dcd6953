package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// activations is the table of elementwise functions (spec: activations, section 1).
var activations = []Activation{
	{
		Name: "relu", Doc: "max(x, 0)", FromOutput: true, Kinks: at(0),
		F: func(x float64, _ ir.ActParams) float64 { return max(x, 0) },
		D: func(y float64, _ ir.ActParams) float64 { return step(y > 0) },
	},
	{
		Name: "general_relu", Of: "relu", Doc: "max_value if x >= max_value, else x if x > threshold, else negative_slope*(x - threshold)",
		Params: []ActParam{{"max_value", math.Inf(1), 0}, {"negative_slope", 0, 0}, {"threshold", 0, 0}},
		Sample: []float64{1.5, 0.3, 0.125},
		Kinks:  func(p ir.ActParams) []float64 { return []float64{p[2], p[0]} },
		F: func(x float64, p ir.ActParams) float64 {
			switch {
			case x >= p[0]:
				return p[0]
			case x > p[2] || math.IsNaN(x):
				return x
			case p[1] == 0:
				return 0
			}
			return p[1] * (x - p[2])
		},
		D: func(x float64, p ir.ActParams) float64 {
			switch {
			case x >= p[0]:
				return 0
			case x > p[2]:
				return 1
			}
			return p[1]
		},
	},
	{
		Name: "relu6", Doc: "min(max(x, 0), 6)", FromOutput: true, Kinks: at(0, 6),
		F: func(x float64, _ ir.ActParams) float64 { return min(max(x, 0), 6) },
		D: func(y float64, _ ir.ActParams) float64 { return step(y > 0 && y < 6) },
	},
	{
		Name: "leaky_relu", Doc: "x if x > 0, else alpha*x", Params: []ActParam{{"alpha", 0.2, 0}}, Sample: []float64{0.3}, FromOutput: true, Kinks: at(0),
		F: func(x float64, p ir.ActParams) float64 {
			if x > 0 {
				return x
			}
			return p[0] * x
		},
		D: func(y float64, p ir.ActParams) float64 {
			if y > 0 {
				return 1
			}
			return p[0]
		},
	},
	{
		Name: "elu", Doc: "x if x > 0, else alpha*(e^x - 1)", Params: []ActParam{{"alpha", 1, 0}}, Sample: []float64{0.75}, FromOutput: true, Kinks: at(0),
		F: func(x float64, p ir.ActParams) float64 { return elu(x, p[0]) },
		D: func(y float64, p ir.ActParams) float64 {
			if y > 0 {
				return 1
			}
			return y + p[0]
		},
	},
	{
		Name: "celu", Doc: "x if x > 0, else alpha*(e^(x/alpha) - 1)", Params: []ActParam{{"alpha", 1, 1e-30}}, Sample: []float64{1.5}, FromOutput: true,
		F: func(x float64, p ir.ActParams) float64 {
			if x > 0 {
				return x
			}
			return p[0] * math.Expm1(x/p[0])
		},
		D: func(y float64, p ir.ActParams) float64 {
			if y > 0 {
				return 1
			}
			return y/p[0] + 1
		},
	},
	{
		Name: "selu", Doc: "1.0507*elu(x, 1.6733)", FromOutput: true, Kinks: at(0),
		F: func(x float64, _ ir.ActParams) float64 { return seluScale * elu(x, seluAlpha) },
		D: func(y float64, _ ir.ActParams) float64 {
			if y > 0 {
				return seluScale
			}
			return y + seluScale*seluAlpha
		},
	},
	{
		Name: "sigmoid", Doc: "1 / (1 + e^-x)", FromOutput: true,
		F: func(x float64, _ ir.ActParams) float64 { return sigmoid(x) },
		D: func(y float64, _ ir.ActParams) float64 { return y * (1 - y) },
	},
	{
		Name: "log_sigmoid", Doc: "-ln(1 + e^-x)",
		F: func(x float64, _ ir.ActParams) float64 { return -softplus(-x) },
		D: func(x float64, _ ir.ActParams) float64 { return sigmoid(-x) },
	},
	{
		Name: "hard_sigmoid", Doc: "min(max(x + 3, 0), 6) / 6", FromOutput: true, Kinks: at(-3, 3),
		F: func(x float64, _ ir.ActParams) float64 { return min(max(x+3, 0), 6) / 6 },
		D: func(y float64, _ ir.ActParams) float64 { return step(y > 0 && y < 1) / 6 },
	},
	{
		Name: "tanh", Doc: "(e^x - e^-x) / (e^x + e^-x)", FromOutput: true,
		F: func(x float64, _ ir.ActParams) float64 { return math.Tanh(x) },
		D: func(y float64, _ ir.ActParams) float64 { return (1 - y) * (1 + y) },
	},
	{
		Name: "hard_tanh", Doc: "min(max(x, -1), 1)", Kinks: at(-1, 1),
		F: func(x float64, _ ir.ActParams) float64 { return min(max(x, -1), 1) },
		D: func(x float64, _ ir.ActParams) float64 { return step(x >= -1 && x <= 1) },
	},
	{
		Name: "tanh_shrink", Doc: "x - tanh x",
		F: func(x float64, _ ir.ActParams) float64 {
			// Near 0 the two are nearly equal: there by the series of tanh.
			if z := x * x; z < 1e-4 {
				return x * z * (1./3 + z*(-2./15+z*(17./315-z*62./2835)))
			}
			return x - math.Tanh(x)
		},
		D: func(x float64, _ ir.ActParams) float64 { t := math.Tanh(x); return t * t },
	},
	{
		Name: "softplus", Doc: "ln(1 + e^x)",
		F: func(x float64, _ ir.ActParams) float64 { return softplus(x) },
		D: func(x float64, _ ir.ActParams) float64 { return sigmoid(x) },
	},
	{
		Name: "softsign", Doc: "x / (1 + |x|)",
		F: func(x float64, _ ir.ActParams) float64 {
			if math.IsInf(x, 0) {
				return math.Copysign(1, x)
			}
			return x / (1 + math.Abs(x))
		},
		D: func(x float64, _ ir.ActParams) float64 { d := 1 + math.Abs(x); return 1 / d / d },
	},
	{
		Name: "silu", Doc: "x * sigmoid(x)",
		F: func(x float64, _ ir.ActParams) float64 { return gated(x, sigmoid(x)) },
		D: func(x float64, _ ir.ActParams) float64 {
			return gatedSlope(x, sigmoid(x)*(1+x*sigmoid(-x)))
		},
	},
	{
		Name: "hard_silu", Doc: "x * hard_sigmoid(x)", Kinks: at(-3, 3),
		F: func(x float64, _ ir.ActParams) float64 { return gated(x, min(max(x+3, 0), 6)/6) },
		D: func(x float64, _ ir.ActParams) float64 {
			switch {
			case x <= -3:
				return 0
			case x >= 3:
				return 1
			}
			return (2*x + 3) / 6
		},
	},
	{
		Name: "mish", Doc: "x * tanh(ln(1 + e^x))",
		F: func(x float64, _ ir.ActParams) float64 { return gated(x, math.Tanh(softplus(x))) },
		D: func(x float64, _ ir.ActParams) float64 {
			t := math.Tanh(softplus(x))
			return gatedSlope(x, t+x*sigmoid(x)*(1-t)*(1+t))
		},
	},
	{
		Name: "gelu", Doc: "x/2 * (1 + erf(x / sqrt 2))",
		F: func(x float64, _ ir.ActParams) float64 { return gated(x, 0.5*math.Erfc(-x/math.Sqrt2)) },
		D: func(x float64, _ ir.ActParams) float64 {
			density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
			return gatedSlope(x, 0.5*math.Erfc(-x/math.Sqrt2)+x*density)
		},
	},
	{
		Name: "gelu_tanh", Of: "gelu", Flag: "approximate", Doc: "x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3)))",
		F: func(x float64, _ ir.ActParams) float64 {
			u, _ := tanhForm(x)
			return gated(x, sigmoid(2*u)) // (1 + tanh u)/2, without cancellation
		},
		D: func(x float64, _ ir.ActParams) float64 {
			u, du := tanhForm(x)
			s, r := sigmoid(2*u), sigmoid(-2*u)
			if s == 0 || r == 0 {
				return step(x > 0) // 0*Inf
			}
			return s * (1 + 2*x*r*du)
		},
	},
	{
		Name: "exponential", Doc: "e^x", FromOutput: true,
		F: func(x float64, _ ir.ActParams) float64 { return math.Exp(x) },
		D: func(y float64, _ ir.ActParams) float64 { return y },
	},
	{
		Name: "squareplus", Doc: "(x + sqrt(x^2 + b)) / 2", Params: []ActParam{{"b", 4, 1e-30}}, Sample: []float64{0.75},
		// The sums of x and the root cancel for negative x; so does 1 + x/root.
		F: func(x float64, p ir.ActParams) float64 {
			return max(x, 0) + p[0]/2/(math.Sqrt(x*x+p[0])+math.Abs(x))
		},
		D: func(x float64, p ir.ActParams) float64 {
			root := math.Sqrt(x*x + p[0])
			low := p[0] / 2 / root / (root + math.Abs(x))
			if x > 0 {
				return 1 - low
			}
			return low
		},
	},
	{
		Name: "soft_shrink", Doc: "x - t if x > t, x + t if x < -t, else 0", Params: []ActParam{{"threshold", 0.5, 0}}, Sample: []float64{0.375}, FromOutput: true,
		Kinks: func(p ir.ActParams) []float64 { return []float64{-p[0], p[0]} },
		F:     func(x float64, p ir.ActParams) float64 { return x - min(max(x, -p[0]), p[0]) },
		D:     func(y float64, _ ir.ActParams) float64 { return step(y != 0) },
	},
	{
		Name: "hard_shrink", Doc: "x if |x| > t, else 0", Params: []ActParam{{"threshold", 0.5, 0}}, Sample: []float64{0.375}, FromOutput: true,
		Kinks: func(p ir.ActParams) []float64 { return []float64{-p[0], p[0]} },
		F: func(x float64, p ir.ActParams) float64 {
			if math.Abs(x) <= p[0] {
				return 0
			}
			return x
		},
		D: func(y float64, _ ir.ActParams) float64 { return step(y != 0) },
	},
	{
		Name: "threshold", Doc: "x if x > threshold, else default_value", Sample: []float64{0.375, -0.25},
		Params: []ActParam{{"threshold", 0, math.Inf(-1)}, {"default_value", 0, math.Inf(-1)}},
		Kinks:  func(p ir.ActParams) []float64 { return []float64{p[0]} },
		F: func(x float64, p ir.ActParams) float64 {
			if x <= p[0] {
				return p[1]
			}
			return x
		},
		D: func(x float64, p ir.ActParams) float64 { return step(x > p[0]) },
	},
	{
		Name: "sparse_plus", Doc: "0 if x <= -1, x if x >= 1, else (x + 1)^2 / 4",
		F: func(x float64, _ ir.ActParams) float64 {
			if x >= 1 {
				return x
			}
			h := (max(x, -1) + 1) / 2
			return h * h
		},
		D: func(x float64, _ ir.ActParams) float64 { return (min(max(x, -1), 1) + 1) / 2 },
	},
	{
		Name: "sparse_sigmoid", Doc: "min(max((x + 1)/2, 0), 1)", FromOutput: true, Kinks: at(-1, 1),
		F: func(x float64, _ ir.ActParams) float64 { return (min(max(x, -1), 1) + 1) / 2 },
		D: func(y float64, _ ir.ActParams) float64 { return step(y > 0 && y < 1) / 2 },
	},
}
