package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// categoricalLosses are the crossentropies of one class among several (spec:
// losses, categorical crossentropy). Their option is the label smoothing: the
// target of the class is 1-a+a/K, that of the others a/K.
var categoricalLosses = []Loss{
	{
		Name: "categorical_crossentropy", Also: []string{"sparse_categorical_crossentropy"}, Kernel: "categoricalCrossentropy",
		Doc:     "-sum of t*ln(q), q the scores over their sum, bounded to [1e-7, 1-1e-7]",
		Classes: true, Scores: Unit, Ends: []string{"softmax", "sigmoid"},
		Options: []string{"label_smoothing"}, Of: "softmax", Logits: "softmax_crossentropy",
		F: func(o *ir.LossOptions, x, t []float64) float64 {
			sum, loss := total(x), 0.0
			for j := range x {
				q, _ := bounded(x[j] / sum)
				loss -= smoothed(o[0], j, len(x), t) * math.Log(q)
			}
			return loss
		},
		Grad: func(o *ir.LossOptions, dx, x, t []float64) {
			// With s = dL/dq, dL/dx = (s - sum of s*q) / sum of x.
			sum, dot := total(x), 0.0
			for j := range x {
				q, slope := bounded(x[j] / sum)
				dx[j] = -slope * smoothed(o[0], j, len(x), t) / q
				dot += dx[j] * x[j] / sum
			}
			for j := range dx {
				dx[j] = (dx[j] - dot) / sum
			}
		},
		Sides: func(o *ir.LossOptions, x, t []float64, side func(float64)) {
			sum := total(x)
			for j := range x {
				if smoothed(o[0], j, len(x), t) > 0 {
					side(x[j]/sum - lossEpsilon)
					side(x[j]/sum - 1 + lossEpsilon)
				}
			}
		},
	},
	{
		// ln(sum e^z) - sum of t*z, without ever forming a probability.
		Name: "softmax_crossentropy", Kernel: "softmaxCrossentropy",
		Doc:     "-sum of t*ln(softmax(logits)), stable for any logits",
		Classes: true, Options: []string{"label_smoothing"}, FromSoftmax: true,
		F: func(o *ir.LossOptions, z, t []float64) float64 {
			loss := softmax(make([]float64, len(z)), z)
			for j := range z {
				if w := smoothed(o[0], j, len(z), t); w != 0 {
					loss -= w * z[j]
				}
			}
			return loss
		},
		Grad: func(o *ir.LossOptions, dx, z, t []float64) {
			softmax(dx, z)
			for j := range dx {
				dx[j] -= smoothed(o[0], j, len(z), t)
			}
		},
	},
}

// smoothed is the target of score j of k: 1 for the class of t and 0 for others,
// smoothed by a.
func smoothed(a float64, j, k int, t []float64) float64 {
	y := a / float64(k)
	if j == int(t[0]) {
		y += 1 - a
	}
	return y
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}
