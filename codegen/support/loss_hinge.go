package support

// signedTarget is the target of a margin loss: 0 counts as -1.
func signedTarget(t float64) float64 {
	if t == 0 {
		return -1
	}
	return t
}

func hingeTerm(p, t float64) (y, dy float64) {
	t = signedTarget(t)
	if m := 1 - t*p; m >= 0 {
		return m, -t
	}
	return 0, 0
}

// hingeLoss is the mean of max(1 - t*p, 0).
func hingeLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, hingeTerm)
}

func hingeGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, hingeTerm)
}

func squaredHingeTerm(p, t float64) (y, dy float64) {
	t = signedTarget(t)
	m := max(1-t*p, 0)
	return m * m, -2 * t * m
}

// squaredHingeLoss is the mean of max(1 - t*p, 0)^2.
func squaredHingeLoss(loss []float64, targets, x []float32, outputs, stride int) {
	meanLoss(loss, targets, x, outputs, stride, squaredHingeTerm)
}

func squaredHingeGrad(dx, targets, x []float32, n, outputs, stride int, scale float32) {
	meanGrad(dx, targets, x, n, outputs, stride, scale, squaredHingeTerm)
}

// rivals returns the largest score of another class, 0 at least, and how many
// have it.
func rivals(x []float32, class int) (largest float32, ties int) {
	ties = 1 // the class itself stands for 0
	for j, v := range x {
		switch {
		case j == class || v < largest:
		case v > largest:
			largest, ties = v, 1
		default:
			ties++
		}
	}
	return largest, ties
}

// categoricalHingeLoss is max(1 + the largest score of another class - the score
// of the class, 0).
func categoricalHingeLoss(loss []float64, labels []int32, x []float32, outputs, stride int) {
	for i := range loss {
		row, class := x[i*stride:][:outputs], int(labels[i])
		rival, _ := rivals(row, class)
		loss[i] = max(float64(rival)-float64(row[class])+1, 0)
	}
}

func categoricalHingeGrad(dx []float32, labels []int32, x []float32, n, outputs, stride int, scale float32) {
	for i := range n {
		row, d, class := x[i*stride:][:outputs], dx[i*stride:][:outputs], int(labels[i])
		rival, ties := rivals(row, class)
		inside := float64(rival)-float64(row[class])+1 >= 0
		share := scale / float32(ties)
		for j, v := range row {
			switch {
			case !inside:
				d[j] = 0
			case j == class:
				d[j] = -scale
			case v == rival:
				d[j] = share
			default:
				d[j] = 0
			}
		}
	}
}
