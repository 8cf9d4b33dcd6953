// Package diag is how cnnc talks about places in a model file and about
// mistakes found there: positions, spans, diagnostics with codes, the text
// renderer with its caret line, and the search for the nearest known name
// behind every "did you mean".
//
// It is a leaf: every package of the front end and of the compiler imports it,
// and it imports only the standard library. It never reads files and never
// decides what is a mistake.
package diag
