// Package initializer gives the parameters of a network their first values
// (spec: initializers and regularizers).
//
// A tensor's values depend on the seed and on the tensor's name only: not on
// the other layers, on their order or on the machine. So inserting a layer
// leaves the start of all others as it was.
//
// The package may import runtime/model, runtime/rng and runtime/weights.
package initializer
