// Package metric measures how good scores are, exactly over all examples of an
// epoch, not as means of batches (spec: losses and metrics, sections 7 to 11).
//
// A metric reduces each example to a few numbers (Observe, which workers call
// for different examples at once) and folds those of all examples, in their
// order, to one (Sum). So results do not depend on the number of workers, and
// the state of a sum is all that a checkpoint needs.
//
// The table here is asked at compile time as well (compiler/lower): whether a
// metric fits a network, and with which options. It may import runtime/model and
// the standard library.
package metric
