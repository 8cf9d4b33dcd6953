package skeleton

import (
	"context"
	"fmt"
	"io"

	"github.com/cnnc/cnnc/runtime/abi"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// The runtime must keep the contract this package was generated for.
const _ = abi.V2

// Network describes this network to the runtime. The result is shared and must
// not be changed.
func Network() *model.Network { return &network }

// Train trains the network on data, validating on val unless it is nil. See
// the options of package train; the result's Params become a Net through Use.
func Train(ctx context.Context, data, val train.Data, o train.Options) (*train.Result, error) {
	return train.Train(ctx, &network, data, val, o)
}

// Init sets the weights to those that training with this seed begins with.
func (net *Net) Init(seed uint64) error {
	params, err := initializer.Params(&network, seed)
	if err != nil {
		return fmt.Errorf("%s: %w", modelName, err)
	}
	return net.Use(params)
}

// Use copies a packed parameter vector, such as a training result's, into the
// network and the clones that share its weights.
func (net *Net) Use(params []float32) error {
	if len(params) != paramFloats {
		return fmt.Errorf("%s: %d packed parameters, want %d", modelName, len(params), paramFloats)
	}
	copy(net.params, params)
	transformKernels(net.params, net.derived, true, 0, 1)
	return nil
}

// Save writes the weights to a safetensors file.
func (net *Net) Save(path string) error {
	return weights.Save(path, &network, net.params, weights.Options{Labels: net.labels, Table: net.how.Table, Tensors: net.how.Tensors})
}

// loadWeights reads a weight file into a packed vector.
func loadWeights(path string) (params []float32, labels []string, how weights.Preparation, err error) {
	f, err := weights.ReadFile(path)
	if err != nil {
		return nil, nil, how, err
	}
	p, labels, err := weights.Decode(f, &network)
	if err != nil {
		return nil, nil, how, fmt.Errorf("%s: %w", path, err)
	}
	return aligned(p), labels, f.Prepared(), nil
}

// readWeights reads a weight file of size bytes into a packed vector.
func readWeights(r io.Reader, size int64) (params []float32, labels []string, how weights.Preparation, err error) {
	f, err := weights.Read(r, size)
	if err != nil {
		return nil, nil, how, err
	}
	p, labels, err := weights.Decode(f, &network)
	if err != nil {
		return nil, nil, how, err
	}
	return aligned(p), labels, f.Prepared(), nil
}

// aligned copies packed parameters to memory that vectors do not straddle.
func aligned(params []float32) []float32 {
	p := alignedFloats(len(params))
	copy(p, params)
	return p
}

// Infer implements model.Worker.
func (w *inference) Infer(b *model.Batch) {
	w.bind(b)
	w.workers = -max(b.Workers, 1)
	w.run(b.N)
}

// bind makes the caller's memory that of the methods.
func (w *inference) bind(b *model.Batch) {
	checkBatch(b, inferMicro)
	w.x, w.scores, w.labels, w.targets, w.scalars, w.losses = b.X, b.Scores, b.Labels, b.Targets, b.Scalars, nil
	if b.Labels != nil || b.Targets != nil {
		w.losses = b.Loss[:b.N]
	}
	w.penalties = b.Penalty
	clear(w.penalties)
}

// call describes one kernel call of the worker.
func (w *inference) call(name, layer, pass string, flops, work, bytes int64, near, far float64, run func(n int)) model.Call {
	return model.Call{Name: name, Layer: layer, Pass: pass, FLOPs: flops, Work: work, Bytes: bytes, Near: near, Far: far, Run: func(b *model.Batch, _ []float32) {
		w.bind(b)
		run(b.N)
	}}
}

// Step implements model.Worker; an inference worker has no backward pass.
func (w *inference) Step(*model.Batch, []float32) {
	panic(modelName + ": Step of an inference worker")
}

// Infer implements model.Worker. The memory for it is made at the first call.
func (w *training) Infer(b *model.Batch) {
	if w.infer == nil {
		w.infer = newInference(w.params[:], w.derived[:])
	}
	w.infer.Infer(b)
}

// Step implements model.Worker.
func (w *training) Step(b *model.Batch, grads []float32) {
	w.bind(b, grads)
	w.forward(b.N) // of a network in stages, what belongs to the stage
	w.backward(b.N)
}

// bind makes the caller's memory that of the methods.
func (w *training) bind(b *model.Batch, grads []float32) {
	checkBatch(b, trainMicro)
	w.x, w.scores, w.labels, w.targets, w.losses = b.X, b.Scores, b.Labels, b.Targets, b.Loss[:b.N]
	w.weights = b.Weights
	w.keys, w.scale, w.scalars, w.grads = b.Keys, b.Scale, b.Scalars, (*[paramFloats]float32)(grads)
	w.whole = b.Whole
	w.penalties = b.Penalty
	if w.whole == nil || w.whole.Stage == 0 { // further stages add to them
		clear(w.penalties)
	}
}

// call describes one kernel call of the worker.
func (w *training) call(name, layer, pass string, flops, work, bytes int64, near, far float64, run func(n int)) model.Call {
	return model.Call{Name: name, Layer: layer, Pass: pass, FLOPs: flops, Work: work, Bytes: bytes, Near: near, Far: far, Run: func(b *model.Batch, grads []float32) {
		w.bind(b, grads)
		run(b.N)
	}}
}

// checkBatch ends the program when a worker is given what it has no memory
// for: kernels do not look.
func checkBatch(b *model.Batch, most int) {
	if b.N < 1 || b.N > most || len(b.X) < b.N*Height*Width*Channels || len(b.Scores) < b.N*Outputs {
		panic(fmt.Sprintf("%s: a batch of %d examples with %d values and %d scores, at most %d examples", modelName, b.N, len(b.X), len(b.Scores), most))
	}
}

// derive remakes part k of n of the derived weights.
func derive(params, derived []float32, k, n int) {
	transposePart(transposes, params, derived, k, n)
	transformKernels(params, derived, false, k, n)
}
