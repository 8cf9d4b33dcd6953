// Package model is the one interface between generated packages and the rest
// of the runtime: a generated package describes itself with a Network, and the
// training loop, the verifier and the benchmarks see nothing else of it.
//
// It is a leaf but for runtime/config.
package model
