package support

import "math"

// probabilityFloor keeps probabilities away from 0 and 1 in logarithms (spec:
// losses, epsilon).
const probabilityFloor = 1e-7

// takeLogits begins the loss of each example: minus the logit of its class. It
// runs before softmax overwrites the logits.
func takeLogits(loss []float64, labels []int32, z []float32, stride int) {
	for i := range loss {
		loss[i] = -float64(z[i*stride+int(labels[i])])
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
func softmaxGrad(p []float32, labels []int32, classes, stride int, scale float32) {
	for i, label := range labels {
		row := p[i*stride:][:classes]
		row[label]--
		for j := range row {
			row[j] *= scale
		}
	}
}

// crossentropyLoss is -ln of the probability of each example's class, after
// dividing by the sum of the scores and clipping (spec: losses, categorical
// crossentropy).
func crossentropyLoss(loss []float64, labels []int32, s []float32, classes, stride int) {
	for i := range loss {
		row := s[i*stride:][:classes]
		sum := 0.0
		for _, v := range row {
			sum += float64(v)
		}
		q := float64(row[labels[i]]) / sum
		loss[i] = -math.Log(min(max(q, probabilityFloor), 1-probabilityFloor))
	}
}

// crossentropyGrad writes the gradient of crossentropyLoss, times scale, to dx,
// which may be s. It is zero where the probability is clipped.
func crossentropyGrad(dx []float32, labels []int32, s []float32, classes, stride int, scale float32) {
	for i, label := range labels {
		row, d := s[i*stride:][:classes], dx[i*stride:][:classes]
		sum := 0.0
		for _, v := range row {
			sum += float64(v)
		}
		p := float64(row[label])
		inside := p/sum >= probabilityFloor && p/sum <= 1-probabilityFloor
		for j := range d {
			g := 0.0
			if inside {
				g = 1 / sum
				if j == int(label) {
					g -= 1 / p
				}
			}
			d[j] = float32(g) * scale
		}
	}
}

// mseLoss is the mean squared difference of each example's scores and targets.
func mseLoss(loss []float64, targets, s []float32, outputs, stride int) {
	for i := range loss {
		sum := 0.0
		for j, v := range s[i*stride:][:outputs] {
			d := float64(v) - float64(targets[i*outputs+j])
			sum += d * d
		}
		loss[i] = sum / float64(outputs)
	}
}

// mseGrad writes the gradient of mseLoss for n examples, times scale, to dx,
// which may be s.
func mseGrad(dx, targets, s []float32, n, outputs, stride int, scale float32) {
	scale *= 2 / float32(outputs)
	for i := range n {
		row, d := s[i*stride:][:outputs], dx[i*stride:][:outputs]
		for j, v := range row {
			d[j] = (v - targets[i*outputs+j]) * scale
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

// softmaxBack writes the gradient of softmax for one example to dx, which may
// be dy: y*(dy - sum of dy*y) over the classes, 0 behind them.
func softmaxBack(dx, dy, y []float32, classes int) {
	dot := float32(0)
	for j, v := range y[:classes] {
		dot += v * dy[j]
	}
	for j, v := range y[:classes] {
		dx[j] = v * (dy[j] - dot)
	}
	clear(dx[classes:])
}
