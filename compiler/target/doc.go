// Package target knows what the machine likes: how loops over pixels are cut
// into register tiles and blocks so that kernels run near their peak.
//
// Everything here is a pure function of sizes, with the measurements behind it
// in its comment. The scheduler plans by these rules, and the benchmarks of
// codegen/simd/simdtest drive the assembled kernels by the same functions.
//
// It is a leaf: it imports nothing of the compiler, and never codegen.
package target
