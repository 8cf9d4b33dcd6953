// Package weights keeps the parameters of a network in safetensors files.
//
// It has two floors. The lower one (safetensors.go, write.go) reads and writes the file
// format and knows nothing of networks: a header of JSON, then the tensors, one
// after the other. A reader trusts nothing in the header: sizes are compared
// with the length of the file before anything is allocated, and gaps, overlaps
// and duplicates are refused. The upper one (network.go) maps the logical
// tensors of a file, which any other program can read, to the packed vector of
// the kernels and back, and refuses a file that was made for another network,
// naming the first layer or tensor that differs.
//
// The package may import runtime/model and runtime/durable; it never knows of
// training.
package weights
