package support

import "math"

// meanSquaredErrorLoss is the mean squared difference of scores and targets.
func meanSquaredErrorLoss(loss []float64, targets, x []float32, outputs, stride int) {
	for i := range loss {
		sum := 0.0
		for j, v := range x[i*stride:][:outputs] {
			d := float64(v) - float64(targets[i*outputs+j])
			sum += d * d
		}
		loss[i] = sum / float64(outputs)
	}
}

func meanSquaredErrorGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	scale *= 2 / float32(outputs)
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		for j, v := range row {
			d[j] = (v - targets[i*outputs+j]) * scale
		}
	}
}

// signOf is -1, 0 or 1.
func signOf(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func absoluteError(p, t float64) (y, dy float64) { return math.Abs(p - t), signOf(p - t) }

// meanAbsoluteErrorLoss is the mean absolute difference; its derivative is 0
// where scores and targets are equal.
func meanAbsoluteErrorLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, absoluteError)
}

func meanAbsoluteErrorGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, absoluteError)
}

func percentageError(p, t float64) (y, dy float64) {
	k := 100 / max(math.Abs(t), probabilityFloor)
	return k * math.Abs(p-t), k * signOf(p-t)
}

// meanAbsolutePercentageErrorLoss is the mean absolute difference in per cent of
// the target.
func meanAbsolutePercentageErrorLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, percentageError)
}

func meanAbsolutePercentageErrorGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, percentageError)
}

func logarithmicError(p, t float64) (y, dy float64) {
	q := max(p, probabilityFloor)
	e := math.Log1p(q) - math.Log1p(max(t, probabilityFloor))
	if p >= probabilityFloor {
		dy = 2 * e / (1 + q)
	}
	return e * e, dy
}

// meanSquaredLogarithmicErrorLoss is the mean squared difference of ln(1+x).
func meanSquaredLogarithmicErrorLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, logarithmicError)
}

func meanSquaredLogarithmicErrorGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, logarithmicError)
}

func huberError(delta, e float64) (y, dy float64) {
	if math.Abs(e) <= delta {
		return e * e / 2, e
	}
	return delta*math.Abs(e) - delta*delta/2, delta * signOf(e)
}

// huberLoss is squared for errors up to delta and linear beyond.
func huberLoss(loss []float64, targets, x []float32, outputs, stride int, delta float64) {
	meanLoss(loss, targets, x, outputs, stride, func(p, t float64) (y, dy float64) { return huberError(delta, p-t) })
}

func huberGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, delta float64) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, func(p, t float64) (y, dy float64) { return huberError(delta, p-t) })
}

func logCoshError(p, t float64) (y, dy float64) {
	a := math.Abs(p - t)
	return a + math.Log1p(math.Exp(-2*a)) - math.Ln2, math.Tanh(p - t)
}

// logCoshLoss is the mean of ln(cosh(error)).
func logCoshLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, logCoshError)
}

func logCoshGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, logCoshError)
}

// cosineOf returns the dot product of two vectors and their norms, which count
// as 1e-7 at least.
func cosineOf(x, t []float32) (dot, nx, nt float64) {
	for j, v := range x {
		a, b := float64(v), float64(t[j])
		dot += a * b
		nx += a * a
		nt += b * b
	}
	return dot, max(math.Sqrt(nx), probabilityFloor), max(math.Sqrt(nt), probabilityFloor)
}

// cosineSimilarityLoss is minus the cosine of the angle between scores and
// target.
func cosineSimilarityLoss(loss []float64, targets, x []float32, outputs, stride int) {
	for i := range loss {
		dot, nx, nt := cosineOf(x[i*stride:][:outputs], targets[i*outputs:])
		loss[i] = -dot / (nx * nt)
	}
}

func cosineSimilarityGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	for i := range n {
		row, t, d := x[i*stride:][:outputs], targets[i*outputs:][:outputs], dx[i*stride:][:outputs]
		dot, nx, nt := cosineOf(row, t)
		along := 0.0
		if nx > probabilityFloor {
			along = dot / (nx * nx)
		}
		for j, v := range row {
			d[j] = float32((along*float64(v)-float64(t[j]))/(nx*nt)) * scale
		}
	}
}
