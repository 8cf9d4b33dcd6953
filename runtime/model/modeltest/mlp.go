package modeltest

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/rng"
)

// MLP describes a network of two dense layers,
//
//	flatten; dense Hidden relu; dropout; dense Outputs softmax
//
// or with another end, as Loss says.
type MLP struct {
	Height, Width, Channels int
	Hidden, Outputs         int
	// Loss is "softmax_crossentropy" (the default), "mean_squared_error" of scores
	// without activation, or "sigmoid_crossentropy" of scores behind a sigmoid.
	// The latter two want target vectors; Task says what the scores are.
	Loss          string
	Task          model.Task
	Shards, Micro int
	Dropout       float64
	// L1 and L2 are the penalties of the first kernel.
	L1, L2 float64
	Train  config.Train
	Labels []string
}

// The losses.
const (
	softmaxLoss = "softmax_crossentropy"
	sigmoidLoss = "sigmoid_crossentropy"
)

// Scalars of the network, by index.
const (
	scalarDropout = iota
	scalarL1
	scalarL2
)

// Parameters of the network, by index.
const (
	kernel1 = iota
	bias1
	kernel2
	bias2
)

// Network makes the network. Parameters are packed as generated code packs
// them, the first kernel with padded inputs.
func (m MLP) Network() *model.Network {
	in := m.Height * m.Width * m.Channels
	if m.Loss == "" {
		m.Loss = softmaxLoss
	}
	dense := func(name string, in, out int) []model.Param {
		return []model.Param{
			{Name: name + ".kernel", Shape: []int{in, out}, Packing: model.Packing{Taps: 1, In: in, InPad: (in + 7) / 8 * 8, Out: out},
				Init: "glorot_uniform", FanIn: in, FanOut: out, L1: -1, L2: -1},
			{Name: name + ".bias", Shape: []int{out}, Packing: model.Packing{Taps: 1, In: 1, InPad: 1, Out: out},
				Init: "zeros", FanIn: out, FanOut: out, L1: -1, L2: -1},
		}
	}
	net := &model.Network{
		Name:   "mlp",
		Labels: m.Labels,
		Height: m.Height, Width: m.Width, Channels: m.Channels, Outputs: m.Outputs,
		Params:     append(dense("dense1", in, m.Hidden), dense("dense2", m.Hidden, m.Outputs)...),
		Shards:     m.Shards,
		InferMicro: m.Micro + 1, TrainMicro: m.Micro,
		DerivedFloats: m.Hidden * m.Outputs,
		Scalars:       []model.Scalar{{Name: "dropout1.rate", Value: m.Dropout}, {Name: "dense1.l1", Value: m.L1}, {Name: "dense1.l2", Value: m.L2}},
		Loss:          m.Loss,
		Head:          model.Head{Task: m.Task, Vector: m.Loss != softmaxLoss},
		Train:         m.Train,
		Data:          config.Data{Height: m.Height, Width: m.Width, Channels: m.Channels, Batch: m.Train.Batch},
		ISA:           func() string { return "go" },
	}
	setRule(net)
	if m.L1 != 0 || m.L2 != 0 {
		net.Params[kernel1].L1, net.Params[kernel1].L2 = scalarL1, scalarL2
	}
	for i := range net.Params {
		net.Params[i].Offset = net.ParamFloats
		net.ParamFloats += net.Params[i].Packing.Floats()
	}
	args := map[string]string{softmaxLoss: "softmax", sigmoidLoss: "sigmoid"}[m.Loss]
	net.Layers = []model.Layer{
		{Name: "dense1", Kind: "dense", Args: fmt.Sprintf("%d relu", m.Hidden), Shape: []int{m.Hidden}, Params: (in + 1) * m.Hidden, FLOPs: int64(2 * in * m.Hidden), Kernel: "loop", Line: 4},
		{Name: "dropout1", Kind: "dropout", Args: fmt.Sprint(m.Dropout), Shape: []int{m.Hidden}, Line: 5},
		{Name: "dense2", Kind: "dense", Args: fmt.Sprintf("%d %s", m.Outputs, args), Shape: []int{m.Outputs}, Params: (m.Hidden + 1) * m.Outputs, FLOPs: int64(2 * m.Hidden * m.Outputs), Kernel: "loop", Line: 6},
	}
	net.Hash = fmt.Sprintf("mlp-%dx%dx%d-%d-%d-%s", m.Height, m.Width, m.Channels, m.Hidden, m.Outputs, m.Loss)
	net.NewInfer = func(params, _ []float32) model.Worker { return newMLPWorker(net, m, params, nil) }
	net.NewTrain = func(params, derived []float32) model.Worker { return newMLPWorker(net, m, params, derived) }
	net.Derive = func(params, derived []float32, k, n int) {
		p := &net.Params[kernel2]
		for h := m.Hidden * k / n; h < m.Hidden*(k+1)/n; h++ {
			for o := range m.Outputs {
				derived[h*m.Outputs+o] = params[p.Offset+p.Packing.Index(0, h, o)]
			}
		}
	}
	net.Update = Updater(net)
	return net
}

