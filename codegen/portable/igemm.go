package portable

import "unsafe"

// What igemmGo adds around the sum of products.
const (
	igemmBias = 1 << iota // start from bias instead of 0
	igemmAdd              // add add[yoff+j] to the sum
	igemmReLU             // then replace negative values by 0
	igemmMask             // or keep the value only where mask[yoff+j] > 0
)

// weightRow is the distance of weight rows in bytes: a panel has 16 channels.
const weightRow = 4 * 16

// igemmGo is an indirect matrix product: it serves convolution forward and
// backward-data and dense layers in both directions. A table names the pixels,
// a second one the runs of input that belong to one pixel.
//
//	for each of the tiles*mr pixels (xoff, yoff) of tab:
//	    acc[0:lanes] = bias[0:lanes], or 0 without igemmBias
//	    kk = 0
//	    for s < segs, k < segLen:
//	        acc[j] += x[xoff+seg[s]+k] * w[j/16*wPanel + kk*16 + j%16]
//	        kk++
//	    igemmAdd:  acc[j] += add[yoff+j]
//	    igemmReLU: acc[j] = max(acc[j], 0)
//	    igemmMask: acc[j] = acc[j] if mask[yoff+j] > 0, else 0
//	    y[yoff+j] = acc[j], zero where that is subnormal
//
// lanes is a multiple of 8. With pitch > 0 the runs start at s*pitch and seg is
// not read. A NaN passes through igemmReLU. Offsets count float32 elements.
//
// Two pixels by four channels are summed at a time (see tile2x4).
func igemmGo(mr, flags, pitch, lanes int, x, w, bias, add, mask, y *float32, tab *int32, tiles int, seg *int32, segs, segLen, wPanel int) {
	var starts []int32
	if pitch <= 0 {
		starts = unsafe.Slice(seg, segs)
	}
	pixels := unsafe.Slice(tab, 2*tiles*mr)
	for ; len(pixels) >= 4; pixels = pixels[4:] {
		x0, y0 := int(pixels[0]), int(pixels[1])
		x1, y1 := int(pixels[2]), int(pixels[3])
		for j := 0; j < lanes; j += 4 {
			wj := unsafe.Add(unsafe.Pointer(w), 4*(j/16*wPanel+j%16))
			b := igemmStart(flags, bias, j)
			a0, a1, a2, a3, b0, b1, b2, b3 := igemmSum2x4(unsafe.Pointer(x), wj, x0, x1, starts, pitch, segs, segLen, b[0], b[1], b[2], b[3])
			igemmStore(flags, add, mask, y, y0+j, a0, a1, a2, a3)
			igemmStore(flags, add, mask, y, y1+j, b0, b1, b2, b3)
		}
	}
	if len(pixels) >= 2 {
		x0, y0 := int(pixels[0]), int(pixels[1])
		for j := 0; j < lanes; j += 8 {
			wj := unsafe.Add(unsafe.Pointer(w), 4*(j/16*wPanel+j%16))
			a := igemmStart(flags, bias, j)
			b := igemmStart(flags, bias, j+4)
			a0, a1, a2, a3, b0, b1, b2, b3 := igemmSum1x8(unsafe.Pointer(x), wj, x0, starts, pitch, segs, segLen, a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])
			igemmStore(flags, add, mask, y, y0+j, a0, a1, a2, a3)
			igemmStore(flags, add, mask, y, y0+j+4, b0, b1, b2, b3)
		}
	}
}

// igemmStart returns the four values that the sums of channels j to j+3 start from.
func igemmStart(flags int, bias *float32, j int) (b [4]float32) {
	if flags&igemmBias != 0 {
		b = *(*[4]float32)(unsafe.Add(unsafe.Pointer(bias), 4*j))
	}
	return b
}

