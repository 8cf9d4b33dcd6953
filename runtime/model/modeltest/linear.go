package modeltest

import (
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// Linear makes a network of one weight whose loss is weight times input: the
// gradient is the input, so that a test can choose the gradients an optimizer
// sees. The score is the weight times the input as well.
func Linear(train config.Train) *model.Network {
	net := &model.Network{
		Name: "linear", Hash: "linear",
		Height: 1, Width: 1, Channels: 1, Outputs: 1,
		Layers: []model.Layer{{Name: "linear1", Kind: "dense", Args: "1", Shape: []int{1}, Params: 1, FLOPs: 2, Line: 1}},
		Params: []model.Param{{Name: "linear1.kernel", Shape: []int{1}, Packing: model.Packing{Taps: 1, In: 1, InPad: 1, Out: 1},
			Init: "ones", FanIn: 1, FanOut: 1, L1: -1, L2: -1}},
		ParamFloats: 16,
		Shards:      2, InferMicro: 1, TrainMicro: 1,
		Loss:  "mean_squared_error",
		Head:  model.Head{Task: model.Values, Vector: true},
		Train: train,
		Data:  config.Data{Height: 1, Width: 1, Channels: 1, Batch: train.Batch},
		ISA:   func() string { return "go" },
	}
	setRule(net)
	net.NewInfer = func(params, _ []float32) model.Worker { return linearWorker{params} }
	net.NewTrain = func(params, _ []float32) model.Worker { return linearWorker{params} }
	net.Derive = func(_, _ []float32, _, _ int) {}
	net.Update = Updater(net)
	return net
}

type linearWorker struct{ params []float32 }

func (w linearWorker) Infer(b *model.Batch) {
	clear(b.Penalty)
	for i := range b.N {
		b.Scores[i] = w.params[0] * b.X[i]
		if b.Loss != nil {
			b.Loss[i] = float64(b.Scores[i])
		}
	}
}

func (w linearWorker) Step(b *model.Batch, grads []float32) {
	w.Infer(b)
	for i := range b.N {
		grads[0] += b.X[i] * b.Scale
	}
}

func (w linearWorker) Calls() []model.Call {
	return []model.Call{{Name: "linear1", Layer: "linear1", Pass: "forward", FLOPs: 2, Work: 2, Run: func(b *model.Batch, _ []float32) { w.Infer(b) }}}
}

func (w linearWorker) Buffer(string, int) []float32 { return nil }
