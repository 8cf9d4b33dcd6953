//go:build !purego

package peak

import "github.com/klauspost/cpuid/v2"

// vector returns the kernel of an instruction set and the operations of one of
// its iterations, nil when there is none.
func vector(isa string) (run func(n int), flops float64) {
	switch {
	case isa == "avx512" && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512VL):
		return fmaPeakAVX512, flopsAVX512
	case isa == "avx2" && cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3):
		return fmaPeakAVX2, flopsAVX2
	}
	return nil, 0
}
