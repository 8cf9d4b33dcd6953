package portable

import "unsafe"

// addGo: y[i] = a[i] + b[i] for i < n. y may be a or b.
func addGo(a, b, y *float32, n int) {
	p, q, r := unsafe.Slice(a, n), unsafe.Slice(b, n), unsafe.Slice(y, n)
	q, r = q[:len(p)], r[:len(p)]
	for i, v := range p {
		r[i] = v + q[i]
	}
}

// addReLUGo: y[i] = max(a[i]+b[i], 0) for i < n. y may be a or b. A NaN passes through.
func addReLUGo(a, b, y *float32, n int) {
	p, q, r := unsafe.Slice(a, n), unsafe.Slice(b, n), unsafe.Slice(y, n)
	q, r = q[:len(p)], r[:len(p)]
	for i, v := range p {
		s := v + q[i]
		if s < 0 {
			s = 0
		}
		r[i] = s
	}
}

// axpyGo: y[i] += a*x[i] for i < n.
func axpyGo(x, y *float32, n int, a float32) {
	p, q := unsafe.Slice(x, n), unsafe.Slice(y, n)
	q = q[:len(p)]
	for i, v := range p {
		q[i] += a * v
	}
}

// scaleGo: y[i] = a*x[i] for i < n. y may be x.
func scaleGo(x, y *float32, n int, a float32) {
	p, q := unsafe.Slice(x, n), unsafe.Slice(y, n)
	q = q[:len(p)]
	for i, v := range p {
		q[i] = a * v
	}
}
