// Package lang is the table of the language: every layer kind, section,
// setting, function and option, with its type, default, range and one line of
// documentation.
//
// The table is data. Package elab checks model files against it, error texts
// and spelling hints quote it, dsl/REFERENCE.md is printed
// from it (by refgen). Adding an option is adding a row here; the grammar does
// not change.
//
// It is a leaf: it imports the standard library only, and it never evaluates
// anything. Rows are ordered slice literals, so whatever is printed from them
// has one fixed order.
//
// # Two columns that decide more than they seem
//
// Option.Runtime says that a value changes no shape and no generated code: it
// may change from one run to the next without compiling again.
//
// Later says that a word belongs to the language but is not compiled by this
// version. Using it is an error that says so, which is kinder than "unknown".
package lang
