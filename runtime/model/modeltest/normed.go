package modeltest

import (
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// normEpsilon is the epsilon of Normed's normalization.
const normEpsilon = 1e-3

// Normed makes a network in two stages: its scores are its features, each
// normalized with the statistics of the whole batch, and its loss is their mean
// squared distance from the targets. momentum is that of the moving statistics.
func Normed(features, shards, micro int, momentum float64, train config.Train) *model.Network {
	net := &model.Network{
		Name: "normed", Hash: "normed",
		Height: 1, Width: 1, Channels: features, Outputs: features,
		Layers: []model.Layer{{Name: "norm", Kind: "batchnorm", Shape: []int{features}, Params: 4 * features, Line: 1}},
		Shards: shards, InferMicro: micro, TrainMicro: micro,
		Loss:  "mean_squared_error",
		Head:  model.Head{Task: model.Values, Vector: true},
		Train: train,
		Data:  config.Data{Height: 1, Width: 1, Channels: features, Batch: train.Batch},
		ISA:   func() string { return "go" },
	}
	pitch := (features + 7) / 8 * 8
	for _, p := range []struct {
		name, init string
		frozen     bool
	}{{"gamma", "ones", false}, {"beta", "zeros", false}, {"moving_mean", "zeros", true}, {"moving_variance", "ones", true}} {
		net.Params = append(net.Params, model.Param{
			Name: "norm." + p.name, Shape: []int{features}, Offset: net.ParamFloats, Packing: model.Packing{Taps: 1, In: 1, InPad: 1, Out: features},
			Init: p.init, FanIn: features, FanOut: features, L1: -1, L2: -1, Frozen: p.frozen,
		})
		net.ParamFloats += (features + 15) / 16 * 16
	}
	at := func(i int) int { return net.Params[i].Offset }
	net.Norms = []model.Norm{{
		Layer: "norm", Channels: features, Pitch: pitch, Pixels: 1, Moments: 0, Sums: 1, SumsAt: 1 + 2*features,
		Gamma: at(0), Beta: at(1), Mean: at(2), Variance: at(3), Epsilon: normEpsilon, Momentum: momentum,
	}}
	net.Stages, net.SumFloats, net.SharedFloats, net.ResidentFloats = 2, 1+4*features, 6*pitch, 16
	setRule(net)
	net.NewInfer = func(params, _ []float32) model.Worker { return normedWorker{net, params} }
	net.NewTrain = net.NewInfer
	net.Derive = func(_, _ []float32, _, _ int) {}
	net.Update = Updater(net)
	return net
}

type normedWorker struct {
	net    *model.Network
	params []float32
}

// Infer implements model.Worker, with the moving statistics.
func (w normedWorker) Infer(b *model.Batch) {
	n := &w.net.Norms[0]
	w.apply(b, func(c int, x float32) float32 {
		r := 1 / math.Sqrt(float64(w.params[n.Variance+c])+n.Epsilon)
		return float32(float64(x-w.params[n.Mean+c])*r)*w.params[n.Gamma+c] + w.params[n.Beta+c]
	})
}

// apply writes scores and losses.
func (w normedWorker) apply(b *model.Batch, f func(c int, x float32) float32) {
	features := w.net.Outputs
	clear(b.Penalty)
	for i := range b.N {
		sum := 0.0
		for c := range features {
			y := f(c, b.X[i*features+c])
			b.Scores[i*features+c] = y
			if b.Targets != nil {
				d := float64(y - b.Targets[i*features+c])
				sum += d * d / float64(features)
			}
		}
		if b.Targets != nil && b.Loss != nil {
			b.Loss[i] = sum
		}
	}
}

// Step implements model.Worker: moments, then scores and the sums of gradients.
func (w normedWorker) Step(b *model.Batch, _ []float32) {
	n, features, whole := &w.net.Norms[0], w.net.Outputs, b.Whole
	if whole.Stage == 0 {
		s := whole.Sums
		for i := range b.N {
			s[0]++
			for c := range features {
				d := float64(b.X[i*features+c]) - s[1+c]
				s[1+c] += d / s[0]
				s[1+features+c] += d * (float64(b.X[i*features+c]) - s[1+c])
			}
		}
		whole.Resident[0] = b.X[0]
		return
	}
	if whole.Resident[0] != b.X[0] {
		panic("another micro-batch has this one's memory")
	}
	v := whole.Shared
	w.apply(b, func(c int, x float32) float32 { return (x-v[c])*v[n.Pitch+c] + v[2*n.Pitch+c] })
	for i := range b.N {
		for c := range features {
			at := i*features + c
			g := float64(b.Scale) * 2 * float64(b.Scores[at]-b.Targets[at]) / float64(features)
			whole.Sums[n.SumsAt+c] += g
			whole.Sums[n.SumsAt+features+c] += g * float64(b.X[at]-v[c])
		}
	}
}

func (w normedWorker) Calls() []model.Call { return nil }

func (w normedWorker) Buffer(string, int) []float32 { return nil }
