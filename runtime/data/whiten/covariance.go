package whiten

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// MaxValues is the longest vector: that of a covariance matrix of 128 MB.
const MaxValues = 4096

// Check reports vectors that are too long, with the arithmetic.
func Check(height, width, channels int) error {
	if n := height * width * channels; n > MaxValues {
		return fmt.Errorf("whiten of %dx%dx%d images needs a matrix of %d*%d = %.4g numbers, %.3g GB while it is learned; the limit is %d values an image",
			height, width, channels, n, n, float64(n)*float64(n), float64(n)*float64(n)*8/1e9, MaxValues)
	}
	return nil
}

// block is the number of vectors whose products are summed at once. The sums
// depend on it.
const block = 64

// Covariance sums up vectors of n values.
type Covariance struct {
	n, workers int
	count      int
	// origin is what is subtracted before products are formed: about the mean, so
	// that nothing is lost to cancellation.
	origin []float64
	sum    []float64 // of differences from origin
	cross  []float64 // [n][n], rows up to the diagonal: of products of differences
	// held are vectors that are not summed yet: value j of vector i at j*block+i.
	held []float64
	fill int
}

// New returns an empty sum, which that many goroutines add to.
func New(n, workers int) (*Covariance, error) {
	if n < 1 || n > MaxValues {
		return nil, fmt.Errorf("vectors of %d values, want 1..%d", n, MaxValues)
	}
	return &Covariance{n: n, workers: max(workers, 1), sum: make([]float64, n), cross: make([]float64, n*n), held: make([]float64, n*block)}, nil
}

// Add takes in a vector.
func (c *Covariance) Add(x []float32) {
	for j, v := range x {
		c.held[j*block+c.fill] = float64(v)
	}
	c.count++
	if c.fill++; c.fill == block {
		c.flush()
	}
}

// flush adds the vectors held.
func (c *Covariance) flush() {
	k := c.fill
	if k == 0 {
		return
	}
	c.fill = 0
	if c.origin == nil { // the mean of the first ones
		c.origin = make([]float64, c.n)
		for j := range c.origin {
			c.origin[j] = total(c.held[j*block:][:k]) / float64(k)
		}
	}
	for j, o := range c.origin {
		row := c.held[j*block:][:block]
		for i := range row {
			if row[i] -= o; i >= k {
				row[i] = 0
			}
		}
		c.sum[j] += total(row)
	}
	c.parallel(c.n, func(i int) {
		a, out := c.held[i*block:][:block], c.cross[i*c.n:][:i+1]
		for j := range out {
			out[j] += dot(a, c.held[j*block:][:block])
		}
	})
}

// parallel calls f for 0..n-1, from the longest row of a triangle to the shortest.
func (c *Covariance) parallel(n int, f func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(c.workers, n) {
		all.Go(func() {
			for {
				i := n - int(next.Add(1))
				if i < 0 {
					return
				}
				f(i)
			}
		})
	}
	all.Wait()
}

// finish returns mean and covariance (of a population) of all vectors; the matrix
// is the sum's own memory.
func (c *Covariance) finish() (mean, cov []float64, err error) {
	c.flush()
	if c.count < 2 {
		return nil, nil, errors.New("a covariance needs at least two examples")
	}
	n := float64(c.count)
	mean = make([]float64, c.n)
	for j := range mean {
		c.sum[j] /= n
		mean[j] = c.origin[j] + c.sum[j]
	}
	for i := range c.n {
		for j := range i + 1 {
			v := c.cross[i*c.n+j]/n - float64(c.sum[i]*c.sum[j])
			c.cross[i*c.n+j], c.cross[j*c.n+i] = v, v
		}
	}
	return mean, c.cross, nil
}

func total(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}

// dot is the product of two vectors, summed in four parts. Conversions forbid
// fused multiply-adds: the same bits everywhere.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for i := n; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
