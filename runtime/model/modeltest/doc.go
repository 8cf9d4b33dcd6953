// Package modeltest has small networks written by hand in plain Go, slow and
// obvious, that behave like generated packages: tests of the training loop, of
// weight files and of jobs run on them.
//
// It may import runtime/model, runtime/config, runtime/optimizer and runtime/rng. Only tests
// import it.
package modeltest
