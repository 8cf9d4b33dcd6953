package portable

import "unsafe"

// avgpoolGo averages windows of one row of n output pixels; one window over the
// whole image is global average pooling.
//
//	for o < n, cc < c:
//	    y[o*yStep+cc] = scale * (sum over i < kh, j < kw of x[o*xStep + i*xRow + j*xCol + cc])
//
// The sum runs in row-major order and starts with the first element. c is a
// multiple of 8; scale is 1 over the number of real cells.
func avgpoolGo(x, y *float32, n, c, kh, kw, xRow, xCol, xStep, yStep int, scale float32) {
	for o := range n {
		xo := unsafe.Add(unsafe.Pointer(x), 4*o*xStep)
		s := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(y), 4*o*yStep)), c)
		copy(s, unsafe.Slice((*float32)(xo), c))
		for i := range kh {
			for j := range kw {
				if i+j == 0 {
					continue
				}
				p := unsafe.Slice((*float32)(unsafe.Add(xo, 4*(i*xRow+j*xCol))), c)
				for cc, v := range p[:len(s)] {
					s[cc] += v
				}
			}
		}
		for cc := range s {
			s[cc] *= scale
		}
	}
}

// avgpoolGradGo spreads the gradient of each pooled pixel evenly over its window.
//
//	for o < n, i < kh, j < kw, cc < c:
//	    dx[o*dxStep + i*dxRow + j*dxCol + cc] = dy[o*dyStep+cc]*scale, or += with add
//
// c is a multiple of 8.
func avgpoolGradGo(add bool, dy, dx *float32, n, c, kh, kw, dxRow, dxCol, dxStep, dyStep int, scale float32) {
	for o := range n {
		d := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dy), 4*o*dyStep)), c)
		for i := range kh {
			for j := range kw {
				t := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(dx), 4*(o*dxStep+i*dxRow+j*dxCol))), c)
				t = t[:len(d)]
				if add {
					for cc, v := range d {
						t[cc] += v * scale
					}
				} else {
					for cc, v := range d {
						t[cc] = v * scale
					}
				}
			}
		}
	}
}
