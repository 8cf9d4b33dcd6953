// Package op says what every operation of the graph means. There is one file an
// operation (with its gradient operations beside it) and one row each in the
// table: documentation, operands, attribute type, shape rule, vector-Jacobian
// product, float64 reference and operation count. Whoever adds a layer kind
// adds a file and its rows here; lowering, autodiff, the interpreter, the
// verifier and the tests find everything else through the table.
//
// The references are written from the project's specification (spec: layers,
// activations, losses) in the plainest loops there are: they are what generated
// code is judged by, so they are never made clever.
//
// It imports compiler/ir and dsl/diag, and runtime/rng for the generator behind
// dropout. It never imports passes, the scheduler or code generation.
package op
