// Package optimizertest has the reference trajectories of the optimizers (spec:
// optimizers, section 6), for the tests of rules, kernels and the training loop.
//
// It may import runtime/config only.
package optimizertest
