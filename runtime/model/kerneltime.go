package model

import (
	"math"
	"time"
)

// LongestKernel returns the kernel call that takes longest of those that run makes,
// which have to be the same every time it runs: of each the shortest of so many times
// counts, since interruptions only ever make one longer. It is zero where kernels
// cannot be timed (TimeKernels is nil; then nothing runs) or none is in assembly.
func (n *Network) LongestKernel(times int, run func()) (kernel string, took time.Duration) {
	if n.TimeKernels == nil {
		return "", 0
	}
	type call struct {
		kernel string
		took   time.Duration
	}
	var calls []call
	next := 0
	n.TimeKernels(func(kernel string, took time.Duration) {
		if next == len(calls) {
			calls = append(calls, call{kernel, math.MaxInt64})
		}
		calls[next].took = min(calls[next].took, took)
		next++
	})
	for range times {
		next = 0
		run()
	}
	n.TimeKernels(nil)
	for _, c := range calls {
		if c.took > took {
			kernel, took = c.kernel, c.took
		}
	}
	return kernel, took
}
