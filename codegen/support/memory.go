package support

import "unsafe"

// alignedFloats returns n zeros that begin at a multiple of 64 bytes, the size
// of a cache line and of the widest vector.
func alignedFloats(n int) []float32 {
	s := make([]float32, n+15)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(s))) % 64 / 4)
	return s[skip : skip+n : skip+n]
}

// unpadded copies an image of h x w pixels, whose rows and pixels are row and
// col elements apart, to a new slice [h][w][c].
func unpadded(x []float32, h, w, c, row, col int) []float32 {
	out := make([]float32, 0, h*w*c)
	for y := range h {
		for q := range w {
			out = append(out, x[y*row+q*col:][:c]...)
		}
	}
	return out
}
