package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// divergenceLosses compare distributions (spec: losses, KL divergence and
// Poisson).
var divergenceLosses = []Loss{
	{
		Name: "kl_divergence", Kernel: "klDivergence", Nanos: 12,
		Doc:     "sum of t*ln(t/p), both bounded to [1e-7, 1]",
		Targets: Distribution, Scores: Unit, Ends: []string{"softmax", "sigmoid"},
		F: func(_ *ir.LossOptions, x, t []float64) (sum float64) {
			for j := range x {
				q := min(max(t[j], lossEpsilon), 1)
				sum += q * math.Log(q/min(max(x[j], lossEpsilon), 1))
			}
			return sum
		},
		Grad: func(_ *ir.LossOptions, dx, x, t []float64) {
			for j, p := range x {
				if p >= lossEpsilon && p <= 1 {
					dx[j] = -min(max(t[j], lossEpsilon), 1) / p
				}
			}
		},
		Sides: func(_ *ir.LossOptions, x, _ []float64, side func(float64)) {
			for _, p := range x {
				side(p - lossEpsilon)
				side(p - 1)
			}
		},
	},
	mean(Loss{
		Name: "poisson", Kernel: "poisson", Nanos: 12, Doc: "mean of p - t*ln(p + 1e-7)", Targets: Positive, Scores: Positive,
		Ends: []string{"exponential", "softplus", "relu", "relu6", "sigmoid", "hard_sigmoid", "softmax"},
	}, func(_ *ir.LossOptions, p, t float64) (y, dy float64) {
		return p - t*math.Log(p+lossEpsilon), 1 - t/(p+lossEpsilon)
	}),
}
