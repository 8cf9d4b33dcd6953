package portable

import "unsafe"

// narrowGo is igemmGo for n output channels, 1 to 6, of which each has a row of
// weights along k; a pixel is stored with zeros up to 8 channels:
//
//	for each of the tiles*mr pixels (xoff, yoff) of tab:
//	    acc[0:8] = 0, kk = 0
//	    for s < segs, k < segLen:
//	        acc[j] += x[xoff+seg[s]+k] * w[j*wRow+kk], j < n
//	        kk++
//	    igemmBias: acc[j] += bias[j]
//	    then as igemmGo
//
// segLen is a multiple of 8: products are added up in eight sums, as vectors do it.
func narrowGo(n, mr, flags int, x, w, bias, add, mask, y *float32, tab *int32, tiles int, seg *int32, segs, segLen, wRow int) {
	starts := unsafe.Slice(seg, segs)
	pixels := unsafe.Slice(tab, 2*tiles*mr)
	for ; len(pixels) >= 2; pixels = pixels[2:] {
		xp := unsafe.Add(unsafe.Pointer(x), 4*int(pixels[0]))
		var acc [8]float32
		for j := range n {
			acc[j] = narrowSum(xp, unsafe.Add(unsafe.Pointer(w), 4*j*wRow), starts, segLen)
		}
		if flags&igemmBias != 0 {
			b := (*[8]float32)(unsafe.Pointer(bias))
			for j := range acc {
				acc[j] += b[j]
			}
		}
		o := int(pixels[1])
		igemmStore(flags, add, mask, y, o, acc[0], acc[1], acc[2], acc[3])
		igemmStore(flags, add, mask, y, o+4, acc[4], acc[5], acc[6], acc[7])
	}
}

// narrowSum is the sum of products of the runs of x that begin at starts, segLen
// long, and the weights at w.
func narrowSum(x, w unsafe.Pointer, starts []int32, segLen int) float32 {
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for _, s := range starts {
		p := unsafe.Add(x, 4*int(s))
		for k := 0; k < segLen; k += 8 {
			u, v := (*[8]float32)(p), (*[8]float32)(w)
			a0 += u[0] * v[0]
			a1 += u[1] * v[1]
			a2 += u[2] * v[2]
			a3 += u[3] * v[3]
			b0 += u[4] * v[4]
			b1 += u[5] * v[5]
			b2 += u[6] * v[6]
			b3 += u[7] * v[7]
			p, w = unsafe.Add(p, 32), unsafe.Add(w, 32)
		}
	}
	return (a0 + a1 + (a2 + a3)) + (b0 + b1 + (b2 + b3))
}

// narrowGradGo is the weight gradient of n output channels, 1 to 6, over a block of
// pixels, in rows along k:
//
//	kk = 0
//	for s < segs, k < segLen:
//	    sums[j*sumRow+kk] += sum over g < imgs, r < rows, q < cols of
//	        x[seg[s]+k+g*xImg+r*xRow+q*xCol] * dy[g*dyImg+r*dyRow+q*dyCol+j], j < n
//	    kk++
//
// segLen is a multiple of 8.
func narrowGradGo(n int, x, dy, sums *float32, seg *int32, segs, segLen, sumRow, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int) {
	at := 0
	for _, s := range unsafe.Slice(seg, segs) {
		for k := 0; k < segLen; k += 8 {
			for j := range n {
				p := unsafe.Add(unsafe.Pointer(x), 4*(int(s)+k))
				d := unsafe.Add(unsafe.Pointer(dy), 4*j)
				a := (*[8]float32)(unsafe.Add(unsafe.Pointer(sums), 4*(j*sumRow+at)))
				narrowGradSum(a, p, d, imgs, rows, cols, 4*xImg, 4*xRow, 4*xCol, 4*dyImg, 4*dyRow, 4*dyCol)
			}
			at += 8
		}
	}
}

// narrowGradSum adds the products of eight inputs and one gradient over the pixels of a
// block to a. Strides are in bytes.
func narrowGradSum(a *[8]float32, x, dy unsafe.Pointer, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int) {
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for g := range imgs {
		for r := range rows {
			p, d := unsafe.Add(x, g*xImg+r*xRow), unsafe.Add(dy, g*dyImg+r*dyRow)
			for range cols {
				u, v := (*[8]float32)(p), *(*float32)(d)
				a0 += u[0] * v
				a1 += u[1] * v
				a2 += u[2] * v
				a3 += u[3] * v
				b0 += u[4] * v
				b1 += u[5] * v
				b2 += u[6] * v
				b3 += u[7] * v
				p, d = unsafe.Add(p, xCol), unsafe.Add(d, dyCol)
			}
		}
	}
	for i, v := range [8]float32{a0, a1, a2, a3, b0, b1, b2, b3} {
		a[i] = flushTiny(a[i] + v)
	}
}

// narrowRowGo is one output channel of a convolution with kernels of kw columns that are
// neighbours, mr pixels of each of rows rows, whose inputs are step pixels apart:
//
//	for r < rows, p < mr:
//	    acc[0:8] = 0
//	    for i < kh, k < kw*c:
//	        acc[0] += x[r*xDown+i*xRow+step*p*c+k] * w[i*kw*c+k]
//	    igemmBias: acc[j] += bias[j]
//	    then as igemmGo, at r*yDown+p*yCol of add, mask and y
//
// c is a multiple of 8.
func narrowRowGo(kw, step, mr, flags int, x, w, bias, add, mask, y *float32, rows, c, kh, xDown, xRow, yDown, yCol int) {
	var start [1]int32 // of the one run
	for r := range rows {
		for p := range mr {
			var acc [8]float32
			for i := range kh {
				xp := unsafe.Add(unsafe.Pointer(x), 4*(r*xDown+i*xRow+step*p*c))
				acc[0] += narrowSum(xp, unsafe.Add(unsafe.Pointer(w), 4*i*kw*c), start[:], kw*c)
			}
			if flags&igemmBias != 0 {
				b := (*[8]float32)(unsafe.Pointer(bias))
				for j := range acc {
					acc[j] += b[j]
				}
			}
			o := r*yDown + p*yCol
			igemmStore(flags, add, mask, y, o, acc[0], acc[1], acc[2], acc[3])
			igemmStore(flags, add, mask, y, o+4, acc[4], acc[5], acc[6], acc[7])
		}
	}
}
