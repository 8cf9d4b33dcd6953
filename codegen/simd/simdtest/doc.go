// Package simdtest runs the kernels of codegen/simd on the hardware.
//
// It holds a representative set of kernels (set.go) in assembled form, written
// by the small command in gen. Its tests compare them with float64 loops and,
// bit for bit, with the simulator, which also stands in for instruction sets
// this machine lacks. Its benchmarks drive them as generated packages do, by
// the planning rules of compiler/target, and report the share of the FMA peak
// measured in the same run.
//
// Nothing but tests may import it. A generated file that does not assemble keeps
// the command in gen from building: remove the z files, then generate.
package simdtest

//go:generate go run ./gen
