package portable

import (
	"math/bits"
	"unsafe"
)

// dropoutGo keeps an element where a random word is at least threshold, and
// multiplies what it keeps by scale.
//
//	word e%64/16 of block counter + e/64*16 + e%16 decides about element e:
//	y[e] = x[e]*scale if the word >= threshold, else 0       for e < n
//
// Blocks are Philox4x32-10 [philox] with the block index as the first counter word,
// zeros in the other three, and key split into its low and high half. Sixteen blocks
// make 64 elements, in the order in which vector registers hold them, so that every
// instruction set produces the same bits. A call uses the blocks counter to
// counter + ceil(n/64)*16 - 1 (modulo 2^32). n is a multiple of 8; y may be x.
//
// [philox] Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3. SC 2011.
func dropoutGo(x, y *float32, n int, key uint64, counter uint32, threshold uint32, scale float32) {
	src, dst := unsafe.Slice(x, n), unsafe.Slice(y, n)
	dst = dst[:len(src)]
	for base := 0; base < len(src); base += 64 {
		for lane := range 16 {
			if base+lane >= len(src) {
				break
			}
			words := philox(key, counter+uint32(base/4+lane))
			e := base + lane
			for _, w := range words {
				if e >= len(src) {
					break
				}
				v := src[e] * scale
				if w < threshold {
					v = 0
				}
				dst[e] = v
				e += 16
			}
		}
	}
}

// philox returns the four words of Philox4x32-10 for the counter (c, 0, 0, 0).
func philox(key uint64, c uint32) [4]uint32 {
	k0, k1 := uint32(key), uint32(key>>32)
	c0, c1, c2, c3 := c, uint32(0), uint32(0), uint32(0)
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c0)
		h1, l1 := bits.Mul32(0xCD9E8D57, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return [4]uint32{c0, c1, c2, c3}
}
