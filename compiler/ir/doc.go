// Package ir is the compiler's one intermediate representation: a typed graph
// with static shapes that describes a network, and after autodiff also its
// backward pass. Every pass takes a Graph and returns a Graph; the float64
// interpreter (compiler/eval) runs any of them, before and after.
//
// It is a leaf but for dsl/diag (source positions). What an operation means
// (its shape rule, its vector-Jacobian product, its reference) is not here but
// in compiler/op, one row an operation. Nothing in this package knows about
// instruction sets, memory or Go source.
package ir
