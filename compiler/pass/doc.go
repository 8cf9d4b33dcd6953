// Package pass transforms graphs into graphs. Each pass has a file of its name,
// a comment on what it needs and what it guarantees, and no state; the lists in
// pass.go say in which order they run and why. After every pass the graph is
// verified against the table of operations, so a pass that breaks a graph is
// named by the error.
//
// It imports compiler/ir and compiler/op. It never looks at an instruction set,
// at memory or at the model file.
package pass
