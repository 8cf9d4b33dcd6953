// Package lower turns an elaborated model file into what the rest of the
// compiler works on: the graph of the network, with its loss, and the plain data
// that the runtime needs for reading examples and for training.
//
//	lower.go       Lower: the steps, and the state they share
//	layer.go       the table of layer kinds
//	weighted.go    conv and dense
//	pool.go        maxpool, avgpool, globalavgpool, flatten
//	elementwise.go activations, dropout, softmax
//	merge.go       add, concat
//	head.go        scores, target and loss
//	limits.go      how large a network may be
//	words.go       a layer as the reader wrote it
//	data.go        data section -> config.Data
//	train.go       train section -> config.Train
//	callback.go    its rules: stop, reduce, keep
//	codes.go       the codes of its diagnostics
//
// Shapes are inferred here, while the positions in the model file are at hand,
// so this is where everything is found that a user can do wrong with shapes.
// After a mistake a layer has an unknown result; layers behind it say nothing
// about it, and dense, which knows its result whatever it gets, makes things
// known again. So one run reports all mistakes and none twice.
//
// It imports dsl/elab and dsl/lang for the program, compiler/ir and compiler/op
// for the graph, runtime/config for what the runtime obeys, and
// runtime/data/doodles for the names of its classes, runtime/data/whiten for the
// longest input that can be whitened. Nothing behind it reports
// mistakes of the user: an error of a later phase is a bug in cnnc.
package lower
