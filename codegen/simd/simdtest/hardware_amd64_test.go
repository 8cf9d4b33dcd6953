package simdtest

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/cnnc/cnnc/codegen/simd"
)

// supported says whether this machine runs kernels of the ISA.
func supported(isa simd.ISA) bool {
	switch isa {
	case simd.AVX2:
		return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	case simd.AVX512:
		return cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL)
	}
	return false
}

// igemmHardware is the assembled kernel, nil if this machine cannot run it.
func igemmHardware(k simd.Kernel) igemmFunc {
	if !supported(k.ISA) {
		return nil
	}
	switch k.Variant.Family {
	case "depthwise":
		return depthwiseAsm[k]
	case "narrow":
		return narrowAsm[k]
	}
	return igemmAsm[k]
}

func wgradHardware(k simd.Kernel) wgradFunc {
	if !supported(k.ISA) {
		return nil
	}
	if k.Variant.Family == "depthwiseGrad" {
		return depthwiseGradAsm[k]
	}
	return wgradAsm[k]
}

func wgradBiasHardware(k simd.Kernel) wgradBiasFunc {
	if !supported(k.ISA) {
		return nil
	}
	return wgradBiasAsm[k]
}

// packHardware runs packPanel or colSum if this machine can.
func packHardware(k simd.Kernel, dy, panel, db *float32, b block) bool {
	if !supported(k.ISA) {
		return false
	}
	if k.Variant.Family == "colSum" {
		colSumAsm[k](dy, db, b.imgs, b.rows, b.cols, b.img, b.row, b.col)
	} else {
		packPanelAsm[k](dy, panel, db, b.imgs, b.rows, b.cols, b.img, b.row, b.col)
	}
	return true
}