// mlpWorker holds the activations of the last micro-batch.
type mlpWorker struct {
	net             *model.Network
	m               MLP
	params, derived []float32
	// hidden is after relu, dropped after dropout; out are the scores.
	hidden, dropped, out [][]float32
	dOut, dHidden        []float32
}

func newMLPWorker(net *model.Network, m MLP, params, derived []float32) *mlpWorker {
	w := &mlpWorker{net: net, m: m, params: params, derived: derived, dOut: make([]float32, m.Outputs), dHidden: make([]float32, m.Hidden)}
	for range net.InferMicro {
		w.hidden = append(w.hidden, make([]float32, m.Hidden))
		w.dropped = append(w.dropped, make([]float32, m.Hidden))
		w.out = append(w.out, make([]float32, m.Outputs))
	}
	return w
}

func (w *mlpWorker) at(param, in, out int) *float32 {
	p := &w.net.Params[param]
	return &w.params[p.Offset+p.Packing.Index(0, in, out)]
}

func (w *mlpWorker) dense1(b *model.Batch) {
	in := w.m.Height * w.m.Width * w.m.Channels
	for i := range b.N {
		x := b.X[i*in : (i+1)*in]
		for h := range w.m.Hidden {
			sum := *w.at(bias1, 0, h)
			for k, v := range x {
				sum += v * *w.at(kernel1, k, h)
			}
			if sum < 0 {
				sum = 0
			}
			w.hidden[i][h] = sum
		}
	}
}

func (w *mlpWorker) dropout(b *model.Batch, training bool) {
	rate := b.Scalars[scalarDropout]
	for i := range b.N {
		for h, v := range w.hidden[i] {
			if training {
				v *= w.keep(b, i, h, rate)
			}
			w.dropped[i][h] = v
		}
	}
}

// keep is the factor of dropout for hidden unit h of example i.
func (w *mlpWorker) keep(b *model.Batch, i, h int, rate float32) float32 {
	if rate == 0 {
		return 1
	}
	r := rng.New(rng.Hash(b.Keys[i], uint64(h)))
	if r.Float32() < rate {
		return 0
	}
	return 1 / (1 - rate)
}

func (w *mlpWorker) dense2(b *model.Batch) {
	for i := range b.N {
		out := w.out[i]
		for o := range out {
			sum := *w.at(bias2, 0, o)
			for h, v := range w.dropped[i] {
				sum += v * *w.at(kernel2, h, o)
			}
			out[o] = sum
		}
		switch w.m.Loss {
		case softmaxLoss:
			softmax(out)
		case sigmoidLoss:
			for o, z := range out {
				out[o] = float32(1 / (1 + math.Exp(-float64(z))))
			}
		}
		copy(b.Scores[i*w.m.Outputs:], out)
	}
}

func softmax(z []float32) {
	top := z[0]
	for _, v := range z {
		top = max(top, v)
	}
	var sum float32
	for o, v := range z {
		z[o] = float32(math.Exp(float64(v - top)))
		sum += z[o]
	}
	for o := range z {
		z[o] /= sum
	}
}

