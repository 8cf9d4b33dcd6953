package op

import "math"

// Activation is one elementwise function (spec: activations; derivatives at
// kinks: layers, gradient conventions at the awkward points).
type Activation struct {
	Name string
	// Doc is the formula.
	Doc string
	// HasAlpha functions have a parameter, Alpha when the model file names none.
	HasAlpha bool
	Alpha    float64
	// FromOutput says what D takes: the function's output, or else its input.
	FromOutput bool
	// Kinks are the inputs at which the derivative jumps.
	Kinks []float64
	// F is the function, D its derivative.
	F, D func(r, alpha float64) float64
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

// Constants of selu (Klambauer et al. 2017, "Self-Normalizing Neural
// Networks").
const (
	seluAlpha = 1.6732632423543772
	seluScale = 1.0507009873554805
)

var activations = []Activation{
	{
		Name: "relu", Doc: "max(x, 0)", FromOutput: true, Kinks: []float64{0},
		F: func(x, _ float64) float64 { return max(x, 0) },
		D: func(y, _ float64) float64 { return step(y > 0) },
	},
	{
		Name: "relu6", Doc: "min(max(x, 0), 6)", FromOutput: true, Kinks: []float64{0, 6},
		F: func(x, _ float64) float64 { return min(max(x, 0), 6) },
		D: func(y, _ float64) float64 { return step(y > 0 && y < 6) },
	},
	{
		Name: "leaky_relu", Doc: "x if x > 0, else alpha*x", HasAlpha: true, Alpha: 0.2, FromOutput: true, Kinks: []float64{0},
		F: func(x, alpha float64) float64 {
			if x > 0 {
				return x
			}
			return alpha * x
		},
		D: func(y, alpha float64) float64 {
			if y > 0 {
				return 1
			}
			return alpha
		},
	},
	{
		Name: "elu", Doc: "x if x > 0, else alpha*(e^x - 1)", HasAlpha: true, Alpha: 1, FromOutput: true, Kinks: []float64{0},
		F: elu,
		D: func(y, alpha float64) float64 {
			if y > 0 {
				return 1
			}
			return y + alpha
		},
	},
	{
		Name: "selu", Doc: "1.0507*elu(x, 1.6733)", FromOutput: true, Kinks: []float64{0},
		F: func(x, _ float64) float64 { return seluScale * elu(x, seluAlpha) },
		D: func(y, _ float64) float64 {
			if y > 0 {
				return seluScale
			}
			return y + seluScale*seluAlpha
		},
	},
	{
		Name: "sigmoid", Doc: "1 / (1 + e^-x)", FromOutput: true,
		F: func(x, _ float64) float64 { return sigmoid(x) },
		D: func(y, _ float64) float64 { return y * (1 - y) },
	},
	{
		Name: "hard_sigmoid", Doc: "min(max(x + 3, 0), 6) / 6", FromOutput: true, Kinks: []float64{-3, 3},
		F: func(x, _ float64) float64 { return min(max(x+3, 0), 6) / 6 },
		D: func(y, _ float64) float64 { return step(y > 0 && y < 1) / 6 },
	},
	{
		Name: "tanh", Doc: "(e^x - e^-x) / (e^x + e^-x)", FromOutput: true,
		F: func(x, _ float64) float64 { return math.Tanh(x) },
		D: func(y, _ float64) float64 { return 1 - y*y },
	},
	{
		Name: "softplus", Doc: "ln(1 + e^x)",
		F: func(x, _ float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		D: func(x, _ float64) float64 { return sigmoid(x) },
	},
	{
		Name: "softsign", Doc: "x / (1 + |x|)",
		F: func(x, _ float64) float64 { return x / (1 + math.Abs(x)) },
		D: func(x, _ float64) float64 { d := 1 + math.Abs(x); return 1 / (d * d) },
	},
	{
		Name: "silu", Doc: "x * sigmoid(x)",
		F: func(x, _ float64) float64 { return x * sigmoid(x) },
		D: func(x, _ float64) float64 { s := sigmoid(x); return s * (1 + x*(1-s)) },
	},
	{
		Name: "gelu", Doc: "x/2 * (1 + erf(x / sqrt 2))",
		F: func(x, _ float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) },
		D: func(x, _ float64) float64 {
			density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
			return 0.5*math.Erfc(-x/math.Sqrt2) + x*density
		},
	},
	{
		Name: "exponential", Doc: "e^x", FromOutput: true,
		F: func(x, _ float64) float64 { return math.Exp(x) },
		D: func(y, _ float64) float64 { return y },
	},
}

// sigmoid avoids the overflow of e^-x for large negative x.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func elu(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	return alpha * math.Expm1(x)
}

func step(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
