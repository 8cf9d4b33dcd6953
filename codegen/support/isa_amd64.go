//go:build !purego

package support

import "github.com/klauspost/cpuid/v2"

// bestISA is the widest instruction set that processor and operating system
// support.
func bestISA() int {
	switch {
	case cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX2, cpuid.FMA3):
		return isaAVX512
	case cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3):
		return isaAVX2
	}
	return isaGo
}
