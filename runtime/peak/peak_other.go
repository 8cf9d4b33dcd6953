//go:build !amd64 || purego

package peak

// kernel has nothing to measure with: the kernels of this build are plain Go.
func kernel(string) (run func(n int), flops float64) { return nil, 0 }
