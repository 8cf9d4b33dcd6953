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
