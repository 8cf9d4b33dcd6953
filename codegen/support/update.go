package support

import "math"

// span is a range of the parameter vector that is updated alike. l1 and l2 are
// indices of scalars, -1 for none.
type span struct{ from, to, l1, l2 int }

// part is the k-th of n parts of total elements; its bounds are multiples of 16,
// the width of the widest vector.
func part(total, k, n int) (from, to int) {
	blocks := total / 16
	return blocks * k / n * 16, blocks * (k + 1) / n * 16
}

// factor is scalar i, 0 when there is none.
func factor(scalars []float32, i int) float32 {
	if i < 0 {
		return 0
	}
	return scalars[i]
}

// adamRate is the learning rate of update t, from 1, with Adam's correction of
// moments that began at zero (spec: optimizers, Adam).
func adamRate(rate, beta1, beta2 float64, t int) float32 {
	return float32(rate * math.Sqrt(1-math.Pow(beta2, float64(t))) / (1 - math.Pow(beta1, float64(t))))
}
