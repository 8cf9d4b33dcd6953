package portable

import "unsafe"

// wgradGo sums the gradient of rows of packed weights over a block of pixels.
//
//	for each of the tiles*mr rows (xoff, dwoff) of tab:
//	    acc[0:lanes] = 0
//	    for g < imgs, r < rows, q < cols:
//	        acc[j] += x[xoff + g*xImg + r*xRow + q*xCol] * dy[g*dyImg + r*dyRow + q*dyCol + j]
//	    dw[dwoff + j/16*dwPanel + j%16] += acc[j]
//
// lanes is a multiple of 8. The sums start at 0 in every call and are added to dw
// once: running sums over a whole batch lose five times the accuracy.
func wgradGo(mr, lanes int, x, dy, dw *float32, tab *int32, tiles int, dwPanel int, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int) {
	if imgs <= 0 || rows <= 0 || cols <= 0 {
		return
	}
	dxo, ddo := 4*xCol, 4*dyCol // bytes from pixel to pixel
	taps := unsafe.Slice(tab, 2*tiles*mr)
	for len(taps) >= 2 {
		// An odd last row is summed twice and written once.
		x0, d0 := int(taps[0]), int(taps[1])
		x1, d1 := x0, -1
		taps = taps[2:]
		if len(taps) >= 2 {
			x1, d1 = int(taps[0]), int(taps[1])
			taps = taps[2:]
		}
		for j := 0; j < lanes; j += 4 {
			var a0, a1, a2, a3, b0, b1, b2, b3 float32
			for g := range imgs {
				for r := range rows {
					p := unsafe.Add(unsafe.Pointer(x), 4*(x0+g*xImg+r*xRow))
					q := unsafe.Add(unsafe.Pointer(x), 4*(x1+g*xImg+r*xRow))
					d := unsafe.Add(unsafe.Pointer(dy), 4*(g*dyImg+r*dyRow+j))
					xo, do := 0, 0 // byte offsets in the pixel row
					n := cols
					for ; n >= 4; n -= 4 {
						a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(floatAt(p, xo), floatAt(q, xo), unsafe.Add(d, do), a0, a1, a2, a3, b0, b1, b2, b3)
						a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(floatAt(p, xo+dxo), floatAt(q, xo+dxo), unsafe.Add(d, do+ddo), a0, a1, a2, a3, b0, b1, b2, b3)
						a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(floatAt(p, xo+2*dxo), floatAt(q, xo+2*dxo), unsafe.Add(d, do+2*ddo), a0, a1, a2, a3, b0, b1, b2, b3)
						a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(floatAt(p, xo+3*dxo), floatAt(q, xo+3*dxo), unsafe.Add(d, do+3*ddo), a0, a1, a2, a3, b0, b1, b2, b3)
						xo += 4 * dxo
						do += 4 * ddo
					}
					for ; n > 0; n-- {
						a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(floatAt(p, xo), floatAt(q, xo), unsafe.Add(d, do), a0, a1, a2, a3, b0, b1, b2, b3)
						xo += dxo
						do += ddo
					}
				}
			}
			o := j/16*dwPanel + j%16
			w := (*[4]float32)(unsafe.Add(unsafe.Pointer(dw), 4*(d0+o)))
			w[0] += a0
			w[1] += a1
			w[2] += a2
			w[3] += a3
			if d1 >= 0 {
				w := (*[4]float32)(unsafe.Add(unsafe.Pointer(dw), 4*(d1+o)))
				w[0] += b0
				w[1] += b1
				w[2] += b2
				w[3] += b3
			}
		}
	}
}

// wgradBiasGo is wgradGo that, for each tile, also adds the sum of dy to db.
func wgradBiasGo(mr, lanes int, x, dy, dw, db *float32, tab *int32, tiles int, dwPanel int, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int) {
	wgradGo(mr, lanes, x, dy, dw, tab, tiles, dwPanel, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol)
	for range tiles {
		colSumGo(lanes, dy, db, imgs, rows, cols, dyImg, dyRow, dyCol)
	}
}

// floatAt is the float32 o bytes behind p.
func floatAt(p unsafe.Pointer, o int) float32 { return *(*float32)(unsafe.Add(p, o)) }
