package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// binaryLosses are the crossentropies of scores that each answer a question of
// their own (spec: losses, binary crossentropy). The target t is smoothed to
// t*(1-a) + a/2.
var binaryLosses = []Loss{
	mean(Loss{
		Name: "binary_crossentropy", Kernel: "binaryCrossentropy", Nanos: 28,
		Doc:    "mean of -t*ln(q) - (1-t)*ln(1-q), q the score bounded to [1e-7, 1-1e-7]",
		Binary: true, Targets: Unit, Scores: Unit, Ends: []string{"sigmoid"},
		Options: []string{"label_smoothing"}, Of: "sigmoid", Logits: "sigmoid_crossentropy",
		Sides: func(_ *ir.LossOptions, x, _ []float64, side func(float64)) {
			for _, p := range x {
				side(p - lossEpsilon)
				side(p - 1 + lossEpsilon)
			}
		},
	}, func(o *ir.LossOptions, p, t float64) (y, dy float64) { return crossentropyOf(p, halfSmoothed(o[0], t)) }),
	mean(Loss{
		Name: "sigmoid_crossentropy", Kernel: "sigmoidCrossentropy", Nanos: 60,
		Doc:    "binary crossentropy of sigmoid(logits): mean of max(z,0) - z*t + ln(1+e^-|z|)",
		Binary: true, Targets: Unit, Options: []string{"label_smoothing"},
	}, func(o *ir.LossOptions, z, t float64) (y, dy float64) {
		return logitCrossentropy(z, halfSmoothed(o[0], t))
	}),
}

func halfSmoothed(a, t float64) float64 { return t*(1-a) + a/2 }

// crossentropyOf is the binary crossentropy of a probability and its derivative,
// which is 0 where the probability was bounded.
func crossentropyOf(p, t float64) (y, dy float64) {
	q, slope := bounded(p)
	return -t*math.Log(q) - (1-t)*math.Log(1-q), slope * (q - t) / (q * (1 - q))
}

// logitCrossentropy is the same of a logit.
func logitCrossentropy(z, t float64) (y, dy float64) {
	return max(z, 0) - z*t + math.Log1p(math.Exp(-math.Abs(z))), logistic(z) - t
}

// logistic is 1/(1+e^-z) without overflow.
func logistic(z float64) float64 {
	if z < 0 {
		e := math.Exp(z)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-z))
}
