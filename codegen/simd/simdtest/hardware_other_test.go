//go:build !amd64

package simdtest

import "github.com/cnnc/cnnc/codegen/simd"

// On other architectures the simulator alone is tested.

func igemmHardware(simd.Kernel) igemmFunc { return nil }

func wgradHardware(simd.Kernel) wgradFunc { return nil }

func wgradBiasHardware(simd.Kernel) wgradBiasFunc { return nil }

func packHardware(simd.Kernel, *float32, *float32, *float32, block) bool { return false }
