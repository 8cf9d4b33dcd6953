// Package filter is the half of cnnc filter that knows pictures: kernels by name
// or as a matrix, the network that applies them, the tiles that a picture is cut
// into for the network, and what is done to single values.
//
//	kernel.go   Kernel, Filter: the catalogue and the text form of a matrix
//	bank.go     several kernels as one convolution: model text and weights
//	pool.go     a pooling as a network
//	tile.go     pictures to tiles and back
//	picture.go  Picture: planes of values; magnitude, threshold, tones
//
// It computes no convolution and no pooling: the command compiles the model texts
// that it writes, and runs the tiles through the program.
package filter
