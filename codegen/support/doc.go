// Package support is the plain Go that generated packages carry besides their
// kernels: the choice of the instruction set, aligned memory, tables of
// offsets, losses, the walk over the parameters. Nothing in it depends on one
// network's shapes.
//
// It is compiled and tested here, and codegen/extract copies the declarations a
// generated package uses into it. So it imports the standard library only
// (isa_amd64.go also cpuid), and everything in it is unexported.
package support
