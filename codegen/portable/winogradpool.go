package portable

import "unsafe"

// winogradPoolOutputGo transforms 36 planes to n tiles of 4x4 pixels, At m A, and
// takes the maximum of each 2x2 of them; rows x cols maxima of a tile are stored:
//
//	e = At d A, m[i][j] = max of e[2i][2j], e[2i][2j+1], e[2i+1][2j], e[2i+1][2j+1]
//	m[i][j] + bias[cc], then ReLU, for the flags set
//	y[o*yStep + i*yRow + j*yCol + cc] = m[i][j]  for i < rows, j < cols
//	winogradBits: bit cc%8 of bits[o*bitsStep + i*bitsRow + j*c/2 + k*c/8 + cc/8] =
//	    the window's first maximum is its k-th cell (with winogradReLU, and m[i][j] > 0)
func winogradPoolOutputGo(flags int, x, bias, y, tmp *float32, bits *byte, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols, bitsRow, bitsStep int) {
	winogradPools(winogradAt, 6, 4, flags, x, bias, y, bits, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols, bitsRow, bitsStep)
}

// winogradPoolOutput2Go is winogradPoolOutputGo from 16 planes to tiles of 2x2
// pixels, of which each becomes one.
func winogradPoolOutput2Go(flags int, x, bias, y, tmp *float32, bits *byte, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols, bitsRow, bitsStep int) {
	winogradPools(winogradAt2, 4, 2, flags, x, bias, y, bits, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols, bitsRow, bitsStep)
}

// winogradPools is winogradPoolOutputGo from in x in planes to out x out pixels.
func winogradPools(line func(d [6]float32) [6]float32, in, out, flags int, x, bias, y *float32, bits *byte, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols, bitsRow, bitsStep int) {
	var d winogradSquare
	for o := range n {
		for cc := range c {
			winogradRead(&d, unsafe.Add(unsafe.Pointer(x), 4*(o*xStep+cc)), in, xRow, xCol)
			winogradTwice(line, in, out, &d)
			for i := range rows {
				for j := range cols {
					m, which := d[2*i][2*j], 0
					for k := 1; k < 4; k++ {
						if e := d[2*i+k/2][2*j+k%2]; e > m {
							m, which = e, k
						}
					}
					if flags&winogradBias != 0 {
						m += *(*float32)(unsafe.Add(unsafe.Pointer(bias), 4*cc))
					}
					if flags&winogradReLU != 0 && !(m > 0) {
						which = -1
						if m < 0 {
							m = 0
						}
					}
					*(*float32)(unsafe.Add(unsafe.Pointer(y), 4*(o*yStep+i*yRow+j*yCol+cc))) = flushTiny(m)
					if flags&winogradBits == 0 {
						continue
					}
					for k := range 4 {
						p := (*byte)(unsafe.Add(unsafe.Pointer(bits), o*bitsStep+i*bitsRow+j*(c/2)+k*(c/8)+cc/8))
						*p &^= 1 << (cc % 8)
						if k == which {
							*p |= 1 << (cc % 8)
						}
					}
				}
			}
		}
	}
}
