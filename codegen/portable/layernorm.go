package portable

import (
	"math"
	"unsafe"
)

// layernormGo normalizes each of n pixels over its c channels:
//
//	for o < n, with x and y at o*pitch:
//	    m = mean of x[0:c]; v = mean of (x[k]-m)^2 over k < c
//	    y[k] = (x[k]-m)/sqrt(v+eps)*scale[k] + shift[k] for k < pitch
//
// Sums are in float64. pitch is c rounded up to a multiple of 8, share 1/c. y may
// be x.
func layernormGo(x, scale, shift, y *float32, n, c, pitch int, share, eps float32) {
	a, b := unsafe.Slice(scale, pitch), unsafe.Slice(shift, pitch)
	for o := range n {
		p, q := normPixel(x, o, pitch), normPixel(y, o, pitch)
		mean, inv := layerMoments(p[:c], share, eps)
		for k, v := range p {
			q[k] = (v-mean)*inv*a[k] + b[k]
		}
	}
}

// layerMoments is the mean of x and 1/sqrt(variance+eps).
func layerMoments(x []float32, share, eps float32) (mean, inv float32) {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += float64(v)
	}
	sum *= float64(share)
	for _, v := range x {
		d := float64(v) - sum
		squares += d * d
	}
	return float32(sum), float32(1 / math.Sqrt(squares*float64(share)+float64(eps)))
}

// layernormGradGo is the gradient of layernormGo for n pixels of c channels:
//
//	for o < n, with dy, x and dx at o*pitch, m and v as there, r = 1/sqrt(v+eps):
//	    d[k] = dy[k]*scale[k]; h[k] = (x[k]-m)*r
//	    dx[k] = r*(d[k] - mean of d - h[k]*mean of d*h) for k < c, 0 for c <= k < pitch
//	    dscale[k] += dy[k]*h[k] for k < c
//
// share is 1/c. dx may be dy or x.
func layernormGradGo(dy, x, scale, dx, dscale *float32, n, c, pitch int, share, eps float32) {
	a, s := unsafe.Slice(scale, pitch), unsafe.Slice(dscale, pitch)
	for o := range n {
		g, p, r := normPixel(dy, o, pitch), normPixel(x, o, pitch), normPixel(dx, o, pitch)
		mean, inv := layerMoments(p[:c], share, eps)
		d, dh := 0.0, 0.0
		for k, v := range g[:c] {
			t := float64(v) * float64(a[k])
			d += t
			dh += t * float64((p[k]-mean)*inv)
		}
		meanD, meanDH := float32(d*float64(share)), float32(dh*float64(share))
		for k, v := range g[:c] {
			h := (p[k] - mean) * inv
			s[k] += v * h
			r[k] = inv * (v*a[k] - meanD - h*meanDH)
		}
		clear(r[c:])
	}
}
