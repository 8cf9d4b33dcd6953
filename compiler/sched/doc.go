// Package sched turns graphs into a plan: it decides which kernel computes
// which operation, how tensors lie in memory, in which tiles and blocks the
// work is cut, how many examples a worker takes at once, which buffers share
// memory, and in which order everything runs.
//
// Schedule is the one verb. Its steps, each in a file of its name:
//
//	legalize  give every value a memory form; insert copies where forms clash
//	absorb    additions of gradients that a backward-data kernel does in passing
//	order     the sequence of steps, gradients of weights as early as possible
//	layout    channels, halos, buffers that must look alike
//	pack      where each parameter lies in the packed vector
//	build     steps become plan calls (product, wgrad, image, elementwise), in
//	          place where a value dies
//	micro     how many examples at once, by predicted time, in how many shards
//	arena     lifetimes and offsets; borders to be cleared
//	layers    the table of the network
//
// Terms: a buffer has a halo, a border of zeros kept around each image, so that
// kernels need no edge code. A class is a set of buffers that must look alike,
// since one kernel walks over them with one set of offsets. A phase is the part
// of backward-data that a stride above 1 leaves on its own (phase.go).
//
// It imports compiler/ir, compiler/op (shapes and operation counts),
// compiler/target and compiler/plan. Nothing here may depend on the machine
// that runs the compiler: the same graphs give the same plan everywhere.
package sched
