package initializer

import (
	"math"

	"github.com/cnnc/cnnc/runtime/rng"
)

// orthogonal fills dst, rows of cols values, with a matrix whose columns (or rows,
// where there are fewer) are orthogonal and of length gain (spec: initializers,
// Orthogonal; A. Saxe et al., ICLR 2014): the factor Q of a random normal matrix,
// signed so that the diagonal of R is positive. That is what Gram and Schmidt's
// method gives; done twice for each vector, it is orthogonal to rounding (L.
// Giraud et al., 2005). It takes rows*cols*min(rows, cols) multiplications, four
// times.
func orthogonal(dst []float32, cols int, gain float64, r *rng.Rand) {
	rows := len(dst) / max(cols, 1)
	long, short := max(rows, cols), min(rows, cols)
	// The random matrix is long x short; q has its columns one after the other.
	q := make([]float64, long*short)
	for i := range long {
		for j := range short {
			q[j*long+i] = r.Normal()
		}
	}
	for j := range short {
		v := q[j*long : (j+1)*long]
		for range 2 {
			for k := range j {
				u := q[k*long : (k+1)*long]
				c := dot(u, v)
				for i, x := range u {
					v[i] -= float64(c * x)
				}
			}
		}
		n := math.Sqrt(dot(v, v))
		for i := range v {
			v[i] /= n
		}
	}
	for i := range rows {
		for j := range cols {
			at := j*long + i
			if rows < cols {
				at = i*long + j
			}
			dst[i*cols+j] = float32(gain * q[at])
		}
	}
}

// dot adds products in four sums. The conversions keep them from being fused, so
// that every machine has the same bits.
func dot(x, y []float64) float64 {
	var s [4]float64
	y = y[:len(x)]
	for i, v := range x {
		s[i%4] += float64(v * y[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
