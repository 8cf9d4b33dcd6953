// Package emit writes the methods of a generated package: one for each call of
// a plan, a Go loop nest in which every shape, stride and offset is a constant,
// around calls of kernels.
//
// There is one file for each kind of call, named after it, and one row in
// table.go. An emitter reads nothing but its call and the plan's buffers, and
// says which kernels and offset tables it needs; it decides nothing that the
// scheduler could have decided. A plan that cannot be written is an internal
// error, never a mistake of the user's.
//
// It imports compiler/plan, codegen/simd (for the names of kernels) and
// codegen/gosrc.
package emit
