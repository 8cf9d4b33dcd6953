package skeleton

import (
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// What codegen declares for a network; here, for one that multiplies
// its input by its only parameter.
const (
	Height        = 1
	Width         = 1
	Channels      = 1
	Outputs       = 1
	classCount    = 1
	threshold     = 0.5
	modelName     = "sample"
	networkHash   = "0"
	paramFloats   = 16
	derivedFloats = 1

	inferDerivedFloats = 1
	inferFloats        = sampleParts + 16
	inferMicro         = 2
	trainMicro         = 2
)

var (
	classLabels []string
	embedded    []byte
	picture     = preprocess.Spec{Height: Height, Width: Width, Channels: Channels}
	parameters  = []parameter{{"w", []int{1}, 0, 1, 1, 1, 1}}
	network     = model.Network{
		Name: modelName, Hash: networkHash, Outputs: Outputs, ParamFloats: paramFloats,
		Params: []model.Param{{Name: "w", Shape: []int{1}, Packing: model.Packing{Taps: 1, In: 1, InPad: 1, Out: 1}}},
	}
	transposes []transposition
)

type transposition struct{}

func transposePart(list []transposition, params, derived []float32, k, n int) {}

// transformKernels derives a copy of the parameter, which inference multiplies by.
func transformKernels(params, derived []float32, inference bool, k, n int) {
	derived[0] = params[0]
}

func alignedFloats(n int) []float32 { return make([]float32, n) }

type inference struct {
	arena     *[inferFloats]float32
	scratch   *[inferFloats]float32
	workers   int
	helpers   int
	prepared  int
	params    []float32
	derived   []float32
	x, scores []float32
	losses    []float64
	penalties []float64
	labels    []int32
	targets   []float32
	scalars   []float32
}

func newInference(params, derived []float32) *inference {
	return &inference{params: params, derived: derived, arena: (*[inferFloats]float32)(alignedFloats(inferFloats))}
}

func (w *inference) run(n int) {
	if n == 1 && w.together() {
		return
	}
	w.forward(n)
}

// sampleParts are the parts of the sample's only layer: enough for everybody.
const sampleParts = 64

// forwardOne computes the only product again and again, in parts that go through
// scratch memory, and takes the mean.
func (w *inference) forwardOne() {
	w.share(0, sampleParts/2, (*inference).product)
	w.share(sampleParts/2, sampleParts/2, (*inference).product)
	w.scores[0] = 0
	for _, s := range w.arena[:sampleParts] {
		w.scores[0] += s / sampleParts
	}
}

func (w *inference) product(u int) {
	w.scratch[sampleParts] = w.derived[0] * w.x[0]
	for range 1000 { // long enough for helpers to come
		w.scratch[sampleParts+1] += 1
	}
	w.arena[u] = w.scratch[sampleParts]
}

func (w *inference) forward(n int) {
	for i := range n {
		w.scores[i] = w.derived[0] * w.x[i]
	}
}

func (w *inference) Calls() []model.Call {
	return []model.Call{w.call("all", "w", "forward", 1, 1, 4, 0, 0, w.forward)}
}

func (w *inference) Buffer(string, int) []float32 { return nil }

type training struct {
	inference
	params, grads *[paramFloats]float32
	derived       *[derivedFloats]float32
	weights       []float32
	keys          []uint64
	scale         float32
	whole         *model.Whole
	infer         *inference
}

func (w *training) backward(n int) {
	for i := range n {
		w.grads[0] += w.scale * w.x[i]
	}
}

func (w *training) Calls() []model.Call {
	return []model.Call{w.call("all", "w", "backward-weights", 1, 1, 4, 0, 0, w.backward)}
}
