package compilertest

import (
	"math"
	"testing"
)

// Close reports an error when got and want differ in length or, anywhere, by
// more than tolerance times the largest magnitude of want (at least 1e-30). A
// NaN is never close.
func Close(t testing.TB, name string, got, want []float64, tolerance float64) {
	t.Helper()
	CloseAbove(t, name, got, want, tolerance, 0)
}

// CloseAbove is Close for a want that may be zero but for rounding: its largest
// magnitude counts as at least least. Such is the gradient of a bias in front of
// a batchnorm, which the mean takes out again.
func CloseAbove(t testing.TB, name string, got, want []float64, tolerance, least float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d elements, want %d", name, len(got), len(want))
		return
	}
	top := max(least, 1e-30)
	for _, w := range want {
		top = max(top, math.Abs(w))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*top) {
			t.Errorf("%s: element %d is %.9g, want %.9g (largest %.3g)", name, i, got[i], want[i], top)
			return
		}
	}
}
