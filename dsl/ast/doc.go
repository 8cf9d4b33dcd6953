// Package ast is the syntax tree of a model file, as written: expressions are
// not evaluated, names are not resolved and comments are kept.
//
// Package parse builds it, package printer writes it back, package elab gives
// it meaning. It imports dsl/diag for positions and nothing else, and it never
// knows which layers or settings exist.
package ast
