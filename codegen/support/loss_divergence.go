package support

import "math"

// klDivergenceLoss is the Kullback-Leibler divergence of the scores from the
// target, both bounded to [1e-7, 1].
func klDivergenceLoss(loss []float64, targets, x []float32, outputs, stride int) {
	for i := range loss {
		loss[i] = 0
		for j, v := range x[i*stride:][:outputs] {
			q := min(max(float64(targets[i*outputs+j]), probabilityFloor), 1)
			loss[i] += q * math.Log(q/min(max(float64(v), probabilityFloor), 1))
		}
	}
}

func klDivergenceGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		for j, v := range row {
			p, g := float64(v), 0.0
			if p >= probabilityFloor && p <= 1 {
				g = -min(max(float64(targets[i*outputs+j]), probabilityFloor), 1) / p
			}
			d[j] = float32(g) * scale
		}
	}
}

func poissonTerm(p, t float64) (y, dy float64) {
	return p - t*math.Log(p+probabilityFloor), 1 - t/(p+probabilityFloor)
}

// poissonLoss is minus the logarithm of a Poisson likelihood, but for what does
// not depend on the scores.
func poissonLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, poissonTerm)
}

func poissonGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, poissonTerm)
}
