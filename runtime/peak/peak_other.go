//go:build !amd64 || purego

package peak

// vector has nothing to measure with: the kernels of this build are plain Go.
func vector(string) (run func(n int), flops float64) { return nil, 0 }
