// Package plantest executes plans without generated code: call by call, with
// exactly the numbers the plan holds (offsets, strides, tiles, rows of weights),
// on memory that is poisoned where a correct plan never reads. What layouts,
// halos, lifetimes, overlaps and packings get wrong shows as NaN or as a
// difference from compiler/eval, before any kernel exists.
//
// Elements are float64 here, one for each float32 of the generated program, so
// that comparisons are sharp.
//
//	machine.go      the machine; product, image, elementwise: its calls
//	chain.go        builds networks layer by layer
//	nets.go         fixed networks, each for the sake of one thing
//	check.go        from a lowered network through the scheduler to a comparison
//
// It is imported by tests only, those of the code generator included. It imports
// the compiler's packages up to compiler/sched, and runtime/rng for masks.
package plantest
