package portable

import (
	"math"
	"unsafe"
)

// pixelAt is channel 0 of pixel p of a buffer, and c channels from there.
func pixelAt(base *float32, p, step, c int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(base), 4*p*step)), c)
}

// The functions of binaryGo.
const (
	binaryToAdd = iota
	binaryToSubtract
	binaryToSubtractFrom // b - a
	binaryToMultiply
	binaryToMaximum
	binaryToMinimum
)

// binaryGo computes a function of two values, n pixels of c channels each:
//
//	y[p*yStep+cc] = f(a[p*aStep+cc], b[p*bStep+cc]), or b[p*bStep] with splat
//
// With relu, negative results become 0. y may be a or b.
func binaryGo(f int, relu, splat bool, a, b, y *float32, n, c, aStep, bStep, yStep int) {
	for p := range n {
		as, ys := pixelAt(a, p, aStep, c), pixelAt(y, p, yStep, c)
		bs, step := pixelAt(b, p, bStep, 1), 0
		if !splat {
			bs, step = pixelAt(b, p, bStep, c), 1
		}
		for cc, u := range as[:len(ys)] {
			v := bs[cc*step]
			switch f {
			case binaryToAdd:
				u += v
			case binaryToSubtract:
				u -= v
			case binaryToSubtractFrom:
				u = v - u
			case binaryToMultiply:
				u *= v
			case binaryToMaximum:
				if !(u > v) {
					u = v
				}
			case binaryToMinimum:
				if !(u < v) {
					u = v
				}
			}
			if relu && u < 0 {
				u = 0
			}
			ys[cc] = u
		}
	}
}

// The comparisons of selectGo.
const (
	selectByGe = iota
	selectByGt
	selectByLe
	selectByLt
)

// selectGo keeps gradients where an operand was chosen:
//
//	dx[p*dxStep+cc] = dy[p*dyStep+cc] where a[p*aStep+cc] compares to b[p*bStep+cc], else 0
//
// for n pixels of c channels; b[p*bStep] with splat. dx may be dy.
func selectGo(compare int, splat bool, dy, a, b, dx *float32, n, c, dyStep, aStep, bStep, dxStep int) {
	for p := range n {
		ds, as, xs := pixelAt(dy, p, dyStep, c), pixelAt(a, p, aStep, c), pixelAt(dx, p, dxStep, c)
		bs, step := pixelAt(b, p, bStep, 1), 0
		if !splat {
			bs, step = pixelAt(b, p, bStep, c), 1
		}
		for cc, g := range ds[:len(xs)] {
			u, v := as[cc], bs[cc*step]
			keep := false
			switch compare {
			case selectByGe:
				keep = u >= v
			case selectByGt:
				keep = u > v
			case selectByLe:
				keep = u <= v
			case selectByLt:
				keep = u < v
			}
			if !keep {
				g = 0
			}
			xs[cc] = g
		}
	}
}

// reduceProductGo: y[cc] += sum over p < n of a[p*aStep+cc]*b[p*bStep+cc] for cc < c,
// in the order of the pixels.
func reduceProductGo(a, b, y *float32, n, c, aStep, bStep int) {
	ys := unsafe.Slice(y, c)
	for p := range n {
		as, bs := pixelAt(a, p, aStep, c), pixelAt(b, p, bStep, c)
		for cc, v := range as[:len(ys)] {
			ys[cc] += v * bs[cc]
		}
	}
}

// reducePreluGo: y[cc] += sum over p < n of a[p*aStep+cc]*min(b[p*bStep+cc], 0) for
// cc < c, in the order of the pixels.
func reducePreluGo(a, b, y *float32, n, c, aStep, bStep int) {
	ys := unsafe.Slice(y, c)
	for p := range n {
		as, bs := pixelAt(a, p, aStep, c), pixelAt(b, p, bStep, c)
		for cc, v := range as[:len(ys)] {
			if x := bs[cc]; x < 0 {
				ys[cc] += v * x
			}
		}
	}
}

// reduceChannelsGo sums over channels, n pixels:
//
//	y[p*yStep] = sum over cc < c of a[p*aStep+cc]; y[p*yStep+1] to y[p*yStep+7] = 0
func reduceChannelsGo(a, y *float32, n, c, aStep, yStep int) {
	for p := range n {
		var sum float32
		for _, v := range pixelAt(a, p, aStep, c) {
			sum += v
		}
		ys := pixelAt(y, p, yStep, 8)
		clear(ys)
		ys[0] = sum
	}
}

