package ir

import "github.com/cnnc/cnnc/dsl/diag"

// Shape is the shape of one value without the batch axis. Images are [H W C]
// (stored NHWC, C fastest), vectors [D], scalars []. Convolution kernels are
// [KH KW InC OutC] (HWIO), dense kernels [D Units].
type Shape []int

// DType is the element type of a value.
type DType uint8

const (
	// F32 is computed in float32 by generated code and in float64 by eval.
	F32 DType = iota
	// Mask holds, for each output of a max pooling, which cell of its window
	// won. Generated code stores one bit for each window cell.
	Mask
	// Label is one class index for each example.
	Label
)

// Value is one node of a graph: the result of one operation.
type Value struct {
	// ID is the position in Graph.Values. Graph.Renumber restores it.
	ID int
	// Op names a row of compiler/op's table, for example "conv2d".
	Op string
	// Args are the operands, in the order the operation's row documents.
	Args []*Value
	// Attr holds the operation's attributes: one of the *Attr structs of this
	// package, by value, or nil.
	Attr any
	// Shape excludes the batch axis.
	Shape Shape
	DType DType
	// Batched is true when there is one such tensor for each example, false
	// for parameters, gradients of parameters and other whole-batch values.
	Batched bool
	// Name is unique in a graph, and Go identifiers are derived from it. A
	// layer's result has the layer's name in the model file ("conv1", "skip");
	// the values on the way to it have a suffix ("conv1.conv2d", "conv1.preact",
	// parameters "conv1.kernel", "conv1.bias"), and so have gradients
	// ("conv1.dw").
	Name string
	// Layer is the name of the model-file layer that this value belongs to;
	// gradient values carry the layer they are the gradient of.
	Layer string
	// Pos is where the layer stands in the model file.
	Pos diag.Pos
}

// Param is a trained tensor. Its Value has Op "param".
type Param struct {
	Value *Value
	// Init names the initializer ("glorot_uniform", ...), FanIn and FanOut are
	// as in the spec (initializers, fan computation).
	Init          string
	FanIn, FanOut int
	// L1 and L2 index Graph.Scalars, -1 for none. L2 has no factor 1/2.
	L1, L2 int
	// Frozen parameters get no gradient and no update.
	Frozen bool
	// Constraint limits the weights after each update.
	Constraint Constraint
}

// Constraint is a limit of weights (spec: initializers and regularizers, section
// 6): "max_norm", "non_neg", "unit_norm", "min_max_norm" with its numbers, or ""
// for none.
type Constraint struct {
	Name           string
	Min, Max, Rate float64
}

// Scalar is a number that may change without recompiling: a dropout rate, a
// regularization factor. Operations refer to it by index.
type Scalar struct {
	// Name is the layer and option: "dropout1.rate".
	Name  string
	Value float64
}

// Graph is a network. Values are in topological order: every argument stands
// before its user.
type Graph struct {
	Name   string
	Values []*Value
	// Input is the batched image [H W C]; Target the batched label or target
	// vector, nil in inference graphs.
	Input, Target *Value
	// Scores is the network's output after its last activation, Logits the
	// value before a final softmax or sigmoid that the loss is computed of instead
	// (nil when there is none), Loss the batched
	// scalar loss of one example, without penalties (nil in inference graphs).
	Scores, Logits, Loss *Value
	Params               []*Param
	Scalars              []Scalar
	// Grads, after autodiff, holds for Params[i] the value of its gradient,
	// summed (not averaged) over the examples, nil for frozen parameters.
	Grads []*Value
	// Labels are class names where the data gave them.
	Labels []string
	// Hash identifies the canonical network: layers, shapes, parameters; not
	// scalars, data or training. Set by lower.
	Hash string
}
