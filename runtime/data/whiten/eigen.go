package whiten

import (
	"errors"
	"math"
)

// eigen turns the symmetric matrix a, [n][n], into its eigenvectors, a row each,
// and returns their eigenvalues, in no order. Steps over the columns of a are
// shared with each, which calls a function for parts of n.
func eigen(a []float64, n int, each func(n int, f func(i int))) ([]float64, error) {
	d, e := make([]float64, n), make([]float64, n)
	tridiagonal(a, n, d, e, each)
	return d, diagonal(a, n, d, e, each)
}

// strip is the number of columns that belong together when work is shared.
const strip = 64

// tridiagonal reduces a to a tridiagonal matrix, with the diagonal d and e[1:] below
// it, by reflections, and leaves in a the orthogonal matrix Q with Q a Q^T that
// matrix; Q's rows are made from the reflections at the end.
func tridiagonal(a []float64, n int, d, e []float64, each func(n int, f func(i int))) {
	row := func(i int) []float64 { return a[i*n : (i+1)*n] }
	p := make([]float64, n)
	factor := make([]float64, n) // of the reflections: I - u u^T / factor
	for i := n - 1; i > 0; i-- {
		u := row(i)[:i]
		scale := 0.0
		for _, v := range u[:i-1] {
			scale += math.Abs(v)
		}
		if scale == 0 { // nothing to remove
			e[i], factor[i] = u[i-1], 0
			continue
		}
		scale += math.Abs(u[i-1])
		h := 0.0
		for k := range u {
			u[k] /= scale
			h += float64(u[k] * u[k])
		}
		f := u[i-1]
		g := math.Copysign(math.Sqrt(h), -f)
		e[i] = scale * g
		h -= float64(f * g)
		u[i-1] = f - g
		factor[i] = h
		// p = A u / h of the part that is left, of which the lower half is there.
		// Each strip of rows is summed by itself; what the upper half is, by columns.
		for j := range i {
			p[j] = 0
		}
		parts := (i + strip - 1) / strip
		each(parts, func(s int) {
			for j := s * strip; j < min((s+1)*strip, i); j++ {
				p[j] = dot(row(j)[:j+1], u[:j+1])
			}
		})
		each(parts, func(s int) {
			lo, hi := s*strip, min((s+1)*strip, i)
			for k := lo + 1; k < i; k++ {
				r, w := row(k), u[k]
				for j := lo; j < min(hi, k); j++ {
					p[j] += float64(r[j] * w)
				}
			}
		})
		f = 0
		for j := range i {
			p[j] /= h
			f += float64(p[j] * u[j])
		}
		half := f / (h + h)
		for j := range i {
			p[j] -= float64(half * u[j])
		}
		each(parts, func(s int) {
			for j := s * strip; j < min((s+1)*strip, i); j++ {
				r, pj, uj := row(j)[:j+1], p[j], u[j]
				for k := range r {
					r[k] -= float64(uj*p[k]) + float64(pj*u[k])
				}
			}
		})
	}
	for i := range n {
		d[i] = row(i)[i]
	}
	// Row i of Q is that of the reflections before i, and so on: they are applied
	// to the unit matrix that grows from the upper left.
	for i := range n {
		r := row(i)
		if h := factor[i]; i > 0 && h != 0 {
			u := append([]float64(nil), r[:i]...)
			each((i+strip-1)/strip, func(s int) {
				for j := s * strip; j < min((s+1)*strip, i); j++ {
					q := row(j)[:i]
					by := dot(u, q) / h
					for k := range q {
						q[k] -= float64(by * u[k])
					}
				}
			})
		}
		clear(r[:i])
		for j := range i {
			row(j)[i] = 0
		}
		r[i] = 1
	}
}

// maxSteps is how often a QL step may be repeated for an eigenvalue: an order of
// magnitude more than any takes.
const maxSteps = 60

// diagonal makes the rows of q, those of tridiagonal, eigenvectors, and d the
// eigenvalues, by QL steps with implicit shifts.
func diagonal(q []float64, n int, d, e []float64, each func(n int, f func(i int))) error {
	copy(e, e[1:])
	e[n-1] = 0
	type rotation struct{ c, s float64 }
	turns := make([]rotation, n)
	for l := range n {
		for steps := 0; ; steps++ {
			m := l
			for m < n-1 {
				dd := math.Abs(d[m]) + math.Abs(d[m+1])
				if math.Abs(e[m])+dd == dd {
					break
				}
				m++
			}
			if m == l {
				break
			}
			if steps == maxSteps {
				return errors.New("the eigenvalues of the covariance do not converge")
			}
			g := (d[l+1] - d[l]) / (2 * e[l])
			r := math.Hypot(g, 1)
			g = d[m] - d[l] + e[l]/(g+math.Copysign(r, g))
			s, c, p := 1.0, 1.0, 0.0
			i, first := m-1, l
			for ; i >= l; i-- {
				f, b := float64(s*e[i]), float64(c*e[i])
				r = math.Hypot(f, g)
				e[i+1] = r
				if r == 0 { // underflow: the matrix falls apart here
					d[i+1] -= p
					e[m] = 0
					first = i + 1
					break
				}
				s, c = f/r, g/r
				g = d[i+1] - p
				r = float64((d[i]-g)*s) + float64(2*c*b)
				p = float64(s * r)
				d[i+1] = g + p
				g = float64(c*r) - b
				turns[i] = rotation{c, s}
			}
			// The rotations, on strips of columns that stay in the cache.
			each((n+strip-1)/strip, func(part int) {
				lo, hi := part*strip, min((part+1)*strip, n)
				for k := m - 1; k >= first; k-- {
					t := turns[k]
					x, y := q[k*n+lo:k*n+hi], q[(k+1)*n+lo:(k+1)*n+hi]
					y = y[:len(x)]
					for j, v := range x {
						w := y[j]
						y[j] = float64(t.s*v) + float64(t.c*w)
						x[j] = float64(t.c*v) - float64(t.s*w)
					}
				}
			})
			if i >= l {
				continue
			}
			d[l] -= p
			e[l] = g
			e[m] = 0
		}
	}
	return nil
}
