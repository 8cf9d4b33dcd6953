// Package optimizer has the update rules (spec: optimizers): one row of Rules for
// each, with its hyperparameters, its state, the numbers that its kernel takes in
// a step, and its formula in float64, by which generated kernels are judged.
//
// A rule has one or several forms. A form is what a kernel is made for: momentum
// needs a vector of state that plain gradient descent does not.
//
// It may import runtime/config only. The compiler reads the same rows as the
// training loop.
package optimizer
