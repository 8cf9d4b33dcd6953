// Package plan is what the compiler hands to the code generator: ordered kernel
// calls on buffers with fixed offsets, and nothing else. An emitter cannot ask
// a pass anything; whatever generated code needs is written here as numbers.
//
// It is plain data with a text form. The scheduler (compiler/sched) makes a
// Plan, codegen/emit reads it. It imports neither; it may import compiler/ir
// for shapes only.
package plan
