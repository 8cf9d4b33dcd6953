package rng

import "math/bits"

// Philox is the counter-based generator Philox4x32-10: four random words that
// depend on nothing but counter and key, so that any element of a mask can be
// computed at any time, in any order, in any number of threads (J. Salmon,
// M. Moraes, R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011).
func Philox(ctr [4]uint32, key [2]uint32) [4]uint32 {
	const (
		m0, m1 = 0xd2511f53, 0xcd9e8d57 // multipliers
		w0, w1 = 0x9e3779b9, 0xbb67ae85 // key increments: golden ratio, sqrt(3)-1
	)
	for range 10 {
		hi0, lo0 := bits.Mul32(m0, ctr[0])
		hi1, lo1 := bits.Mul32(m1, ctr[2])
		ctr = [4]uint32{hi1 ^ ctr[1] ^ key[0], lo1, hi0 ^ ctr[3] ^ key[1], lo0}
		key[0] += w0
		key[1] += w1
	}
	return ctr
}
