// Command cnnc compiles convolutional networks written in .cnn files to Go
// packages, trains them and uses them.
//
//	cnnc new NAME            a starter model file
//	cnnc check FILE          all errors, or the layer table with memory and FLOPs
//	cnnc fmt [-l|-w] FILE…   canonical layout
//	cnnc explain FILE        what the compiler does with it, phase by phase
//	cnnc generate FILE       write the Go package
//	cnnc train FILE          train; live progress, history, best weights, a report
//	cnnc runs [DIR…]         training runs in a table, or side by side
//	cnnc tune FILE           search the hyperparameters, a process a trial
//	cnnc eval FILE           metrics and confusion matrix on the test data
//	cnnc predict FILE IMAGE… labels for image files, folders of them, or rows of CSV files
//	cnnc serve FILE [ADDR]   predictions over HTTP, a page to draw on; or that page with WebAssembly
//	cnnc plot …              figures: history, confusion, filters, features, augment, arena
//	cnnc filter IMAGE        kernels over a picture: edges, blur, pooling
//	cnnc verify FILE         generated code against the float64 reference
//	cnnc bench FILE          time, GFLOP/s and share of the FMA peak of each layer
//	cnnc data …              fetch, render, inspect and preview data sets
//	cnnc version, help
//
// Flags, files and exit codes live here (0 fine, 1 failed, 2 usage or bad model
// file, 130 ended by Ctrl-C), one file or a few for each subcommand; the work is
// done by packages dsl, compiler, codegen and runtime/tune. train, tune, eval,
// predict, serve, verify and bench generate the package, build it with the installed
// Go toolchain into a cache, and run it as a child process (runtime/job): the command
// itself contains no training loop.
package main
