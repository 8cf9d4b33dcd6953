// Package plan is what the compiler hands to the code generator: ordered kernel
// calls on buffers with fixed offsets, and nothing else. An emitter cannot ask
// a pass anything; whatever generated code needs is written here as numbers.
//
//	plan.go        Plan, Program, Param, Packing, Buffer
//	call.go        what every call answers; tiles.go, what products share
//	igemm.go, wgrad.go, winograd.go, maxpool.go, ... one file for each kind of
//	               call: the loop it stands for, the buffers it touches, what
//	               must hold, what reports say of it
//	buffer.go      what follows from a buffer's geometry
//	access.go      how a call lists the buffers it reads and writes
//	verify.go      what must hold for every plan; verify_*.go, what checks share
//	cost.go        what calls are predicted to take
//	text.go        the text form, with predicted times; table.go, the layers
//	memory.go      what a run will allocate
//
// It is plain data. The scheduler (compiler/sched) makes a Plan, codegen/emit
// reads it, plan/plantest executes it in tests. It imports neither: of this module
// only compiler/target, for what tiles, blocks and levels of memory cost.
package plan
