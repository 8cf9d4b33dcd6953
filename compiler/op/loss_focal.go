package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// focalLosses are crossentropies that weigh examples by how wrong they are (Lin
// et al. 2017; spec: losses, focal crossentropy). Of a binary focal loss the
// options are alpha, gamma, whether alpha is used, and the label smoothing; of a
// categorical one alpha, gamma and the label smoothing.
var focalLosses = append(alsoSoft(func(target shareOf) []Loss {
	return []Loss{
		{
			Name: "categorical_focal_crossentropy", Kernel: "categoricalFocal",
			Doc:    "sum of alpha * (1-q)^gamma * -t*ln(q), q the scores over their sum, bounded to [1e-7, 1-1e-7]",
			Scores: Unit, Ends: []string{"softmax"},
			Options: []string{"alpha", "gamma", "label_smoothing"}, Of: "softmax", Logits: "softmax_focal_crossentropy",
			F: func(o *ir.LossOptions, x, t []float64) float64 {
				sum, loss := total(x), 0.0
				for j := range x {
					y, _ := focal(o, x[j]/sum, target(o[2], j, len(x), t))
					loss += y
				}
				return loss
			},
			Grad: func(o *ir.LossOptions, dx, x, t []float64) {
				sum, dot := total(x), 0.0
				for j := range x {
					_, dx[j] = focal(o, x[j]/sum, target(o[2], j, len(x), t))
					dot += dx[j] * x[j] / sum
				}
				for j := range dx {
					dx[j] = (dx[j] - dot) / sum
				}
			},
			Sides: func(_ *ir.LossOptions, x, _ []float64, side func(float64)) {
				sum := total(x)
				for j := range x {
					side(x[j]/sum - lossEpsilon)
					side(x[j]/sum - 1 + lossEpsilon)
				}
			},
		},
		{
			Name: "softmax_focal_crossentropy", Kernel: "softmaxFocal",
			Doc:     "categorical focal crossentropy of softmax(logits)",
			Options: []string{"alpha", "gamma", "label_smoothing"},
			F: func(o *ir.LossOptions, z, t []float64) float64 {
				p, loss := make([]float64, len(z)), 0.0
				softmax(p, z)
				for j := range p {
					y, _ := focal(o, p[j], target(o[2], j, len(z), t))
					loss += y
				}
				return loss
			},
			Grad: func(o *ir.LossOptions, dx, z, t []float64) {
				p, dot := make([]float64, len(z)), 0.0
				softmax(p, z)
				for j := range p {
					_, dx[j] = focal(o, p[j], target(o[2], j, len(z), t))
					dot += dx[j] * p[j]
				}
				for j := range p {
					dx[j] = p[j] * (dx[j] - dot)
				}
			},
			Sides: func(_ *ir.LossOptions, z, _ []float64, side func(float64)) {
				p := make([]float64, len(z))
				softmax(p, z)
				for j := range p {
					side(p[j] - lossEpsilon)
					side(p[j] - 1 + lossEpsilon)
				}
			},
		},
	}
}),
	mean(Loss{
		Name: "binary_focal_crossentropy", Kernel: "binaryFocal", Nanos: 70,
		Doc:    "mean of b * (1-pt)^gamma * binary crossentropy, pt the probability of the target",
		Binary: true, Targets: Unit, Scores: Unit, Ends: []string{"sigmoid"},
		Options: []string{"alpha", "gamma", "apply_class_balancing", "label_smoothing"}, Of: "sigmoid", Logits: "sigmoid_focal_crossentropy",
		Sides: func(_ *ir.LossOptions, x, _ []float64, side func(float64)) {
			for _, p := range x {
				side(p - lossEpsilon)
				side(p - 1 + lossEpsilon)
			}
		},
	}, func(o *ir.LossOptions, p, t float64) (y, dy float64) {
		t = halfSmoothed(o[3], t)
		ce, dce := crossentropyOf(p, t)
		return binaryFocal(o, p, t, ce, dce, 1)
	}),
	mean(Loss{
		Name: "sigmoid_focal_crossentropy", Kernel: "sigmoidFocal", Nanos: 70,
		Doc:    "binary focal crossentropy of sigmoid(logits)",
		Binary: true, Targets: Unit,
		Options: []string{"alpha", "gamma", "apply_class_balancing", "label_smoothing"},
	}, func(o *ir.LossOptions, z, t float64) (y, dy float64) {
		t = halfSmoothed(o[3], t)
		p := logistic(z)
		ce, dce := logitCrossentropy(z, t)
		return binaryFocal(o, p, t, ce, dce, p*logistic(-z))
	}),
)

// focal is the term of one class of a categorical focal loss, and its
// derivative with respect to the probability p.
func focal(o *ir.LossOptions, p, t float64) (y, dy float64) {
	q, slope := bounded(p)
	alpha, gamma := o[0], o[1]
	far, log := math.Pow(1-q, gamma), math.Log(q)
	return -alpha * far * t * log, slope * alpha * t * (gamma*math.Pow(1-q, gamma-1)*log - far/q)
}

// binaryFocal weighs the crossentropy ce, whose derivative is dce; dp is the
// derivative of the probability p.
func binaryFocal(o *ir.LossOptions, p, t, ce, dce, dp float64) (y, dy float64) {
	alpha, gamma, b := o[0], o[1], 1.0
	if o[2] != 0 {
		b = t*alpha + (1-t)*(1-alpha)
	}
	far := 1 - (t*p + (1-t)*(1-p))
	weight := math.Pow(far, gamma)
	dweight := 0.0
	if gamma != 0 {
		// For gamma below 1 the power has a pole at a probability of 1, where the
		// crossentropy is 0.
		dweight = -gamma * math.Pow(max(far, lossEpsilon), gamma-1) * (2*t - 1) * dp
	}
	return b * weight * ce, b * (dweight*ce + weight*dce)
}
