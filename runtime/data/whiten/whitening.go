package whiten

import (
	"fmt"
	"math"
	"slices"
)

// Whitening is what makes vectors x white: Matrix times (x - Center).
type Whitening struct {
	Center []float32
	Matrix []float32 // [n][n], symmetric
	// Flat is the number of directions in which the vectors do not differ, but for
	// rounding. They are left out: a whitened vector has nothing in them.
	Flat int
}

// flat is the largest variance, as a share of the largest of all directions, that
// is rounding of single precision.
const flat = 1e-12

// Whitening ends the sum: with C = U diag(v) U^T the covariance, the matrix is
// U diag(1/(sqrt(v)+epsilon)) U^T.
func (c *Covariance) Whitening(epsilon float64) (*Whitening, error) {
	mean, u, err := c.finish()
	if err != nil {
		return nil, err
	}
	n := c.n
	variance, err := eigen(u, n, c.parallel)
	if err != nil {
		return nil, err
	}
	w := &Whitening{Center: make([]float32, n), Matrix: make([]float32, n*n)}
	for i, v := range mean {
		w.Center[i] = float32(v)
	}
	most := slices.Max(variance)
	if !(most > 0) || math.IsInf(most, 0) {
		return nil, fmt.Errorf("the largest variance in any direction is %v: the examples are all the same, or not finite", most)
	}
	// Rows of u times the square root of their factor: the matrix is the product
	// with itself, transposed first so that sums run along rows.
	for k, v := range variance {
		root := 0.0
		if v > flat*most {
			root = 1 / math.Sqrt(math.Sqrt(v)+epsilon)
		} else {
			w.Flat++
		}
		for j := range n {
			u[k*n+j] *= root
		}
	}
	transpose(u, n)
	c.parallel(n, func(i int) {
		a := u[i*n:][:n]
		for j := range i + 1 {
			v := float32(dot(a, u[j*n:][:n]))
			w.Matrix[i*n+j], w.Matrix[j*n+i] = v, v
		}
	})
	c.cross = nil // it is no sum any more
	return w, nil
}

// transpose exchanges rows and columns.
func transpose(a []float64, n int) {
	for i := range n {
		for j := range i {
			a[i*n+j], a[j*n+i] = a[j*n+i], a[i*n+j]
		}
	}
}
