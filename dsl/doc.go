// Package dsl is the front end of cnnc: it reads model files.
//
//	ParseFile   text -> syntax tree
//	Format      text -> text in canonical layout (`cnnc fmt`)
//	Load        text -> checked and expanded Program, ready for the compiler
//
// The work is done in sub-packages, one for each step:
//
//	diag     positions, diagnostics, the caret renderer
//	lang     the table of layers, settings and options
//	ast      the syntax tree
//	parse    lexer and grammar; its documentation holds the grammar in EBNF
//	printer  the canonical layout
//	elab     checks and expansion
//
// REFERENCE.md beside this file describes the language for its users; it is
// generated from lang. The package imports its sub-packages only, never the
// compiler or the runtime.
package dsl
