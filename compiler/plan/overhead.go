package plan

// callNanos is what a call of a plan takes beside its kernels.
const callNanos = 60

// overhead is the nanoseconds of a call for a micro-batch that no vectors shorten.
func overhead(c Call, micro int) float64 {
	return callNanos
}
