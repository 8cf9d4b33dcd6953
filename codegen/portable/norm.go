package portable

import "unsafe"

// normGo normalizes n pixels of c channels:
//
//	for o < n, cc < c:
//	    y[o*c+cc] = (x[o*c+cc]-mean[cc])*scale[cc] + shift[cc]
//
// y may be x.
func normGo(x, mean, scale, shift, y *float32, n, c int) {
	m, a, b := unsafe.Slice(mean, c), unsafe.Slice(scale, c), unsafe.Slice(shift, c)
	a, b = a[:len(m)], b[:len(m)]
	for o := range n {
		p, q := normPixel(x, o, c), normPixel(y, o, c)
		p, q = p[:len(m)], q[:len(m)]
		for i, e := range m {
			q[i] = (p[i]-e)*a[i] + b[i]
		}
	}
}

// normReLUGo is normGo with relu. A NaN passes through.
func normReLUGo(x, mean, scale, shift, y *float32, n, c int) {
	normGo(x, mean, scale, shift, y, n, c)
	normRelu(y, n*c)
}

// normAddGo is normGo with add[o*c+cc] added. y may be x or add.
func normAddGo(x, mean, scale, shift, add, y *float32, n, c int) {
	m, a, b := unsafe.Slice(mean, c), unsafe.Slice(scale, c), unsafe.Slice(shift, c)
	a, b = a[:len(m)], b[:len(m)]
	for o := range n {
		p, s, q := normPixel(x, o, c), normPixel(add, o, c), normPixel(y, o, c)
		p, s, q = p[:len(m)], s[:len(m)], q[:len(m)]
		for i, e := range m {
			q[i] = (p[i]-e)*a[i] + b[i] + s[i]
		}
	}
}

// normAddReLUGo is normAddGo with relu. A NaN passes through.
func normAddReLUGo(x, mean, scale, shift, add, y *float32, n, c int) {
	normAddGo(x, mean, scale, shift, add, y, n, c)
	normRelu(y, n*c)
}

// normPixel is pixel o of c channels.
func normPixel(x *float32, o, c int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(x), 4*o*c)), c)
}

// normRelu sets what is below zero to zero.
func normRelu(y *float32, n int) {
	s := unsafe.Slice(y, n)
	for i, v := range s {
		if v < 0 {
			s[i] = 0
		}
	}
}

// momentsGo sums the deviations of n pixels of c channels from a pivot:
//
//	for cc < c:
//	    sum[cc] = sum over o < n of x[o*c+cc]-pivot[cc]
//	    squares[cc] = sum over o < n of (x[o*c+cc]-pivot[cc])^2
func momentsGo(x, pivot, sum, squares *float32, n, c int) {
	p, s, q := unsafe.Slice(pivot, c), unsafe.Slice(sum, c), unsafe.Slice(squares, c)
	s, q = s[:len(p)], q[:len(p)]
	clear(s)
	clear(q)
	for o := range n {
		v := normPixel(x, o, c)
		v = v[:len(p)]
		for i, e := range p {
			d := v[i] - e
			s[i] += d
			q[i] += d * d
		}
	}
}

// normSumsGo sums what the gradient of a normalization needs over n pixels of c
// channels:
//
//	for cc < c:
//	    sum[cc] = sum over o < n of dy[o*c+cc]
//	    products[cc] = sum over o < n of dy[o*c+cc]*(x[o*c+cc]-mean[cc])
func normSumsGo(dy, x, mean, sum, products *float32, n, c int) {
	m, s, q := unsafe.Slice(mean, c), unsafe.Slice(sum, c), unsafe.Slice(products, c)
	s, q = s[:len(m)], q[:len(m)]
	clear(s)
	clear(q)
	for o := range n {
		g, v := normPixel(dy, o, c), normPixel(x, o, c)
		g, v = g[:len(m)], v[:len(m)]
		for i, e := range m {
			s[i] += g[i]
			q[i] += g[i] * (v[i] - e)
		}
	}
}

// normGradGo is the gradient of a normalization for n pixels of c channels:
//
//	for o < n, cc < c:
//	    dx[o*c+cc] = scale[cc]*dy[o*c+cc] + slope[cc]*(x[o*c+cc]-mean[cc]) + offset[cc]
//
// dx may be dy or x.
func normGradGo(dy, x, mean, scale, slope, offset, dx *float32, n, c int) {
	m, a := unsafe.Slice(mean, c), unsafe.Slice(scale, c)
	b, d := unsafe.Slice(slope, c), unsafe.Slice(offset, c)
	a, b, d = a[:len(m)], b[:len(m)], d[:len(m)]
	for o := range n {
		g, v, r := normPixel(dy, o, c), normPixel(x, o, c), normPixel(dx, o, c)
		g, v, r = g[:len(m)], v[:len(m)], r[:len(m)]
		for i, e := range m {
			r[i] = a[i]*g[i] + (b[i]*(v[i]-e) + d[i])
		}
	}
}
