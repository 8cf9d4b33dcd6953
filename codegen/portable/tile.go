package portable

import "unsafe"

// The register tiles of igemmGo and wgradGo have eight accumulators, which is what
// sixteen scalar registers hold next to inputs, weights and products. The loops around
// them take four steps at a time: the compiler schedules the additions that close a
// loop last of all, so that with one step per iteration all eight products are alive
// at once and the accumulators move to memory (less than half the speed).

// tile2x4 adds the products of two inputs with a row of four values.
func tile2x4(u, v float32, row unsafe.Pointer, a0, a1, a2, a3, b0, b1, b2, b3 float32) (c0, c1, c2, c3, d0, d1, d2, d3 float32) {
	r := (*[4]float32)(row)
	return a0 + u*r[0], a1 + u*r[1], a2 + u*r[2], a3 + u*r[3], b0 + v*r[0], b1 + v*r[1], b2 + v*r[2], b3 + v*r[3]
}

// tile1x8 adds the products of one input with a row of eight values.
func tile1x8(u float32, row unsafe.Pointer, a0, a1, a2, a3, b0, b1, b2, b3 float32) (c0, c1, c2, c3, d0, d1, d2, d3 float32) {
	r := (*[8]float32)(row)
	return a0 + u*r[0], a1 + u*r[1], a2 + u*r[2], a3 + u*r[3], b0 + u*r[4], b1 + u*r[5], b2 + u*r[6], b3 + u*r[7]
}
