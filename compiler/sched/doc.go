// Package sched turns graphs into a plan: it decides which kernel computes
// which operation, how tensors lie in memory, in which tiles and blocks the
// work is cut, how many examples a worker takes at once, which buffers share
// memory, and in which order everything runs.
//
// Schedule is the one verb; its body is the list of steps:
//
//	legalize  give every value a memory form; insert copies where forms clash
//	order     the sequence of steps, gradients of weights as early as possible
//	layout    channels, halos, buffers that must look alike
//	pack      where each parameter lies in the packed vector
//	build     steps become plan calls on buffers, in place where a value dies
//	arena     lifetimes and offsets; borders to be cleared
//
// It imports compiler/ir, compiler/plan and compiler/target. Nothing here may
// depend on the machine that runs the compiler: the same graphs give the same
// plan everywhere.
package sched
