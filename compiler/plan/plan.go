package plan

import "github.com/cnnc/cnnc/compiler/ir"

// All offsets, strides and sizes are in float32 elements unless a name says
// Bytes. Channels are padded to a multiple of 8 (Buffer.Cp), except in images
// of at most 4 channels that come from the caller.

// Plan is one compiled network.
type Plan struct {
	Name string // of the model, a Go identifier
	File string // base name of the model file
	Hash string // of the canonical network
	// Source is the text of the model file.
	Source string
	Labels []string

	// Input is the image [H W C]; Outputs the number of scores.
	InputH, InputW, InputC int
	Outputs                int

	Layers []Layer
	Params []Param
	// Scalars are run-time numbers with their defaults: dropout rates and
	// regularization factors. Calls refer to them by index.
	Scalars []Scalar
	Loss    Loss
	// Optimizer is the form of the update rule, which is the name of its kernel:
	// "sgd", "momentum", "adam"; Slots is the number of its vectors of state.
	Optimizer string
	Slots     int

	// ParamFloats is the length of the packed parameter vector, which gradients
	// and each optimizer slot share.
	ParamFloats int
	// DerivedFloats is the length of the vector of transposed and transformed
	// weights, remade from the parameters after each update. Inference needs the
	// first InferDerivedFloats of them only.
	DerivedFloats, InferDerivedFloats int
	// Shards is the fixed number of slices a batch is cut into. Each has a
	// gradient vector of its own; they are added in a fixed tree. It bounds the
	// useful number of workers and makes results independent of it.
	Shards int

	// BatchNorms are the normalizations with statistics of the whole batch, in the
	// order of the network. Each shard keeps SumFloats float64 for them; what all
	// shards read is a vector of BatchFloats.
	BatchNorms             []BatchNorm
	SumFloats, BatchFloats int
	// FoldedAt is where, among the derived weights of inference, the parameters
	// are once more, with batchnorms folded into the layers before them: those
	// that calls of the inference program read (Folds).
	FoldedAt int

	Infer Program
	Train Program
	// Derive remakes the derived weights, those of inference first. Its calls are
	// independent.
	Derive []Derivation
}

// Program is a sequence of calls over one arena.
type Program struct {
	// Micro is the largest number of examples one run processes, Trials the sizes
	// that it was chosen from.
	Micro       int
	Trials      []Trial
	ArenaFloats int
	Buffers     []*Buffer
	// Forward ends with the scores; Backward (training only) begins with the
	// loss gradient. Calls run in this order.
	Forward, Backward []Call
	// Cuts are the calls, Forward and Backward counted through, that begin the
	// second and further stages: all micro-batches of a batch have finished one
	// stage before any begins the next. ResidentFloats is the memory that every
	// micro-batch of the batch keeps from stage to stage, for the buffers in space
	// Resident.
	Cuts           []int
	ResidentFloats int
}

// Trial is a size of micro-batches with the time of an example that is predicted for
// it (Nanos) and the arena that it takes.
type Trial struct {
	Micro       int
	Nanos       float64
	ArenaFloats int
}

// Layer is one row of the table in the generated package's doc comment.
type Layer struct {
	Name   string
	Kind   string // of the model file: conv, maxpool, dense
	Args   string // as a reader writes them: "32 3x3 same relu"
	Shape  []int  // output
	Params int
	FLOPs  int64 // forward, one example; a multiply-add counts 2
	Kernel string
	Line   int // in the model file
	// Hash identifies the layer's computation; "" when the scores do not depend
	// on it. Weights carry it.
	Hash string
}

// Param is one trained tensor in the packed vector.
type Param struct {
	Name  string // "conv1.kernel"
	Shape []int  // logical, HWIO or [D Units] or [Units]
	// Offset is where its packed form begins, a multiple of 16.
	Offset  int
	Packing Packing
	Init    string
	FanIn   int
	FanOut  int
	L1, L2  int // indices into Plan.Scalars, -1 none
	Frozen  bool
	// Constraint limits the weights after each update.
	Constraint ir.Constraint
}

// Packing maps a logical tensor [Taps][In][Out] (Out fastest) to panels of 16
// output channels:
//
//	packed[(out/16)*Taps*InPad*16 + (tap*InPad+in)*16 + out%16]
//
// Cells that belong to no logical element are zero and stay zero. A bias has
// Taps = In = InPad = 1. A dense kernel behind flatten has Taps = H*W.
type Packing struct{ Taps, In, InPad, Out int }

// Floats is the packed size.
func (p Packing) Floats() int { return (p.Out + 15) / 16 * p.Taps * p.InPad * 16 }

// PanelFloats is the distance between two panels.
func (p Packing) PanelFloats() int { return p.Taps * p.InPad * 16 }

// Index is the packed place of a logical element.
func (p Packing) Index(tap, in, out int) int {
	return out/16*p.PanelFloats() + (tap*p.InPad+in)*16 + out%16
}

// Scalar is a run-time number.
type Scalar struct {
	Name  string // "dropout1.rate"
	Value float64
}

// Loss says how scores become a loss.
type Loss struct {
	// Kind is the operation, "softmax_crossentropy"; "" for networks without a
	// loss. Kernel names the functions that compute it: softmaxCrossentropyLoss
	// and softmaxCrossentropyGrad.
	Kind, Kernel string
	Outputs      int
	// Vector: it compares scores with the caller's target vectors; otherwise with
	// class indices.
	Vector bool
	// Softmax: it takes the logits of the final softmax, which the same call
	// computes in training.
	Softmax bool
	// Options are the numbers of the loss, in order.
	Options []float64
	// Nanos and GradNanos are the nanoseconds that a score takes in inference, where only
	// the loss is wanted, and in training.
	Nanos, GradNanos float64
}

// Space says which memory a buffer's offset counts in.
type Space uint8

const (
	Arena    Space = iota // activations and gradients of one worker's micro-batch
	Params                // packed parameters
	Grads                 // a shard's gradients, laid out as Params
	Derived               // transposed and transformed weights
	Input                 // the caller's images [n][H][W][C]
	Scores                // the caller's scores [n][Outputs]
	Resident              // activations that a micro-batch keeps between stages
	Batch                 // vectors of the whole batch, the same for all micro-batches
)

// Buffer is an array of images with a zero border.
//
//	element (i, y, x, c) = Offset + i*ImageFloats + Origin() + y*RowFloats() + x*Cp + c
type Buffer struct {
	Name  string // from the layer: conv1Out
	Space Space
	// H, W, C are the logical size of one image; vectors are 1x1xD.
	H, W, C int
	// Cp is C padded.
	Cp int
	// Halo is the zero border kept around each image, in pixels.
	Top, Left, Bottom, Right int
	// MaskCells > 0 makes this a mask buffer: for each of H*W pooled pixels and
	// each of MaskCells window cells, Cp/8 bytes of bits. The size in elements is
	// rounded up.
	MaskCells int
	// Scratch makes this one piece of memory for the whole micro-batch, not one
	// an example; ImageFloats is its size.
	Scratch bool
	// ImageFloats is the distance between images, a multiple of 16 (in Spaces
	// Input and Scores exactly the image).
	ImageFloats int
	Offset      int
	// First and Last are the indices of the first and last call that touch it,
	// Forward and Backward counted through.
	First, Last int
}

// RowFloats is the distance between two rows of an image.
func (b *Buffer) RowFloats() int { return (b.Left + b.W + b.Right) * b.Cp }

// Origin is the distance from the start of an image to pixel (0, 0).
func (b *Buffer) Origin() int { return b.Top*b.RowFloats() + b.Left*b.Cp }
