package support

// Losses come in pairs, of which the names follow from op.Loss.Kernel:
//
//	huberLoss(loss, targets, x, outputs, stride, delta)
//	huberGrad(dx, targets, x, n, outputs, stride, scale, delta)
//
// The first writes the loss of each example, in float64. The second writes the
// gradient of n examples with respect to x, times scale, to dx, which may be x.
// Vectors of the outputs lie stride apart in x and dx. targets are vectors
// [n][outputs], or the classes. The numbers behind them are those of
// op.Loss.Options, in order.

// probabilityFloor keeps probabilities away from 0 and 1 in logarithms, and
// divisors from 0 (spec: losses, epsilon).
const probabilityFloor = 1e-7

// clipped bounds a probability; the slope is 0 where that changed it.
func clipped(p float64) (q, slope float64) {
	if p < probabilityFloor {
		return probabilityFloor, 0
	}
	if p > 1-probabilityFloor {
		return 1 - probabilityFloor, 0
	}
	return p, 1
}

// meanLoss is the mean over the outputs of f, the first result of which is the
// loss of a score and its target.
func meanLoss(loss []float64, targets, x []float32, outputs, stride int, f func(x, t float64) (y, dy float64)) {
	for i := range loss {
		sum := 0.0
		for j, v := range x[i*stride:][:outputs] {
			y, _ := f(float64(v), float64(targets[i*outputs+j]))
			sum += y
		}
		loss[i] = sum / float64(outputs)
	}
}

// meanGrad writes the gradient of meanLoss: the second result of f is the
// derivative.
func meanGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, f func(x, t float64) (y, dy float64)) {
	each := float64(scale) / float64(outputs)
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		for j, v := range row {
			_, dy := f(float64(v), float64(targets[i*outputs+j]))
			d[j] = float32(each * dy)
		}
	}
}

// sumOf is the sum of a vector, in its order.
func sumOf(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// weightGradients multiplies the gradients of examples by their weights, as many
// as there are.
func weightGradients(dx, weights []float32, outputs, stride int) {
	for i, w := range weights {
		row := dx[i*stride:][:outputs]
		for j := range row {
			row[j] *= w
		}
	}
}

// copyScores copies n examples' scores, stride apart, to [n][outputs].
func copyScores(scores, s []float32, n, outputs, stride int) {
	for i := range n {
		copy(scores[i*outputs:(i+1)*outputs], s[i*stride:])
	}
}

// clearPadding clears the cells between outputs and width of n vectors.
func clearPadding(s []float32, n, outputs, width, stride int) {
	for i := range n {
		clear(s[i*stride+outputs : i*stride+width])
	}
}
