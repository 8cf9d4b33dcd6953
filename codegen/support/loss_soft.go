package support

import "math"

// Losses of soft targets: shares of all classes, [n][outputs], with the sum 1.
// Otherwise they are those of loss_categorical.go and loss_focal.go.

// softTarget is a share of a class, smoothed.
func softTarget(smoothing float64, outputs int, share float32) float64 {
	return (1-smoothing)*float64(share) + smoothing/float64(outputs)
}

// takeLogitsSoft begins the softmax crossentropy of each example as takeLogits
// does.
func takeLogitsSoft(loss []float64, targets, z []float32, outputs, stride int, smoothing float64) {
	for i := range loss {
		loss[i] = 0
		for j, v := range z[i*stride:][:outputs] {
			if t := softTarget(smoothing, outputs, targets[i*outputs+j]); t != 0 {
				loss[i] -= t * float64(v)
			}
		}
	}
}

// softmaxGradSoft turns probabilities into the gradient of softmax and
// crossentropy with respect to the logits, scale*(p - t), in place. n examples
// are as many as there are targets.
func softmaxGradSoft(p, targets []float32, n, outputs, stride int, scale float32, smoothing float64) {
	for i := range n {
		row := p[i*stride:][:outputs]
		for j, v := range row {
			row[j] = (v - float32(softTarget(smoothing, outputs, targets[i*outputs+j]))) * scale
		}
	}
}

// softmaxCrossentropySoftLoss is the crossentropy of the softmax of logits.
func softmaxCrossentropySoftLoss(loss []float64, targets, z []float32, outputs, stride int, smoothing float64) {
	takeLogitsSoft(loss, targets, z, outputs, stride, smoothing)
	for i := range loss {
		top, sum := expSum(z[i*stride:][:outputs])
		loss[i] += top + math.Log(sum)
	}
}

func softmaxCrossentropySoftGrad(dx, targets, z []float32, n, outputs, stride int, scale float32, smoothing float64) {
	for i := range n {
		row, d := z[i*stride:][:outputs], dx[i*stride:][:outputs]
		top, sum := expSum(row)
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			d[j] = float32(p-softTarget(smoothing, outputs, targets[i*outputs+j])) * scale
		}
	}
}

// categoricalCrossentropySoftLoss is the crossentropy of the scores' shares of
// their sum, clipped.
func categoricalCrossentropySoftLoss(loss []float64, targets, x []float32, outputs, stride int, smoothing float64) {
	for i := range loss {
		row := x[i*stride:][:outputs]
		sum := sumOf(row)
		loss[i] = 0
		for j, v := range row {
			if t := softTarget(smoothing, outputs, targets[i*outputs+j]); t != 0 {
				q, _ := clipped(float64(v) / sum)
				loss[i] -= t * math.Log(q)
			}
		}
	}
}

func categoricalCrossentropySoftGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, smoothing float64) {
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		sum, dot := sumOf(row), 0.0
		for j, v := range row {
			q, slope := clipped(float64(v) / sum)
			dot -= slope * softTarget(smoothing, outputs, targets[i*outputs+j]) / q * float64(v) / sum
		}
		for j, v := range row {
			q, slope := clipped(float64(v) / sum)
			d[j] = float32((-slope*softTarget(smoothing, outputs, targets[i*outputs+j])/q-dot)/sum) * scale
		}
	}
}

// categoricalFocalSoftLoss is the focal crossentropy of the scores' shares of
// their sum.
func categoricalFocalSoftLoss(loss []float64, targets, x []float32, outputs, stride int, alpha, gamma, smoothing float64) {
	for i := range loss {
		row := x[i*stride:][:outputs]
		sum := sumOf(row)
		loss[i] = 0
		for j, v := range row {
			y, _ := focalTerm(alpha, gamma, float64(v)/sum, softTarget(smoothing, outputs, targets[i*outputs+j]))
			loss[i] += y
		}
	}
}

func categoricalFocalSoftGrad(dx, targets, x []float32, n, outputs, stride int, scale float32, alpha, gamma, smoothing float64) {
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		sum, dot := sumOf(row), 0.0
		for j, v := range row {
			_, dy := focalTerm(alpha, gamma, float64(v)/sum, softTarget(smoothing, outputs, targets[i*outputs+j]))
			dot += dy * float64(v) / sum
		}
		for j, v := range row {
			_, dy := focalTerm(alpha, gamma, float64(v)/sum, softTarget(smoothing, outputs, targets[i*outputs+j]))
			d[j] = float32((dy-dot)/sum) * scale
		}
	}
}

// softmaxFocalSoftLoss is the focal crossentropy of the softmax of logits.
func softmaxFocalSoftLoss(loss []float64, targets, z []float32, outputs, stride int, alpha, gamma, smoothing float64) {
	for i := range loss {
		row := z[i*stride:][:outputs]
		top, sum := expSum(row)
		loss[i] = 0
		for j, v := range row {
			y, _ := focalTerm(alpha, gamma, math.Exp(float64(v)-top)/sum, softTarget(smoothing, outputs, targets[i*outputs+j]))
			loss[i] += y
		}
	}
}

func softmaxFocalSoftGrad(dx, targets, z []float32, n, outputs, stride int, scale float32, alpha, gamma, smoothing float64) {
	for i := range n {
		row, d := z[i*stride:][:outputs], dx[i*stride:][:outputs]
		top, sum := expSum(row)
		dot := 0.0
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			_, dy := focalTerm(alpha, gamma, p, softTarget(smoothing, outputs, targets[i*outputs+j]))
			dot += dy * p
		}
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			_, dy := focalTerm(alpha, gamma, p, softTarget(smoothing, outputs, targets[i*outputs+j]))
			d[j] = float32(p*(dy-dot)) * scale
		}
	}
}
