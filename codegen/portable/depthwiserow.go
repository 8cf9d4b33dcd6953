package portable

import "unsafe"

// depthwiseRowGo is depthwise convolution with kernels of kw columns that are
// neighbours, mr pixels of each of rows rows, whose inputs are step pixels apart:
//
//	for r < rows, p < mr, cc < c:
//	    acc = bias[cc], or 0 without igemmBias
//	    for i < kh, j < kw:
//	        acc += x[r*xDown+i*xRow+(step*p+j)*xCol+cc] * w[cc/16*wPanel+(i*kw+j)*16+cc%16]
//	    then as igemmGo, at r*yDown+p*yCol+cc of add, mask and y
//
// c is a multiple of 8.
func depthwiseRowGo(kw, step, mr, flags int, x, w, bias, add, mask, y *float32, rows, c, kh, xDown, xRow, xCol, yDown, yCol, wPanel int) {
	for r := range rows {
		for p := range mr {
			yo := r*yDown + p*yCol
			for j := 0; j < c; j += 8 {
				a := igemmStart(flags, bias, j)
				b := igemmStart(flags, bias, j+4)
				a0, a1, a2, a3, b0, b1, b2, b3 := a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]
				wp := unsafe.Add(unsafe.Pointer(w), 4*(j/16*wPanel+j%16))
				for i := range kh {
					xp := unsafe.Add(unsafe.Pointer(x), 4*(r*xDown+i*xRow+step*p*xCol+j))
					for range kw {
						v, f := (*[8]float32)(xp), (*[8]float32)(wp)
						a0 += v[0] * f[0]
						a1 += v[1] * f[1]
						a2 += v[2] * f[2]
						a3 += v[3] * f[3]
						b0 += v[4] * f[4]
						b1 += v[5] * f[5]
						b2 += v[6] * f[6]
						b3 += v[7] * f[7]
						xp, wp = unsafe.Add(xp, 4*xCol), unsafe.Add(wp, weightRow)
					}
				}
				igemmStore(flags, add, mask, y, yo+j, a0, a1, a2, a3)
				igemmStore(flags, add, mask, y, yo+j+4, b0, b1, b2, b3)
			}
		}
	}
}

// depthwiseRowGradGo adds the gradient of kh rows of a depthwise kernel of kw columns,
// summed over rows rows of tiles tiles of mr pixels, and with bias that of the bias:
//
//	for cc < c, i < kh, j < kw:
//	    acc = 0
//	    for r < rows, t < tiles, p < mr:
//	        acc += x[r*(tiles*xTile+xNext)+t*xTile+i*xRow+(step*p+j)*xCol+cc] *
//	            dy[r*(tiles*dyTile+dyNext)+t*dyTile+p*dyCol+cc]
//	    dw[cc/16*dwPanel+(i*kw+j)*16+cc%16] += acc
//	db[cc] += sum of all dy
//
// c is a multiple of 8.
func depthwiseRowGradGo(kh, kw, step, mr int, bias bool, x, dy, dw, db *float32, tiles, rows, c, xTile, xNext, xRow, xCol, dyTile, dyNext, dyCol, dwPanel int) {
	for cc := 0; cc < c; cc += 8 {
		var sums [8]float32
		for tap := range kh * kw {
			var s [8]float32
			for r := range rows {
				for t := range tiles {
					p := unsafe.Add(unsafe.Pointer(x), 4*(r*(tiles*xTile+xNext)+t*xTile+tap/kw*xRow+tap%kw*xCol+cc))
					d := unsafe.Add(unsafe.Pointer(dy), 4*(r*(tiles*dyTile+dyNext)+t*dyTile+cc))
					depthwiseRow(&s, p, d, mr, 4*step*xCol, 4*dyCol)
					for q := 0; bias && tap == 0 && q < mr; q++ {
						for i, e := range (*[8]float32)(unsafe.Add(d, 4*q*dyCol)) {
							sums[i] += e
						}
					}
				}
			}
			w := (*[8]float32)(unsafe.Add(unsafe.Pointer(dw), 4*(cc/16*dwPanel+tap*16+cc%16)))
			for i, e := range s {
				w[i] += e
			}
		}
		if bias {
			b := (*[8]float32)(unsafe.Add(unsafe.Pointer(db), 4*cc))
			for i, e := range sums {
				b[i] += e
			}
		}
	}
}
