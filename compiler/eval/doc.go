// Package eval is the float64 interpreter of graphs: the judge of every
// numerical claim in the project. It runs any graph, as lowered, with
// gradients, simplified or fused, one value after the other with the references
// of compiler/op, whole batch at once, nothing shared and nothing reused.
//
// It is slow on purpose. It imports compiler/ir and compiler/op and must never
// learn about plans, kernels or float32.
package eval
