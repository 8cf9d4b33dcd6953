// Package plantest executes plans without generated code: call by call, with
// exactly the numbers the plan holds (offsets, strides, tiles, rows of weights),
// on memory that is poisoned where a correct plan never reads. What layouts,
// halos, lifetimes, overlaps and packings get wrong shows as NaN or as a
// difference from compiler/eval, before any kernel exists.
//
// Elements are float64 here, one for each float32 of the generated program, so
// that comparisons are sharp. It is imported by tests only. It imports
// compiler/plan, and compiler/op for the activation functions.
package plantest
