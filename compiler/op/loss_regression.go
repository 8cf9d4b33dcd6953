package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// regressionLosses are means over the scores of a function of the error (spec:
// losses, regression losses). Where it has a kink, the derivative is that of
// layers, gradient conventions.
var regressionLosses = []Loss{
	mean(Loss{
		Name: "mean_squared_error", Kernel: "meanSquaredError", Doc: "mean of (score - target)^2",
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) { e := p - t; return e * e, 2 * e }),
	mean(Loss{
		Name: "mean_absolute_error", Kernel: "meanAbsoluteError", Doc: "mean of |score - target|",
		Sides: eachSide(func(_ *ir.LossOptions, p, t float64) float64 { return p - t }),
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) { return math.Abs(p - t), sign(p - t) }),
	mean(Loss{
		Name: "mean_absolute_percentage_error", Kernel: "meanAbsolutePercentageError",
		Doc: "100 * mean of |score - target| / |target|, which counts as 1e-7 at least", Targets: Positive,
		Sides: eachSide(func(_ *ir.LossOptions, p, t float64) float64 { return p - t }),
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		scale := 100 / max(math.Abs(t), lossEpsilon)
		return scale * math.Abs(p-t), scale * sign(p-t)
	}),
	mean(Loss{
		Name: "mean_squared_logarithmic_error", Kernel: "meanSquaredLogarithmicError", Nanos: 25,
		Doc: "mean of (ln(score+1) - ln(target+1))^2, both 1e-7 at least", Targets: Positive,
		Sides: eachSide(func(_ *ir.LossOptions, p, _ float64) float64 { return p - lossEpsilon }),
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		q := max(p, lossEpsilon)
		e := math.Log1p(q) - math.Log1p(max(t, lossEpsilon))
		if p >= lossEpsilon {
			dy = 2 * e / (1 + q)
		}
		return e * e, dy
	}),
	mean(Loss{
		Name: "huber", Kernel: "huber", Doc: "mean of e^2/2 for errors up to delta, delta*|e| - delta^2/2 beyond",
		Options: []string{"delta"},
	}, func(o *ir.LossOptions, p, t float64) (y, dy float64) {
		e, delta := p-t, o[0]
		if math.Abs(e) <= delta {
			return e * e / 2, e
		}
		return delta*math.Abs(e) - delta*delta/2, delta * sign(e)
	}),
	mean(Loss{
		Name: "log_cosh", Kernel: "logCosh", Nanos: 59, Doc: "mean of ln(cosh(score - target))",
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		e := p - t
		// e + softplus(-2e) - ln 2, symmetric and without cancellation.
		a := math.Abs(e)
		return a + math.Log1p(math.Exp(-2*a)) - math.Ln2, math.Tanh(e)
	}),
	{
		Name: "cosine_similarity", Kernel: "cosineSimilarity",
		Doc: "-cosine of the angle between scores and target; norms count as 1e-7 at least",
		F: func(_ *ir.LossOptions, x, t []float64) float64 {
			dot, nx, nt := cosine(x, t)
			return -dot / (nx * nt)
		},
		Grad: func(_ *ir.LossOptions, dx, x, t []float64) {
			dot, nx, nt := cosine(x, t)
			along := 0.0 // what the norm of x adds
			if nx > lossEpsilon {
				along = dot / (nx * nx)
			}
			for j := range dx {
				dx[j] = (along*x[j] - t[j]) / (nx * nt)
			}
		},
	},
}

// cosine returns the dot product of two vectors and their norms, bounded from
// below.
func cosine(x, t []float64) (dot, nx, nt float64) {
	for j := range x {
		dot += x[j] * t[j]
		nx += x[j] * x[j]
		nt += t[j] * t[j]
	}
	return dot, max(math.Sqrt(nx), lossEpsilon), max(math.Sqrt(nt), lossEpsilon)
}
