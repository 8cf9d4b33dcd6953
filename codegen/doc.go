// Package codegen turns a plan into the files of a Go package: the network's
// layers as methods with constant shapes and offsets, the kernels they call for
// every instruction set, and everything around them.
//
// What depends on the network is written through jennifer (gosrc, emit) and
// codegen/simd. What does not is real Go of this module and copied by extract:
// skeleton (the type Net), support (tables, losses, memory), portable (kernels
// in plain Go), and for inference-only packages also the weight reader and the
// preprocessing of the runtime.
//
// It imports compiler/plan and nothing else of the compiler. The runtime's
// packages appear in generated code by name only; imported are those whose plain
// data (config, model) or source text it writes.
package codegen
