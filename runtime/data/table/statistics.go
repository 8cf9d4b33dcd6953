package table

import (
	"math"

	"github.com/cnnc/cnnc/runtime/rng"
)

// moments are the statistics of numbers that come one by one (Welford 1962).
type moments struct {
	n        int
	mean, m2 float64
	min, max float64
}

func (m *moments) add(x float64) {
	if m.n == 0 {
		m.min, m.max = x, x
	}
	m.n++
	d := x - m.mean
	m.mean += d / float64(m.n)
	m.m2 += d * (x - m.mean)
	m.min, m.max = min(m.min, x), max(m.max, x)
}

// deviation is the standard deviation of the population (divided by n).
func (m *moments) deviation() float64 {
	if m.n == 0 {
		return 0
	}
	return math.Sqrt(m.m2 / float64(m.n))
}

// quantile interpolates linearly between the sorted values: at q*(n-1).
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	w := at - float64(i)
	if w == 0 {
		return sorted[i]
	}
	return sorted[i]*(1-w) + sorted[i+1]*w
}

// SampleRows is the number of training rows up to which quartiles are exact.
const SampleRows = 1 << 20

// sampler returns which of n rows quartiles are computed of: all, or about
// SampleRows chosen by a hash of their numbers.
func sampler(n int) func(i int) bool {
	if n <= SampleRows {
		return func(int) bool { return true }
	}
	limit := uint64(float64(SampleRows) / float64(n) * (1 << 63) * 2)
	return func(i int) bool { return rng.Hash(uint64(i), rng.HashString("quartiles")) < limit }
}