// reduceChannelsProductGo is reduceChannelsGo with the terms
// a[p*aStep+cc]*b[p*bStep+cc].
func reduceChannelsProductGo(a, b, y *float32, n, c, aStep, bStep, yStep int) {
	for p := range n {
		var sum float32
		bs := pixelAt(b, p, bStep, c)
		for cc, v := range pixelAt(a, p, aStep, c) {
			sum += v * bs[cc]
		}
		ys := pixelAt(y, p, yStep, 8)
		clear(ys)
		ys[0] = sum
	}
}

// affineGo: y[i] = a*x[i] + b for i < n. y may be x.
func affineGo(x, y *float32, n int, a, b float32) {
	p, q := unsafe.Slice(x, n), unsafe.Slice(y, n)
	q = q[:len(p)]
	for i, v := range p {
		q[i] = a*v + b
	}
}

// affineChannelsGo: y[p*yStep+cc] = x[p*xStep+cc]*a[p*aStep+cc] + b[p*bStep+cc] for n
// pixels of c channels. y may be x.
func affineChannelsGo(x, a, b, y *float32, n, c, xStep, aStep, bStep, yStep int) {
	for p := range n {
		xs, as, bs, ys := pixelAt(x, p, xStep, c), pixelAt(a, p, aStep, c), pixelAt(b, p, bStep, c), pixelAt(y, p, yStep, c)
		for cc, v := range xs[:len(ys)] {
			ys[cc] = v*as[cc] + bs[cc]
		}
	}
}

// preluGo: y[p*yStep+cc] = x[p*xStep+cc], times alpha[p*alphaStep+cc] where it is not
// above 0, for n pixels of c channels. y may be x.
func preluGo(x, alpha, y *float32, n, c, xStep, alphaStep, yStep int) {
	for p := range n {
		xs, as, ys := pixelAt(x, p, xStep, c), pixelAt(alpha, p, alphaStep, c), pixelAt(y, p, yStep, c)
		for cc, v := range xs[:len(ys)] {
			if !(v > 0) {
				v *= as[cc]
			}
			ys[cc] = v
		}
	}
}

// preluGradGo: dx[p*dxStep+cc] is dy[p*dyStep+cc] where x[p*xStep+cc] > 0, times
// alpha[p*alphaStep+cc] where x < 0, else 0, for n pixels of c channels. dx may be dy.
func preluGradGo(dy, x, alpha, dx *float32, n, c, dyStep, xStep, alphaStep, dxStep int) {
	for p := range n {
		ds, xs := pixelAt(dy, p, dyStep, c), pixelAt(x, p, xStep, c)
		as, out := pixelAt(alpha, p, alphaStep, c), pixelAt(dx, p, dxStep, c)
		for cc, g := range ds[:len(out)] {
			switch v := xs[cc]; {
			case v > 0:
			case v < 0:
				g *= as[cc]
			default:
				g = 0
			}
			out[cc] = g
		}
	}
}

// blendGo interpolates n pixels of c channels:
//
//	y[p*yStep+cc] = w00*x[o] + w01*x[o+xCol] + w10*x[o+xRow] + w11*x[o+xRow+xCol], o = p*xStep+cc
func blendGo(x, y *float32, n, c, xRow, xCol, xStep, yStep int, w00, w01, w10, w11 float32) {
	for p := range n {
		at := (*float32)(unsafe.Add(unsafe.Pointer(x), 4*p*xStep))
		a, b := pixelAt(at, 0, 0, c), pixelAt(at, 1, xCol, c)
		d, e := pixelAt(at, 1, xRow, c), pixelAt(at, 1, xRow+xCol, c)
		ys := pixelAt(y, p, yStep, c)
		for cc := range ys {
			ys[cc] = w00*a[cc] + w01*b[cc] + w10*d[cc] + w11*e[cc]
		}
	}
}

// blendGradGo adds the gradient of n interpolated pixels of c channels to the pixels
// they are means of:
//
//	dx[o] += w00*g; dx[o+dxCol] += w01*g; dx[o+dxRow] += w10*g; dx[o+dxRow+dxCol] += w11*g
//
// with g = dy[p*dyStep+cc], o = p*dxStep+cc, pixel by pixel and in this order.
func blendGradGo(dy, dx *float32, n, c, dxRow, dxCol, dxStep, dyStep int, w00, w01, w10, w11 float32) {
	for p := range n {
		at := (*float32)(unsafe.Add(unsafe.Pointer(dx), 4*p*dxStep))
		ds := pixelAt(dy, p, dyStep, c)
		for i, w := range [4]float32{w00, w01, w10, w11} {
			xs := pixelAt(at, 1, i&1*dxCol+i>>1*dxRow, c)
			for cc, g := range ds[:len(xs)] {
				xs[cc] += w * g
			}
		}
	}
}

