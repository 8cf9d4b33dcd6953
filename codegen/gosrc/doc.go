// Package gosrc is a small vocabulary over jennifer for the Go that cnnc
// writes: files with their header, sums with constant terms folded, addresses,
// constant blocks and aligned comment tables.
//
// It knows Go and nothing of networks. It imports jennifer and the standard
// library only.
package gosrc
