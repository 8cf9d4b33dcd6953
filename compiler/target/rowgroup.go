package target

// callFLOPs bounds the work of one kernel call: about 50 us at 60 GFLOP/s.
// Assembly cannot be preempted, so this is what the garbage collector's stop
// phase may have to wait for.
const callFLOPs = 3e6

// callBytes bounds the memory traffic of one kernel call in the same way: about
// 50 us at 20 GB/s.
const callBytes = 1 << 20

// RowGroup is the number of output rows done per kernel call of a convolution
// with outputs of height x width pixels, sums of k terms and lanes channels
// per call. The loops are: row groups outside, panels inside.
func RowGroup(height, width, k, lanes int) int {
	rows := callFLOPs / (2 * k * lanes * width)
	return max(1, min(height, rows))
}
