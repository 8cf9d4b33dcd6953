// Package simdtest runs the kernels of codegen/simd on the hardware.
//
// It holds a representative set of kernels (set.go) in assembled form, written
// by the small command in gen. Its tests compare them with float64 loops and,
// bit for bit, with the simulator, which also stands in for instruction sets
// this machine lacks. Its benchmarks drive them as generated packages do, by
// the planning rules of compiler/target, and report the share of the FMA peak
// measured in the same run.
//
// Nothing but tests may import it.
package simdtest

//go:generate go run ./gen
