package portable

import (
	"math"
	"math/rand/v2"
	"testing"
)

// random returns n normally distributed values.
func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// poisoned returns n values that no kernel may let through or leave in its result.
func poisoned(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(math.NaN())
	}
	return s
}

// ulps is the distance of got from want in units of the last place of float32 at want.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	if got == w || got != got && want != want {
		return 0
	}
	if got != got || math.IsInf(float64(got), 0) || math.IsInf(float64(w), 0) {
		return math.Inf(1)
	}
	_, exp := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(exp-24, -149))
}

// checkSums compares sums of products with float64 references: scale[i] is the sum of
// the absolute values of the terms, terms their number.
func checkSums(t *testing.T, got []float32, want, scale []float64, terms int) {
	t.Helper()
	for i, w := range want {
		if limit := scale[i]*float64(terms+2)*0x1p-24 + 1e-30; !(math.Abs(float64(got[i])-w) <= limit) {
			t.Fatalf("element %d: got %v, want %v within %.2g", i, got[i], w, limit)
		}
	}
}
