package support

import "math"

// smoothedTarget is the target of score j of k: 1 for the class and 0 for the
// others, smoothed.
func smoothedTarget(smoothing float64, j, k, class int) float64 {
	t := smoothing / float64(k)
	if j == class {
		t += 1 - smoothing
	}
	return t
}

// takeLogits begins the softmax crossentropy of each example: minus the logits
// as its target weighs them. It runs before softmax overwrites the logits.
func takeLogits(loss []float64, labels []int32, z []float32, outputs, stride int, smoothing float64) {
	for i := range loss {
		row := z[i*stride:][:outputs]
		loss[i] = -(1 - smoothing) * float64(row[labels[i]])
		if smoothing != 0 {
			loss[i] -= smoothing * sumOf(row) / float64(outputs)
		}
	}
}

// addLogSumExp completes what takeLogits began: stats holds, for each example,
// the largest logit and the sum of exp(logit - largest).
func addLogSumExp(loss []float64, stats []float32) {
	for i := range loss {
		loss[i] += float64(stats[2*i]) + math.Log(float64(stats[2*i+1]))
	}
}

// softmaxGrad turns probabilities into the gradient of softmax and crossentropy
// with respect to the logits, scale*(p - t), in place.
func softmaxGrad(p []float32, labels []int32, outputs, stride int, scale float32, smoothing float64) {
	rest := float32(smoothing / float64(outputs))
	for i, label := range labels {
		row := p[i*stride:][:outputs]
		row[label] -= float32(1 - smoothing)
		for j := range row {
			row[j] = (row[j] - rest) * scale
		}
	}
}

// softmaxCrossentropyLoss is the crossentropy of the softmax of logits.
func softmaxCrossentropyLoss(loss []float64, labels []int32, z []float32, outputs, stride int, smoothing float64) {
	takeLogits(loss, labels, z, outputs, stride, smoothing)
	for i := range loss {
		top, sum := expSum(z[i*stride:][:outputs])
		loss[i] += top + math.Log(sum)
	}
}

func softmaxCrossentropyGrad(dx []float32, labels []int32, z []float32, n, outputs, stride int, scale float32, smoothing float64) {
	for i := range n {
		row, d := z[i*stride:][:outputs], dx[i*stride:][:outputs]
		top, sum := expSum(row)
		for j, v := range row {
			p := math.Exp(float64(v)-top) / sum
			d[j] = float32(p-smoothedTarget(smoothing, j, outputs, int(labels[i]))) * scale
		}
	}
}

// expSum returns the largest logit and the sum of exp(logit - largest).
func expSum(z []float32) (top, sum float64) {
	top = math.Inf(-1)
	for _, v := range z {
		top = max(top, float64(v))
	}
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	return top, sum
}

// categoricalCrossentropyLoss is the crossentropy of the scores' shares of their
// sum, clipped (spec: losses, categorical crossentropy).
func categoricalCrossentropyLoss(loss []float64, labels []int32, x []float32, outputs, stride int, smoothing float64) {
	for i := range loss {
		row := x[i*stride:][:outputs]
		sum := sumOf(row)
		loss[i] = 0
		for j, v := range row {
			if t := smoothedTarget(smoothing, j, outputs, int(labels[i])); t != 0 {
				q, _ := clipped(float64(v) / sum)
				loss[i] -= t * math.Log(q)
			}
		}
	}
}

func categoricalCrossentropyGrad(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32, smoothing float64) {
	for i := range n {
		row, d := x[i*stride:][:outputs], dx[i*stride:][:outputs]
		sum, dot := sumOf(row), 0.0
		for j, v := range row {
			q, slope := clipped(float64(v) / sum)
			dot -= slope * smoothedTarget(smoothing, j, outputs, int(labels[i])) / q * float64(v) / sum
		}
		for j, v := range row {
			q, slope := clipped(float64(v) / sum)
			d[j] = float32((-slope*smoothedTarget(smoothing, j, outputs, int(labels[i]))/q-dot)/sum) * scale
		}
	}
}
