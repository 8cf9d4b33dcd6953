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
					xo, do := 0, 0
					for range cols {
						u := *(*float32)(unsafe.Add(p, xo))
						v := *(*float32)(unsafe.Add(q, xo))
						e := (*[4]float32)(unsafe.Add(d, do))
						a0 += u * e[0]
						a1 += u * e[1]
						a2 += u * e[2]
						a3 += u * e[3]
						b0 += v * e[0]
						b1 += v * e[1]
						b2 += v * e[2]
						b3 += v * e[3]
						xo += 4 * xCol
						do += 4 * dyCol
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
