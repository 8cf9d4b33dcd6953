package rng

import "math"

// DropoutKey is the Philox key of one dropout layer for one example:
// exampleKey is the example's key of this epoch, stream the layer's number in
// the network, from 1. Generated code and the reference both use it.
func DropoutKey(exampleKey uint64, stream int) uint64 {
	return Mix(exampleKey + uint64(stream)*gamma)
}

// DropoutWord is the random word that decides about element e of a mask: sixteen
// blocks serve 64 elements, word w of block b being that of element 16w+b. So a
// vector register holds the same word of consecutive blocks, and kernels need
// no shuffle.
func DropoutWord(key uint64, e int) uint32 {
	block := uint32(e/64*16 + e%16)
	return Philox([4]uint32{block}, [2]uint32{uint32(key), uint32(key >> 32)})[e%64/16]
}

// DropoutThreshold turns a rate into what random words are compared with and
// the factor for what is kept: an element is kept when its word is at least
// threshold. Rates of 1 and more drop nearly every element and scale the rest
// to nothing. The rate is a float32, as generated code holds it, so that every
// implementation gets the same bits.
func DropoutThreshold(rate float32) (threshold uint32, scale float32) {
	switch {
	case !(rate > 0):
		return 0, 1
	case rate >= 1:
		return math.MaxUint32, 0
	}
	return uint32(float64(rate) * (1 << 32)), 1 / (1 - rate)
}
