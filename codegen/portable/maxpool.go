package portable

import "unsafe"

// What maxpoolGo does besides taking the maximum.
const (
	maxpoolWithReLU = 1 << iota // negative maxima become 0
	maxpoolWithBits             // record where the maximum was
)

// maxpoolGo takes the maximum over windows of one row of n output pixels.
//
//	for o < n, cc < c:
//	    m = max over i < kh, j < kw of x[o*xStep + i*xRow + j*xCol + cc]
//	    maxpoolWithReLU: m = max(m, 0)
//	    y[o*yStep+cc] = m
//	    maxpoolWithBits: bit cc%8 of bits[o*bitsStep + i*bitsRow + j*bitsCol + cc/8] =
//	        (i, j) is the first position in row-major order with x == m
//	        (with maxpoolWithReLU also m > 0)
//
// c is a multiple of 8. The bit strides count bytes. A NaN is returned (and no
// bit set) if it is the first element of its window and ignored elsewhere, which
// is what a chain of compare-and-keep does on every target.
func maxpoolGo(flags int, x, y *float32, bits *byte, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol int) {
	for o := range n {
		xo := unsafe.Add(unsafe.Pointer(x), 4*o*xStep)
		m := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(y), 4*o*yStep)), c)
		copy(m, unsafe.Slice((*float32)(xo), c))
		for i := range kh {
			for j := range kw {
				if i+j == 0 {
					continue
				}
				p := unsafe.Slice((*float32)(unsafe.Add(xo, 4*(i*xRow+j*xCol))), c)
				for cc, v := range p[:len(m)] {
					if v > m[cc] {
						m[cc] = v
					}
				}
			}
		}
		if flags&maxpoolWithBits != 0 {
			bo := unsafe.Add(unsafe.Pointer(bits), o*bitsStep)
			for cc := 0; cc < c; cc += 8 {
				maxpoolMark(flags, (*[8]float32)(m[cc:]), unsafe.Add(xo, 4*cc), unsafe.Add(bo, cc/8), kh, kw, xRow, xCol, bitsRow, bitsCol)
			}
		}
		if flags&maxpoolWithReLU != 0 {
			for cc, v := range m {
				if v < 0 {
					m[cc] = 0
				}
			}
		}
	}
}

// maxpoolMark writes the bits of eight channels of one window, given their maxima.
func maxpoolMark(flags int, m *[8]float32, x, bits unsafe.Pointer, kh, kw, xRow, xCol, bitsRow, bitsCol int) {
	open := byte(0xff) // channels whose maximum has not been met
	if flags&maxpoolWithReLU != 0 {
		for cc, v := range m {
			if !(v > 0) {
				open &^= 1 << cc
			}
		}
	}
	for i := range kh {
		for j := range kw {
			p := (*[8]float32)(unsafe.Add(x, 4*(i*xRow+j*xCol)))
			hit := byte(0)
			for cc, v := range p {
				if v == m[cc] {
					hit |= 1 << cc
				}
			}
			*(*byte)(unsafe.Add(bits, i*bitsRow+j*bitsCol)) = hit & open
			open &^= hit
		}
	}
}

// maxpoolGradGo sends the gradient of each pooled pixel to the position that was
// the maximum, as recorded by maxpoolGo.
//
//	for o < n, i < kh, j < kw, cc < c:
//	    v = dp[o*dpStep+cc] if bit cc%8 of bits[o*bitsStep + i*bitsRow + j*bitsCol + cc/8], else 0
//	    dx[o*dxStep + i*dxRow + j*dxCol + cc] = v, or += v with add
//
// c is a multiple of 8. The bit strides count bytes.
func maxpoolGradGo(add bool, dp *float32, bits *byte, dx *float32, n, c, kh, kw, dxRow, dxCol, dxStep, dpStep, bitsStep, bitsRow, bitsCol int) {
	for o := range n {
		for i := range kh {
			for j := range kw {
				for cc := 0; cc < c; cc += 8 {
					d := (*[8]float32)(unsafe.Add(unsafe.Pointer(dp), 4*(o*dpStep+cc)))
					b := *(*byte)(unsafe.Add(unsafe.Pointer(bits), o*bitsStep+i*bitsRow+j*bitsCol+cc/8))
					t := (*[8]float32)(unsafe.Add(unsafe.Pointer(dx), 4*(o*dxStep+i*dxRow+j*dxCol+cc)))
					if !add {
						*t = [8]float32{}
					}
					for k := 0; b != 0; k++ {
						if b&1 != 0 {
							t[k&7] += d[k&7]
						}
						b >>= 1
					}
				}
			}
		}
	}
}
