// Package elab gives a syntax tree its meaning. It checks every name, option,
// type and range against the table of dsl/lang, evaluates hyperparameters with
// the overrides of the command line, and expands blocks, repeats and ifs into
// a flat list of layers: a Program.
//
//	elab.go      the steps, in order
//	hyper.go     hyperparameters
//	override.go  --set arguments
//	eval.go      expressions
//	function.go  min, max, floor, dims, ...
//	bind.go      words of a line -> the options of an entry
//	coerce.go    one value -> the type and range of its option
//	net.go       lines of the net and of blocks -> layers
//	expand.go    repeat, if; names and scopes; recursion
//	apply.go     applications of blocks
//	finish.go    names of layers, unused layers
//	section.go   settings of data, augment, train and tune
//	metric.go    which metrics may be watched
//
// All mistakes are collected; nothing stops at the first. Parts that are not
// reached (an else branch, a block that nothing applies) are elaborated with
// unknown values, so that their mistakes show too. An unknown value fits every
// option: it stands for what an earlier mistake, or a parameter without an
// argument, left open.
//
// The package knows no shapes. Whether a pooling window fits its image is the
// business of package compiler/lower, which finds the positions it needs for
// its messages in the Program. It imports dsl/ast, dsl/diag, dsl/lang and, for
// the defaults of the table and the values of --set, dsl/parse; never the
// compiler.
package elab
