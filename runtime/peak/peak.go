// Package peak measures what the vector units of one core can do, so that the
// speed of a kernel can be given as a fraction of it: independent multiply-adds
// in registers, no memory. Benchmarks call it in the same run as the kernels,
// because clock rates differ from moment to moment.
//
// Its kernels are written by codegen/simd and copied from codegen/portable, like
// those of generated packages. It imports cpuid and the standard library only.
package peak

import "time"

const (
	rounds    = 8
	roundTime = 4 * time.Millisecond
)

// GFLOPS returns the peak of one core in 10^9 floating point operations a
// second for the instruction set "go" (scalar code), "avx2" or "avx512", a
// multiply-add counting 2. It is 0 for other names and when the machine or the
// build lacks the instruction set. It takes some 40 ms and returns the best of
// several rounds.
func GFLOPS(isa string) float64 {
	run, flops := vector(isa)
	if isa == "go" {
		run, flops = fmaPeakGo, flopsGo
	}
	if run == nil {
		return 0
	}
	n := 1 << 10
	best := 0.0
	for range rounds {
		start := time.Now()
		run(n)
		d := time.Since(start)
		if d > 0 {
			best = max(best, flops*float64(n)/float64(d.Nanoseconds()))
		}
		if d < roundTime {
			// Aim at the time of a round, without trusting a first, cold one.
			n = int(min(float64(n)*8, float64(n)*float64(roundTime)/float64(max(d, 1)))) + 1
		}
	}
	return best
}
