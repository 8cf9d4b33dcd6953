package skeleton

import (
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// What codegen declares for a network; here, for one that returns its input.
const (
	Height        = 1
	Width         = 1
	Channels      = 1
	Outputs       = 1
	modelName     = "sample"
	networkHash   = "0"
	paramFloats   = 16
	derivedFloats = 0
	inferMicro    = 1
	trainMicro    = 1
	optimizerStep = "sgd"
)

var (
	classLabels []string
	embedded    []byte
	picture     = preprocess.Spec{Height: Height, Width: Width, Channels: Channels}
	parameters  []parameter
	network     model.Network
	transposes  []transposition
)

type transposition struct{}

func transposePart(list []transposition, params, derived []float32, k, n int) {}

func alignedFloats(n int) []float32 { return make([]float32, n) }

type inference struct {
	x, scores []float32
	losses    []float64
	labels    []int32
	targets   []float32
	scalars   []float32
}

func newInference(params []float32) *inference { return &inference{} }

func (w *inference) forward(n int) { copy(w.scores, w.x[:n]) }

type training struct {
	inference
	params, grads *[paramFloats]float32
	keys          []uint64
	scale         float32
	infer         *inference
}

func (w *training) backward(n int) {}