// loss writes the loss of each example.
func (w *mlpWorker) loss(b *model.Batch) {
	clear(b.Penalty)
	for i := range b.N {
		switch {
		case b.Labels != nil:
			p := w.out[i][b.Labels[i]]
			b.Loss[i] = -math.Log(float64(p))
		case b.Targets != nil:
			sum := 0.0
			for o, v := range w.out[i] {
				t := float64(b.Targets[i*w.m.Outputs+o])
				if w.m.Loss == sigmoidLoss {
					p := min(max(float64(v), 1e-7), 1-1e-7)
					sum -= t*math.Log(p) + (1-t)*math.Log(1-p)
					continue
				}
				e := float64(v) - t
				sum += e * e
			}
			b.Loss[i] = sum / float64(w.m.Outputs)
		}
	}
}

// Infer implements model.Worker.
func (w *mlpWorker) Infer(b *model.Batch) {
	w.dense1(b)
	w.dropout(b, false)
	w.dense2(b)
	w.loss(b)
}

// Step implements model.Worker.
func (w *mlpWorker) Step(b *model.Batch, grads []float32) {
	w.dense1(b)
	w.dropout(b, true)
	w.dense2(b)
	w.loss(b)
	w.backward(b, grads)
}

func (w *mlpWorker) backward(b *model.Batch, grads []float32) {
	in := w.m.Height * w.m.Width * w.m.Channels
	g := func(param, in, out int) *float32 {
		p := &w.net.Params[param]
		return &grads[p.Offset+p.Packing.Index(0, in, out)]
	}
	for i := range b.N {
		for o, v := range w.out[i] {
			switch {
			case b.Labels != nil:
				if int(b.Labels[i]) == o {
					v--
				}
			case w.m.Loss == sigmoidLoss:
				v = (v - b.Targets[i*w.m.Outputs+o]) / float32(w.m.Outputs)
			default:
				v = 2 * (v - b.Targets[i*w.m.Outputs+o]) / float32(w.m.Outputs)
			}
			w.dOut[o] = v * b.Scale
			if b.Weights != nil {
				w.dOut[o] *= b.Weights[i]
			}
		}
		for h := range w.dHidden {
			var sum float32
			for o, v := range w.dOut {
				*g(kernel2, h, o) += w.dropped[i][h] * v
				sum += v * w.derived[h*w.m.Outputs+o]
			}
			if w.hidden[i][h] <= 0 {
				sum = 0
			}
			w.dHidden[h] = sum * w.keep(b, i, h, b.Scalars[scalarDropout])
		}
		for o, v := range w.dOut {
			*g(bias2, 0, o) += v
		}
		for h, v := range w.dHidden {
			*g(bias1, 0, h) += v
			for k := range in {
				*g(kernel1, k, h) += b.X[i*in+k] * v
			}
		}
	}
}

// Calls implements model.Worker.
func (w *mlpWorker) Calls() []model.Call {
	training := w.derived != nil
	calls := []model.Call{
		// As in generated packages, a layer may have calls before the one that
		// writes its buffer, which holds leftovers until then.
		{Name: "dense1Border", Layer: "dense1", Pass: "forward", Run: func(*model.Batch, []float32) {}},
		{Name: "dense1", Layer: "dense1", Pass: "forward", FLOPs: w.net.Layers[0].FLOPs, Work: w.net.Layers[0].FLOPs, Run: func(b *model.Batch, _ []float32) { w.dense1(b) }},
		{Name: "dropout1", Layer: "dropout1", Pass: "forward", Run: func(b *model.Batch, _ []float32) { w.dropout(b, training) }},
		{Name: "dense2Border", Layer: "dense2", Pass: "forward", Run: func(*model.Batch, []float32) {}},
		{Name: "dense2", Layer: "dense2", Pass: "forward", FLOPs: w.net.Layers[2].FLOPs, Work: w.net.Layers[2].FLOPs, Run: func(b *model.Batch, _ []float32) { w.dense2(b) }},
	}
	if training {
		calls = append(calls, model.Call{Name: "backward", Layer: "dense1", Pass: "backward-weights", Run: w.backward})
	}
	return calls
}

// Buffer implements model.Worker.
func (w *mlpWorker) Buffer(name string, i int) []float32 {
	switch name {
	case "dense1":
		return w.hidden[i]
	case "dropout1":
		return w.dropped[i]
	case "dense2":
		return w.out[i]
	}
	return nil
}
