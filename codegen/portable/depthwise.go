package portable

import "unsafe"

// depthwiseGo is convolution channel by channel, with the tables and the epilogue of
// igemmGo:
//
//	for each of the tiles*mr pixels (xoff, yoff) of tab:
//	    acc[0:lanes] = bias[0:lanes], or 0 without igemmBias
//	    for s < segs:
//	        acc[j] += x[xoff+seg[s]+j] * w[j/16*wPanel + s*16 + j%16]
//	    then as igemmGo
//
// lanes is a multiple of 8. segLen is not read.
func depthwiseGo(mr, flags, lanes int, x, w, bias, add, mask, y *float32, tab *int32, tiles int, seg *int32, segs, segLen, wPanel int) {
	taps := unsafe.Slice(seg, segs)
	pixels := unsafe.Slice(tab, 2*tiles*mr)
	for ; len(pixels) >= 2; pixels = pixels[2:] {
		xo, yo := int(pixels[0]), int(pixels[1])
		for j := 0; j < lanes; j += 8 {
			a := igemmStart(flags, bias, j)
			b := igemmStart(flags, bias, j+4)
			a0, a1, a2, a3, b0, b1, b2, b3 := depthwiseSum(unsafe.Add(unsafe.Pointer(x), 4*(xo+j)), unsafe.Add(unsafe.Pointer(w), 4*(j/16*wPanel+j%16)),
				taps, a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])
			igemmStore(flags, add, mask, y, yo+j, a0, a1, a2, a3)
			igemmStore(flags, add, mask, y, yo+j+4, b0, b1, b2, b3)
		}
	}
}

// depthwiseSum sums the taps of eight channels of one pixel on top of the given
// starts.
func depthwiseSum(x, w unsafe.Pointer, taps []int32, a0, a1, a2, a3, b0, b1, b2, b3 float32) (c0, c1, c2, c3, d0, d1, d2, d3 float32) {
	for _, tap := range taps {
		p := (*[8]float32)(unsafe.Add(x, 4*int(tap)))
		r := (*[8]float32)(w)
		a0 += p[0] * r[0]
		a1 += p[1] * r[1]
		a2 += p[2] * r[2]
		a3 += p[3] * r[3]
		b0 += p[4] * r[4]
		b1 += p[5] * r[5]
		b2 += p[6] * r[6]
		b3 += p[7] * r[7]
		w = unsafe.Add(w, weightRow)
	}
	return a0, a1, a2, a3, b0, b1, b2, b3
}

// depthwiseGradGo sums the gradient of taps of packed depthwise weights over a block
// of pixels.
//
//	for each of the tiles*mr taps (xoff, dwoff) of tab:
//	    acc[0:lanes] = 0
//	    for g < imgs, r < rows, q < cols:
//	        acc[j] += x[xoff + g*xImg + r*xRow + q*xCol + j] * dy[g*dyImg + r*dyRow + q*dyCol + j]
//	    dw[dwoff + j/16*dwPanel + j%16] += acc[j]
//
// lanes is a multiple of 8.
func depthwiseGradGo(mr, lanes int, x, dy, dw *float32, tab *int32, tiles int, dwPanel int, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int) {
	if imgs <= 0 || rows <= 0 || cols <= 0 {
		return
	}
	for taps := unsafe.Slice(tab, 2*tiles*mr); len(taps) >= 2; taps = taps[2:] {
		for j := 0; j < lanes; j += 8 {
			var s [8]float32
			for g := range imgs {
				for r := range rows {
					p := unsafe.Add(unsafe.Pointer(x), 4*(int(taps[0])+j+g*xImg+r*xRow))
					d := unsafe.Add(unsafe.Pointer(dy), 4*(j+g*dyImg+r*dyRow))
					depthwiseRow(&s, p, d, cols, 4*xCol, 4*dyCol)
				}
			}
			o := int(taps[1]) + j/16*dwPanel + j%16
			w := (*[8]float32)(unsafe.Add(unsafe.Pointer(dw), 4*o))
			for i, v := range s {
				w[i] += v
			}
		}
	}
}

// depthwiseRow adds to s the products of n pixels of eight channels, which lie xo
// and do bytes apart.
func depthwiseRow(s *[8]float32, x, dy unsafe.Pointer, n, xo, do int) {
	a0, a1, a2, a3, b0, b1, b2, b3 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	for i := range n {
		p := (*[8]float32)(unsafe.Add(x, i*xo))
		d := (*[8]float32)(unsafe.Add(dy, i*do))
		a0 += p[0] * d[0]
		a1 += p[1] * d[1]
		a2 += p[2] * d[2]
		a3 += p[3] * d[3]
		b0 += p[4] * d[4]
		b1 += p[5] * d[5]
		b2 += p[6] * d[6]
		b3 += p[7] * d[7]
	}
	s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = a0, a1, a2, a3, b0, b1, b2, b3
}
