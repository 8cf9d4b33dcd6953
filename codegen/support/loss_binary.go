package support

import "math"

// halfSmoothed is the target of a binary crossentropy, smoothed.
func halfSmoothed(smoothing, t float64) float64 { return t*(1-smoothing) + smoothing/2 }

// crossentropyOf is the binary crossentropy of a probability, and its
// derivative.
func crossentropyOf(p, t float64) (y, dy float64) {
	q, slope := clipped(p)
	return -t*math.Log(q) - (1-t)*math.Log(1-q), slope * (q - t) / (q * (1 - q))
}

// crossentropyOfLogit is the same of a logit, stable for any.
func crossentropyOfLogit(z, t float64) (y, dy float64) {
	return max(z, 0) - z*t + math.Log1p(math.Exp(-math.Abs(z))), logistic(z) - t
}

// logistic is the sigmoid function.
func logistic(z float64) float64 {
	if z < 0 {
		e := math.Exp(z)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-z))
}

// binaryCrossentropyLoss is the mean crossentropy of probabilities (spec: losses,
// binary crossentropy).
func binaryCrossentropyLoss(loss []float64, targets, x []float32, outputs, stride int, smoothing float64) {
	meanLoss(loss, targets, x, outputs, stride, func(p, t float64) (y, dy float64) {
		return crossentropyOf(p, halfSmoothed(smoothing, t))
	})
}

func binaryCrossentropyGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, smoothing float64) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, func(p, t float64) (y, dy float64) {
		return crossentropyOf(p, halfSmoothed(smoothing, t))
	})
}

// sigmoidCrossentropyLoss is the mean crossentropy of the sigmoid of logits.
func sigmoidCrossentropyLoss(loss []float64, targets, z []float32, outputs, stride int, smoothing float64) {
	meanLoss(loss, targets, z, outputs, stride, func(z, t float64) (y, dy float64) {
		return crossentropyOfLogit(z, halfSmoothed(smoothing, t))
	})
}

func sigmoidCrossentropyGrad(dx, targets, z []float32, n, outputs, stride int, scale float32, smoothing float64) {
	meanGrad(dx, targets, z, n, outputs, stride, scale, func(z, t float64) (y, dy float64) {
		return crossentropyOfLogit(z, halfSmoothed(smoothing, t))
	})
}
