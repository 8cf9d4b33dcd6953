// Package phases writes the page of cnnc explain --html: what each phase of the
// compiler made, a column each, from the model file on the left to the emitted Go on
// the right, in the manner of the SSA page of the Go compiler.
//
//	column.go    columns, rows and parts: what all phases are shown in
//	source.go    the model file and its layers
//	graph.go     a graph, with what is new, changed and removed by the next pass
//	plan.go      the calls of a program with kernels and times, and its buffers
//	arena.go     the memory of a program over its calls, as SVG
//	code.go      the functions of the generated package that are calls
//	roofline.go  speed over arithmetic intensity, predicted and measured
//	page.go      all of it on a page
//
// The same thing has the same key in all columns; the script of the page marks all
// places of a key that is clicked, and all that comes of the same line of the model
// file. Without scripts the page is still complete.
//
// It reads the compiler's results and writes HTML with cmd/cnnc/page.
package phases