// globalmaxpoolGradGo shares the gradient of maxima among the cells that have them:
//
//	for o < n, cc < c, with a = x and d = dx at o*xStep+cc, g = dy and m = y at o*dyStep+cc:
//	    ties = how many of a[i*xRow+j*xCol] equal m, i < kh, j < kw
//	    d[i*xRow+j*xCol] = g/ties where a[i*xRow+j*xCol] equals m, else 0
func globalmaxpoolGradGo(dy, y, x, dx *float32, n, c, kh, kw, xRow, xCol, xStep, dyStep int) {
	for o := range n {
		ds, ms := pixelAt(dy, o, dyStep, c), pixelAt(y, o, dyStep, c)
		for cc, m := range ms {
			ties := float32(0)
			for i := range kh {
				for j := range kw {
					if pixelAt(x, 1, o*xStep+i*xRow+j*xCol, c)[cc] == m {
						ties++
					}
				}
			}
			share := ds[cc] / ties
			for i := range kh {
				for j := range kw {
					at := o*xStep + i*xRow + j*xCol
					g := float32(0)
					if pixelAt(x, 1, at, c)[cc] == m {
						g = share
					}
					pixelAt(dx, 1, at, c)[cc] = g
				}
			}
		}
	}
}

// dropoutWordsGo stores the random words that decide about elements, as bits:
//
//	y[e] = word e%64/16 of block counter + e/64*16 + e%16       for e < n
//
// The rest is as for dropoutGo.
func dropoutWordsGo(y *float32, n int, key uint64, counter uint32) {
	dst := unsafe.Slice((*uint32)(unsafe.Pointer(y)), n)
	for base := 0; base < len(dst); base += 64 {
		for lane := range min(16, len(dst)-base) {
			for k, w := range philox(key, counter+uint32(base/4+lane)) {
				if e := base + lane + 16*k; e < len(dst) {
					dst[e] = w
				}
			}
		}
	}
}

// noiseAddGo disturbs elements by standard normal numbers made of random words:
// y[i] = x[i] + s*wordNormal(words[i]) for i < n, words[i] being bits. y may be x.
func noiseAddGo(x, words, y *float32, n int, s float32) {
	p, q, r := unsafe.Slice(x, n), unsafe.Slice((*uint32)(unsafe.Pointer(words)), n), unsafe.Slice(y, n)
	q, r = q[:len(p)], r[:len(p)]
	for i, v := range p {
		r[i] = v + s*wordNormal(q[i])
	}
}

// noiseMultiplyGo is noiseAddGo with y[i] = x[i]*(1 + s*wordNormal(words[i])).
func noiseMultiplyGo(x, words, y *float32, n int, s float32) {
	p, q, r := unsafe.Slice(x, n), unsafe.Slice((*uint32)(unsafe.Pointer(words)), n), unsafe.Slice(y, n)
	q, r = q[:len(p)], r[:len(p)]
	for i, v := range p {
		r[i] = v * (1 + s*wordNormal(q[i]))
	}
}

// wordNormal is the normal quantile of (word>>8 + 0.5) / 2^24, by M. Giles,
// "Approximating the erfinv function", GPU Computing Gems, Jade edition, 2011
// (single precision); the relative error of the approximation is 1.3e-7.
func wordNormal(word uint32) float32 {
	t := float64(2*int32(word>>8)+1-1<<24) * 0x1p-24
	b := math.Float64bits((1 - t) * (1 + t))
	exponent := float64(int(b>>52) - 1023)
	w := -exponent*math.Ln2 - log1pOf(math.Float64frombits(b&(1<<52-1)|1023<<52)-1)
	var p float64
	if w < 5 {
		w -= 2.5
		p = 2.81022636e-08
		p = p*w + 3.43273939e-07
		p = p*w - 3.5233877e-06
		p = p*w - 4.39150654e-06
		p = p*w + 0.00021858087
		p = p*w - 0.00125372503
		p = p*w - 0.00417768164
		p = p*w + 0.246640727
		p = p*w + 1.50140941
	} else {
		w = math.Sqrt(w) - 3
		p = -0.000200214257
		p = p*w + 0.000100950558
		p = p*w + 0.00134934322
		p = p*w - 0.00367342844
		p = p*w + 0.00573950773
		p = p*w - 0.0076224613
		p = p*w + 0.00943887047
		p = p*w + 1.00167406
		p = p*w + 2.83297682
	}
	return float32(p * t * math.Sqrt2)
}
