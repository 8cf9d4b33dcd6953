package op

import (
	"github.com/cnnc/cnnc/compiler/ir"
)

// overlapLosses measure the overlap of scores and target as sets (spec: losses,
// margin and overlap losses), for each example by itself: axis=-1. Keras's
// default sums over the whole batch, which no example's gradient could be
// computed without.
var overlapLosses = []Loss{
	{
		Name: "dice", Kernel: "dice", Doc: "1 - 2*sum(t*p) / (sum t + sum p + 1e-7), over the scores of an example",
		Targets: Unit, Scores: Unit, Ends: []string{"sigmoid", "softmax"},
		F: func(_ *ir.LossOptions, x, t []float64) float64 {
			both, sum := 0.0, lossEpsilon
			for j := range x {
				both += x[j] * t[j]
				sum += x[j] + t[j]
			}
			return 1 - 2*both/sum
		},
		Grad: func(_ *ir.LossOptions, dx, x, t []float64) {
			both, sum := 0.0, lossEpsilon
			for j := range x {
				both += x[j] * t[j]
				sum += x[j] + t[j]
			}
			for j := range dx {
				dx[j] = 2 * (both/sum - t[j]) / sum
			}
		},
	},
	{
		Name: "tversky", Kernel: "tversky", Doc: "1 - tp / (tp + alpha*fp + beta*fn + 1e-7), over the scores of an example",
		Targets: Unit, Scores: Unit, Ends: []string{"sigmoid", "softmax"}, Options: []string{"alpha", "beta"},
		F: func(o *ir.LossOptions, x, t []float64) float64 {
			tp, sum := overlap(o, x, t)
			return 1 - tp/sum
		},
		Grad: func(o *ir.LossOptions, dx, x, t []float64) {
			tp, sum := overlap(o, x, t)
			for j := range dx {
				// The derivatives of tp and of the sum below it.
				dsum := t[j] + o[0]*(1-t[j]) - o[1]*t[j]
				dx[j] = (tp/sum*dsum - t[j]) / sum
			}
		},
	},
}

// overlap returns the true positives, and what they are divided by.
func overlap(o *ir.LossOptions, x, t []float64) (tp, sum float64) {
	sum = lossEpsilon
	for j := range x {
		tp += x[j] * t[j]
		sum += x[j]*t[j] + o[0]*x[j]*(1-t[j]) + o[1]*(1-x[j])*t[j]
	}
	return tp, sum
}
