package simd

import "fmt"

// ISA is an instruction set a kernel exists for. The order is that of width:
// a machine that has one level has all the levels before it.
type ISA uint8

const (
	// Go is portable Go: no assembly, kernels of codegen/portable.
	Go ISA = iota
	// AVX2 is AVX2 with FMA3: 16 vector registers of 8 float32 (x86-64-v3).
	AVX2
	// AVX512 is AVX-512 F, BW, DQ and VL: 32 vector registers of 16 float32
	// and 8 mask registers (x86-64-v4).
	AVX512
)

// ISAs lists every ISA, narrowest first.
var ISAs = []ISA{Go, AVX2, AVX512}

// String is the name that symbols end in: Go, AVX2, AVX512.
func (isa ISA) String() string {
	switch isa {
	case Go:
		return "Go"
	case AVX2:
		return "AVX2"
	case AVX512:
		return "AVX512"
	}
	return fmt.Sprintf("ISA(%d)", uint8(isa))
}

// Width is the number of float32 in one vector register; 1 for Go.
func (isa ISA) Width() int {
	switch isa {
	case AVX2:
		return 8
	case AVX512:
		return 16
	}
	return 1
}

// VectorRegs is the number of vector registers a kernel may use; 0 for Go.
func (isa ISA) VectorRegs() int {
	switch isa {
	case AVX2:
		return 16
	case AVX512:
		return 32
	}
	return 0
}

// Vec is vector register n at the full width of the ISA: Y0..Y15 or Z0..Z31.
func (isa ISA) Vec(n int) Vec {
	if isa == AVX512 {
		return Z(n)
	}
	return Y(n)
}
