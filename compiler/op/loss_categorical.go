package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// categoricalLosses are the crossentropies of one class among several (spec:
// losses, categorical crossentropy), and behind each the same of soft targets.
// Their option is the label smoothing: a target t becomes t*(1-a) + a/K.
var categoricalLosses = alsoSoft(func(target shareOf) []Loss {
	return []Loss{
		{
			Name: "categorical_crossentropy", Also: []string{"sparse_categorical_crossentropy"}, Kernel: "categoricalCrossentropy", Nanos: 9,
			Doc:    "-sum of t*ln(q), q the scores over their sum, bounded to [1e-7, 1-1e-7]",
			Scores: Unit, Ends: []string{"softmax", "sigmoid"},
			Options: []string{"label_smoothing"}, Of: "softmax", Logits: "softmax_crossentropy",
			F: func(o *ir.LossOptions, x, t []float64) float64 {
				sum, loss := total(x), 0.0
				for j := range x {
					q, _ := bounded(x[j] / sum)
					loss -= target(o[0], j, len(x), t) * math.Log(q)
				}
				return loss
			},
			Grad: func(o *ir.LossOptions, dx, x, t []float64) {
				// With s = dL/dq, dL/dx = (s - sum of s*q) / sum of x.
				sum, dot := total(x), 0.0
				for j := range x {
					q, slope := bounded(x[j] / sum)
					dx[j] = -slope * target(o[0], j, len(x), t) / q
					dot += dx[j] * x[j] / sum
				}
				for j := range dx {
					dx[j] = (dx[j] - dot) / sum
				}
			},
			Sides: func(o *ir.LossOptions, x, t []float64, side func(float64)) {
				sum := total(x)
				for j := range x {
					if target(o[0], j, len(x), t) > 0 {
						side(x[j]/sum - lossEpsilon)
						side(x[j]/sum - 1 + lossEpsilon)
					}
				}
			},
		},
		{
			// ln(sum e^z) - sum of t*z, without ever forming a probability.
			Name: "softmax_crossentropy", Kernel: "softmaxCrossentropy", Nanos: 0.4, ValueNanos: 7.8,
			Doc:     "-sum of t*ln(softmax(logits)), stable for any logits",
			Options: []string{"label_smoothing"}, FromSoftmax: true,
			F: func(o *ir.LossOptions, z, t []float64) float64 {
				loss := softmax(make([]float64, len(z)), z)
				for j := range z {
					if w := target(o[0], j, len(z), t); w != 0 {
						loss -= w * z[j]
					}
				}
				return loss
			},
			Grad: func(o *ir.LossOptions, dx, z, t []float64) {
				softmax(dx, z)
				for j := range dx {
					dx[j] -= target(o[0], j, len(z), t)
				}
			},
		},
	}
})

// shareOf is the target of score j of k, smoothed by a, from what t says: the
// class, or the share of every class.
type shareOf func(a float64, j, k int, t []float64) float64

// smoothed is the target of a class: 1 for that of t and 0 for others, smoothed.
func smoothed(a float64, j, k int, t []float64) float64 {
	y := a / float64(k)
	if j == int(t[0]) {
		y += 1 - a
	}
	return y
}

// softSmoothed is the target of shares of classes, smoothed.
func softSmoothed(a float64, j, k int, t []float64) float64 { return (1-a)*t[j] + a/float64(k) }

// softSuffix is what the names of losses of soft targets end in.
const softSuffix = "_soft"

// alsoSoft makes the rows of losses of one class, and after them those of the
// same losses of soft targets, which are the shares of all classes: those of
// mixed images, whose sum is 1. They are no losses of the language: Soft of the
// row of the class leads to them.
func alsoSoft(rows func(target shareOf) []Loss) []Loss {
	hard, soft := rows(smoothed), rows(softSmoothed)
	for i := range hard {
		hard[i].Classes, hard[i].Soft = true, hard[i].Name+softSuffix
		s := &soft[i]
		s.Name, s.Also, s.Kernel, s.Targets = s.Name+softSuffix, nil, s.Kernel+"Soft", Distribution
		s.Doc += ", t shares of classes"
		if s.Logits != "" {
			s.Logits += softSuffix
		}
	}
	return append(hard, soft...)
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}
