package portable

import "math"

// Subnormal numbers, below 2^-126, make products slow on most processors: three to
// seven times as slow in plain Go on one Zen 5 core, ten and more on others. Kernels
// in assembly have the processor treat them as zeros; Go cannot. What can be done
// here is to keep them out of memory, where every later pass would meet them:
// kernels whose results get small without bound (sums of products, activations with
// an exponential tail, the state of optimizers, which decays) store zeros instead.
// Underflow within a sum remains, and passes.

// flushTiny is v, or zero of v's sign where v is subnormal.
func flushTiny(v float32) float32 {
	if b := math.Float32bits(v); b&0x7f800000 == 0 {
		return math.Float32frombits(b & (1 << 31))
	}
	return v
}
