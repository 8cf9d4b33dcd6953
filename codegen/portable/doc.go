// Package portable is the room of the kernels in plain Go: every kernel that
// codegen/simd writes in assembly exists here too, as an ordinary compiled and
// tested Go function. Generated packages get a copy of the functions they need,
// for machines without AVX2 and as the judge of their own assembly.
//
// A kernel function is called <family>Go. Its last parameters are those of the
// kernel's dispatch function, in the same order; what distinguishes the variants of
// a family (tile height, fused operations) comes first. Pointers address float32
// elements inside one object, offsets and strides count elements, and no function
// touches an element that its doc comment does not name.
//
// igemmGo and wgradGo reach 12 to 14 GFLOP/s on a Zen 5 core (6 where a run of input
// has 3 elements), a tenth of the AVX2 kernels.
//
// The kernel files depend on unsafe, math and math/bits only and keep their helpers
// beside them. Two more files make them available: kernels.go maps the name of a
// variant to the call of its function, sources.go extracts functions as source text.
//
// The package imports the standard library and codegen/extract. It never imports
// simd, plan or anything else of the compiler.
package portable
