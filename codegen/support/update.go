package support

// span is a parameter that is updated: its range and its index. l1 and l2 are
// indices of scalars, -1 for none.
type span struct{ from, to, param, l1, l2 int }

// part is the k-th of n parts of total elements; its bounds are multiples of 16,
// the width of the widest vector.
func part(total, k, n int) (from, to int) {
	blocks := total / 16
	return blocks * k / n * 16, blocks * (k + 1) / n * 16
}

// factor is scalar i, 0 when there is none.
func factor(scalars []float32, i int) float32 {
	if i < 0 || scalars == nil {
		return 0
	}
	return scalars[i]
}
