package codegen_test

import "github.com/klauspost/cpuid/v2"

// supported lists the instruction sets of this machine.
func supported() []string {
	isas := []string{"go"}
	if cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		isas = append(isas, "avx2")
	}
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
		isas = append(isas, "avx512")
	}
	return isas
}
