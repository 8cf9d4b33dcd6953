package portable

import "unsafe"

// transposeGo transposes n blocks of rows x 16 elements; rows of either side are 16
// apart:
//
//	for o < n, i < rows, j < 16:
//	    y[o*yStep + 16*j + i] = x[o*xStep + 16*i + j]
//
// rows is a multiple of 4, at most 16, and x and y do not overlap. Steps may be
// negative.
func transposeGo(x, y *float32, n, rows, xStep, yStep int) {
	for o := range n {
		p, q := unsafe.Add(unsafe.Pointer(x), 4*o*xStep), unsafe.Add(unsafe.Pointer(y), 4*o*yStep)
		for i := range rows {
			for j, v := range (*[16]float32)(unsafe.Add(p, 64*i)) {
				*(*float32)(unsafe.Add(q, 64*j+4*i)) = v
			}
		}
	}
}
