package model

import (
	"time"

	"github.com/cnnc/cnnc/runtime/config"
)

// Network is a compiled network: constants, and functions that make the state
// to run it.
type Network struct {
	Name string
	// Hash identifies layers, shapes and parameters; weight files carry it.
	Hash string
	// Source is the text of the model file.
	Source string
	// Labels are the class names known when the network was compiled; may be nil.
	Labels []string

	Height, Width, Channels int // of the input, NHWC
	Outputs                 int

	Layers []Layer
	Params []Param
	// ParamFloats is the length of the packed parameter vector.
	ParamFloats   int
	DerivedFloats int
	Shards        int
	// InferMicro and TrainMicro are the most examples a worker takes at once.
	InferMicro, TrainMicro int
	// InferArenaBytes and TrainArenaBytes are the memory of one worker.
	InferArenaBytes, TrainArenaBytes int
	// Optimizer is the form of the update rule that Update carries out
	// (optimizer.FormOf), Slots the number of its vectors of state.
	Optimizer string
	Slots     int
	// Norms are the normalizations with statistics of the whole batch, in the order
	// of the network; with them, Step runs one of Stages stages (Whole), and the
	// sizes are those of Whole.
	Norms                                           []Norm
	Stages, ResidentFloats, SumFloats, SharedFloats int

	Scalars []Scalar // run-time numbers with defaults
	Loss    string   // the operation: "softmax_crossentropy"
	Head    Head     // what the scores are

	Data  config.Data  // as in the model file
	Train config.Train // as in the model file

	// ISA returns the instruction set in use: "avx512", "avx2" or "go".
	ISA func() string
	// NewInfer and NewTrain make a worker. params is the packed vector, derived
	// what Derive makes of it; both are shared by all workers and only read.
	NewInfer func(params, derived []float32) Worker
	NewTrain func(params, derived []float32) Worker
	// Derive remakes part k of n of the derived weights; parts may run
	// concurrently.
	Derive func(params, derived []float32, k, n int)
	// Update applies the optimizer to part k of n of the parameters; parts may
	// run concurrently and their bounds do not influence the result.
	Update func(u *Update, k, n int)
	// TimeKernels has every kernel call timed from now on, by the goroutine that
	// makes it; nil ends that. The field is nil but in packages generated for
	// benchmarks, and where no kernels are in assembly.
	TimeKernels func(timed func(kernel string, took time.Duration))
}

// Layer is one row of the network's table.
type Layer struct {
	Name, Kind, Args string
	Shape            []int
	Params           int
	FLOPs            int64 // forward, one example
	Kernel           string
	Line             int
}

// Param is one trained tensor.
type Param struct {
	Name          string
	Shape         []int
	Offset        int // in the packed vector
	Packing       Packing
	Init          string
	FanIn, FanOut int
	L1, L2        int // indices into Scalars, -1 none
	Frozen        bool
	Constraint    Constraint
}

// Constraint limits the weights of a parameter after each update (spec:
// initializers and regularizers, section 6). The zero value is none.
type Constraint struct {
	Name           string // "max_norm", "non_neg", "unit_norm" or "min_max_norm"
	Min, Max, Rate float64
}

// Packing maps a logical tensor [Taps][In][Out] (Out fastest) to panels of 16
// output channels. All other cells of the packed form are zero for ever.
type Packing struct{ Taps, In, InPad, Out int }

// Floats is the packed size.
func (p Packing) Floats() int { return (p.Out + 15) / 16 * p.Taps * p.InPad * 16 }

// Index is the packed place of a logical element.
func (p Packing) Index(tap, in, out int) int {
	return out/16*p.Taps*p.InPad*16 + (tap*p.InPad+in)*16 + out%16
}

// Scalar is a number that may change without recompiling.
type Scalar struct {
	Name  string
	Value float64
}

// Batch is one micro-batch for a Worker.
type Batch struct {
	N int
	X []float32 // [N H W C]
	// Labels [N] are class indices, Targets [N Outputs] vectors: one of them, as
	// Head.Vector says.
	Labels  []int32
	Targets []float32
	// Weights [N] multiply the gradients of the examples, not their losses; nil
	// stands for 1. Only Step reads them.
	Weights []float32
	// Keys seed the example's random masks: a hash of seed, epoch and index.
	Keys []uint64
	// Scores [N Outputs] and Loss [N] are written, and so is Penalty [N], that of
	// the activities of each example, unless it is nil.
	Scores  []float32
	Loss    []float64
	Penalty []float64
	// Workers is how many may compute one example together, where that is faster;
	// 0 stands for the caller alone. Only Infer reads it, of a batch of one.
	Workers int
	// Scale multiplies the loss gradient: 1/batch.
	Scale float32
	// Scalars are the current values of Network.Scalars.
	Scalars []float32
	// Whole is set for networks that run in stages.
	Whole *Whole
}

// pieceBytes is about what the pixels of a piece of a batch take.
const pieceBytes = 4 << 20

// Piece is the number of examples of a batch that are in memory at a time, for
// images of floats values: a multiple of shards*micro, so that every shard has
// whole micro-batches to do, of about 4 MB.
//
// A network that runs in stages needs all examples of its batch: see Network.Piece.
func Piece(shards, micro, floats int) int {
	unit := max(shards*micro, 1)
	return unit * max(pieceBytes/(4*floats*unit), 1)
}

// Piece is the number of examples of a batch of so many that are in memory at a
// time.
func (n *Network) Piece(batch int) int {
	if n.Stages > 1 {
		return batch
	}
	return Piece(n.Shards, n.TrainMicro, n.Height*n.Width*n.Channels)
}

// Worker runs micro-batches in memory of its own. It is not safe for
// concurrent use.
type Worker interface {
	// Infer writes Scores; with Labels or Targets set also Loss.
	Infer(b *Batch)
	// Step runs forward and backward, writes Scores and Loss, and adds the
	// gradients to grads (packed as the parameters); of a network in stages, those
	// calls that belong to the stage. Only of NewTrain workers.
	Step(b *Batch, grads []float32)
	// Calls lists the kernel calls of this worker for benchmarks, in order.
	Calls() []Call
	// Buffer returns the live activation of the last run for the named value of
	// example i as [H W C], or nil when there is none: for verification and for
	// naming the layer that first produced a NaN.
	Buffer(name string, i int) []float32
}

// Call is one kernel call of a worker.
type Call struct {
	Name, Layer, Pass string
	FLOPs, Bytes      int64 // one example; FLOPs are those of the direct algorithm
	// Work is the predicted time of the arithmetic in FLOPs at the peak: about FLOPs,
	// or less where a faster algorithm computes the same.
	Work int64
	// Near and Far are the predicted nanoseconds, for an example, that go on beside the
	// arithmetic, most of its traffic, and that add to it: what is waited for, and the
	// overhead of calls and rows.
	Near, Far float64
	Run       func(b *Batch, grads []float32)
}

// Update is one optimizer step over the packed vectors, or one of its two passes
// (optimizer.Form.Trust). Gradients are changed where the rule's first pass
// leaves its direction in them.
type Update struct {
	Params, Grads []float32
	Slots         [][]float32
	// Factors are the numbers of the step as the kernel takes them.
	Factors []float32
	// Scale multiplies the gradient of each parameter, penalties included; without
	// clipping by norm they are 1.
	Scale   []float32
	Scalars []float32 // for l1 and l2; nil in a second pass, which has none
	// Second says that this is the second pass.
	Second bool
	// Formula is the update of one weight in float64, for networks without
	// kernels: see optimizer.Form.Element. In a second pass it is not used.
	Formula func(w, g float64, m []float64) float64
}