// igemmSum2x4 sums two pixels (inputs at elements x0 and x1) by four channels
// (weights at w, rows 16 elements apart) on top of the four given starts.
func igemmSum2x4(x, w unsafe.Pointer, x0, x1 int, starts []int32, pitch, segs, segLen int, s0, s1, s2, s3 float32) (a0, a1, a2, a3, b0, b1, b2, b3 float32) {
	a0, a1, a2, a3 = s0, s1, s2, s3
	b0, b1, b2, b3 = s0, s1, s2, s3
	row := 0 // byte offset of the weight row
	for s := range segs {
		start := s * pitch
		if pitch <= 0 {
			start = int(starts[s])
		}
		p := unsafe.Slice((*float32)(unsafe.Add(x, 4*(x0+start))), segLen)
		q := unsafe.Slice((*float32)(unsafe.Add(x, 4*(x1+start))), segLen)
		q = q[:len(p)]
		k := 0
		for ; k < len(p)-3; k += 4 {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k], q[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k+1], q[k+1], unsafe.Add(w, row+weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k+2], q[k+2], unsafe.Add(w, row+2*weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k+3], q[k+3], unsafe.Add(w, row+3*weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			row += 4 * weightRow
		}
		if k < len(p)-1 {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k], q[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k+1], q[k+1], unsafe.Add(w, row+weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			row += 2 * weightRow
			k += 2
		}
		if k < len(p) {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile2x4(p[k], q[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			row += weightRow
		}
	}
	return
}

// igemmSum1x8 is igemmSum2x4 for the last pixel of an odd number, by eight channels.
func igemmSum1x8(x, w unsafe.Pointer, x0 int, starts []int32, pitch, segs, segLen int, s0, s1, s2, s3, s4, s5, s6, s7 float32) (a0, a1, a2, a3, b0, b1, b2, b3 float32) {
	a0, a1, a2, a3 = s0, s1, s2, s3
	b0, b1, b2, b3 = s4, s5, s6, s7
	row := 0 // byte offset of the weight row
	for s := range segs {
		start := s * pitch
		if pitch <= 0 {
			start = int(starts[s])
		}
		p := unsafe.Slice((*float32)(unsafe.Add(x, 4*(x0+start))), segLen)
		k := 0
		for ; k < len(p)-3; k += 4 {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k+1], unsafe.Add(w, row+weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k+2], unsafe.Add(w, row+2*weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k+3], unsafe.Add(w, row+3*weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			row += 4 * weightRow
		}
		if k < len(p)-1 {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k+1], unsafe.Add(w, row+weightRow), a0, a1, a2, a3, b0, b1, b2, b3)
			row += 2 * weightRow
			k += 2
		}
		if k < len(p) {
			a0, a1, a2, a3, b0, b1, b2, b3 = tile1x8(p[k], unsafe.Add(w, row), a0, a1, a2, a3, b0, b1, b2, b3)
			row += weightRow
		}
	}
	return
}

// igemmStore finishes four sums and writes them to y[o:o+4].
func igemmStore(flags int, add, mask, y *float32, o int, a0, a1, a2, a3 float32) {
	if flags&igemmAdd != 0 {
		v := (*[4]float32)(unsafe.Add(unsafe.Pointer(add), 4*o))
		a0 += v[0]
		a1 += v[1]
		a2 += v[2]
		a3 += v[3]
	}
	d := (*[4]float32)(unsafe.Add(unsafe.Pointer(y), 4*o))
	var m [4]float32
	if flags&igemmMask != 0 { // read first: mask may be y
		m = *(*[4]float32)(unsafe.Add(unsafe.Pointer(mask), 4*o))
	}
	d[0], d[1], d[2], d[3] = flushTiny(a0), flushTiny(a1), flushTiny(a2), flushTiny(a3)
	switch {
	case flags&igemmReLU != 0:
		for i, v := range d {
			if v < 0 {
				d[i] = 0
			}
		}
	case flags&igemmMask != 0:
		for i, v := range m {
			if !(v > 0) {
				d[i] = 0
			}
		}
	}
}
