package support

import "math"

// focalTerm is the term of one class of a categorical focal loss, and its
// derivative with respect to the probability.
func focalTerm(alpha, gamma, p, t float64) (y, dy float64) {
	q, slope := clipped(p)
	far, log := math.Pow(1-q, gamma), math.Log(q)
	return -alpha * far * t * log, slope * alpha * t * (gamma*math.Pow(1-q, gamma-1)*log - far/q)
}

// categoricalFocalLoss is the focal crossentropy of the scores' shares of their
// sum (spec: losses, categorical focal crossentropy).
func categoricalFocalLoss(loss []float64, labels []int32, x []float32, outputs, stride int, alpha, gamma, smoothing float64) {
	for i := range loss {
		row := x[i*stride:][:outputs]
		sum := sumOf(row)
		loss[i] = 0
		for j, v := range row {
			y, _ := focalTerm(alpha, gamma, float64(v)/sum, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			loss[i] += y
		}
	}
}

func categoricalFocalGrad(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32, alpha, gamma, smoothing float64) {
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		sum, dot := sumOf(row), 0.0
		for j, v := range row {
			_, dy := focalTerm(alpha, gamma, float64(v)/sum, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			dot += dy * float64(v) / sum
		}
		for j, v := range row {
			_, dy := focalTerm(alpha, gamma, float64(v)/sum, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			d[j] = float32((dy-dot)/sum) * scale
		}
	}
}

// softmaxFocalLoss is the focal crossentropy of the softmax of logits.
func softmaxFocalLoss(loss []float64, labels []int32, z []float32, outputs, stride int, alpha, gamma, smoothing float64) {
	for i := range loss {
		row := z[i*stride:][:outputs]
		top, sum := expSum(row)
		loss[i] = 0
		for j, v := range row {
			y, _ := focalTerm(alpha, gamma, math.Exp(float64(v)-top)/sum, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			loss[i] += y
		}
	}
}

func softmaxFocalGrad(dx []float32, labels []int32, z []float32, n, outputs, stride int, scale float32, alpha, gamma, smoothing float64) {
	for i := range n {
		row, d := z[i*stride:][:outputs], dx[i*stride:][:outputs]
		top, sum := expSum(row)
		dot := 0.0
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			_, dy := focalTerm(alpha, gamma, p, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			dot += dy * p
		}
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			_, dy := focalTerm(alpha, gamma, p, smoothedTarget(smoothing, j, outputs, int(labels[i])))
			d[j] = float32(p*(dy-dot)) * scale
		}
	}
}

// weighFocal weighs a binary crossentropy by how far the probability p is from
// the target; dce and dp are the derivatives of crossentropy and probability.
func weighFocal(alpha, gamma, balanced, p, t, ce, dce, dp float64) (y, dy float64) {
	b := 1.0
	if balanced != 0 {
		b = t*alpha + (1-t)*(1-alpha)
	}
	far := 1 - (t*p + (1-t)*(1-p))
	weight, dweight := math.Pow(far, gamma), 0.0
	if gamma != 0 {
		dweight = -gamma * math.Pow(max(far, probabilityFloor), gamma-1) * (2*t - 1) * dp
	}
	return b * weight * ce, b * (dweight*ce + weight*dce)
}

// focalOf and focalOfLogit are the binary focal crossentropy of a probability
// and of a logit.
func focalOf(alpha, gamma, balanced, smoothing float64) func(p, t float64) (y, dy float64) {
	return func(p, t float64) (y, dy float64) {
		t = halfSmoothed(smoothing, t)
		ce, dce := crossentropyOf(p, t)
		return weighFocal(alpha, gamma, balanced, p, t, ce, dce, 1)
	}
}

func focalOfLogit(alpha, gamma, balanced, smoothing float64) func(z, t float64) (y, dy float64) {
	return func(z, t float64) (y, dy float64) {
		t = halfSmoothed(smoothing, t)
		p := logistic(z)
		ce, dce := crossentropyOfLogit(z, t)
		return weighFocal(alpha, gamma, balanced, p, t, ce, dce, p*logistic(-z))
	}
}

// binaryFocalLoss is the mean focal crossentropy of probabilities (spec: losses,
// binary focal crossentropy).
func binaryFocalLoss(loss []float64, targets, x []float32, outputs, stride int, alpha, gamma, balanced, smoothing float64) {
	meanLoss(loss, targets, x, outputs, stride, focalOf(alpha, gamma, balanced, smoothing))
}

func binaryFocalGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, alpha, gamma, balanced, smoothing float64) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, focalOf(alpha, gamma, balanced, smoothing))
}

// sigmoidFocalLoss is the same of the sigmoid of logits.
func sigmoidFocalLoss(loss []float64, targets, z []float32, outputs, stride int, alpha, gamma, balanced, smoothing float64) {
	meanLoss(loss, targets, z, outputs, stride, focalOfLogit(alpha, gamma, balanced, smoothing))
}

func sigmoidFocalGrad(dx, targets, z []float32, n, outputs, stride int, scale float32, alpha, gamma, balanced, smoothing float64) {
	meanGrad(dx, targets, z, n, outputs, stride, scale, focalOfLogit(alpha, gamma, balanced, smoothing))
}
