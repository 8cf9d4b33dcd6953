package verify_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
	"github.com/cnnc/cnnc/compiler/verify"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/weights"
)

// worker is a worker that lets the interpreter compute, and then does the wrong
// a test asks for.
type worker struct {
	t            *testing.T
	net          *model.Network
	infer, train *ir.Graph
	params       []float32
	wrong        func(b *model.Batch, grads []float32)
}

func (w *worker) inputs(b *model.Batch) eval.Inputs {
	in := eval.Inputs{N: b.N, X: widen(b.X), Labels: b.Labels, Targets: widen(b.Targets), Keys: b.Keys, Scalars: widen(b.Scalars)}
	if b.Weights != nil {
		in.Weights = widen(b.Weights)
	}
	for i := range w.net.Params {
		p := &w.net.Params[i]
		logical := make([]float32, p.Packing.Taps*p.Packing.In*p.Packing.Out)
		if err := weights.Unpack(p, logical, w.params); err != nil {
			w.t.Fatal(err)
		}
		in.Params = append(in.Params, widen(logical))
	}
	return in
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func (w *worker) run(g *ir.Graph, b *model.Batch) *eval.Result {
	r, err := eval.Run(g, w.inputs(b))
	if err != nil {
		w.t.Fatal(err)
	}
	for i, s := range r.Of(g.Scores) {
		b.Scores[i] = float32(s)
	}
	copy(b.Penalty, r.Penalty)
	return r
}

func (w *worker) Infer(b *model.Batch) {
	r := w.run(w.infer, b)
	if loss := w.train.Loss; loss != nil {
		x, target := w.infer.Scores, widen(b.Targets)
		if loss.Args[0] != w.train.Scores {
			x = w.infer.Logits
		}
		for _, l := range b.Labels {
			target = append(target, float64(l))
		}
		copy(b.Loss, op.Lookup(loss.Op).Loss.Values(loss, b.N, r.Of(x), target))
	}
	w.wrong(b, nil)
}

func (w *worker) Step(b *model.Batch, grads []float32) {
	r := w.run(w.train, b)
	copy(b.Loss, r.Of(w.train.Loss))
	for i := range w.net.Params {
		if w.train.Grads[i] == nil {
			continue
		}
		p := &w.net.Params[i]
		sum := make([]float32, len(r.Of(w.train.Grads[i])))
		if err := weights.Unpack(p, sum, grads); err != nil {
			w.t.Fatal(err)
		}
		for j, d := range r.Of(w.train.Grads[i]) {
			sum[j] += float32(d)
		}
		if err := weights.Pack(p, grads, sum); err != nil {
			w.t.Fatal(err)
		}
	}
	w.wrong(b, grads)
}

func (w *worker) Calls() []model.Call               { return nil }
func (w *worker) Buffer(string, int) []float32      { return nil }
func nothing(b *model.Batch, grads []float32)       {}
func noDerived(params, derived []float32, k, n int) {}

// interpreted returns a network whose workers are the interpreter.
func interpreted(t *testing.T, g *ir.Graph, wrong func(b *model.Batch, grads []float32)) *model.Network {
	t.Helper()
	c, err := plantest.Compile(g, true, sched.Options{TrainMicro: 3, InferMicro: 4, Batch: 16})
	if err != nil {
		t.Fatal(err)
	}
	p := c.Plan
	net := &model.Network{
		Name: p.Name, Height: p.InputH, Width: p.InputW, Channels: p.InputC, Outputs: p.Outputs,
		ParamFloats: p.ParamFloats, Optimizer: "momentum", Slots: 1, TrainMicro: 3, InferMicro: 4, Loss: p.Loss.Kind,
		Train: config.Train{Optimizer: config.Optimizer{Name: "sgd", Numbers: []config.Number{{Name: "momentum", Value: 0.9}, {Name: "weight_decay", Value: 0.01}}}},
		ISA:   func() string { return "go" }, Derive: noDerived,
	}
	for _, q := range p.Params {
		net.Params = append(net.Params, model.Param{
			Name: q.Name, Shape: q.Shape, Offset: q.Offset, Packing: model.Packing(q.Packing),
			FanIn: q.FanIn, FanOut: q.FanOut, L1: q.L1, L2: q.L2, Frozen: q.Frozen,
		})
	}
	for _, s := range p.Scalars {
		net.Scalars = append(net.Scalars, model.Scalar(s))
	}
	infer, train := g.Clone(), g.Clone()
	if err := pass.Run(infer, pass.Inference, nil); err != nil {
		t.Fatal(err)
	}
	if err := pass.Run(train, pass.Training, nil); err != nil {
		t.Fatal(err)
	}
	net.NewInfer = func(params, _ []float32) model.Worker {
		return &worker{t, net, infer, train, params, wrong}
	}
	net.NewTrain = func(params, _ []float32) model.Worker {
		return &worker{t, net, infer, train, params, wrong}
	}
	net.Update = modeltest.Updater(net)
	return net
}

// graph is a network that has everything in it.
func graph() *ir.Graph {
	for _, n := range plantest.Nets() {
		if n.Name == "dropout" {
			return n.Graph
		}
	}
	return plantest.Nets()[0].Graph
}

func TestAcceptsTheReference(t *testing.T) {
	report, err := verify.Graph(interpreted(t, graph(), nothing), graph(), 1)
	if err != nil {
		t.Fatalf("%v\n%v", err, report)
	}
	for seed := range uint64(6) {
		g := compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 3)), compilertest.Options{Plain: true})
		if report, err := verify.Graph(interpreted(t, g, nothing), g, seed); err != nil {
			t.Errorf("random network %d: %v\n%v", seed, err, report)
		}
	}
}

// TestFindsMistakes lets workers and the update go wrong in one number and
// wants the comparison that shows it.
func TestFindsMistakes(t *testing.T) {
	for _, c := range []struct {
		name, want string
		wrong      func(b *model.Batch, grads []float32)
		change     func(net *model.Network)
	}{
		{name: "scores of inference", want: "\tscores", wrong: func(b *model.Batch, grads []float32) {
			if grads == nil {
				b.Scores[0] += 1e-2
			}
		}},
		{name: "scores of training", want: "training scores", wrong: func(b *model.Batch, grads []float32) {
			if grads != nil {
				b.Scores[len(b.Scores)-1] += 1e-2
			}
		}},
		{name: "loss of inference", want: "inference loss", wrong: func(b *model.Batch, grads []float32) {
			if grads == nil {
				b.Loss[0] *= 1.001
			}
		}},
		{name: "loss", want: "\tloss", wrong: func(b *model.Batch, grads []float32) { b.Loss[b.N-1] *= 1.001 }},
		{name: "gradient", want: "gradient of ", wrong: func(b *model.Batch, grads []float32) {
			for i := range grads {
				grads[i] *= 1.02
			}
		}},
		{name: "not a number", want: "gradient of ", wrong: func(b *model.Batch, grads []float32) {
			if grads != nil {
				grads[0] *= float32(inf() * 0)
			}
		}},
		{name: "other keys", want: "training scores", wrong: nothing, change: func(net *model.Network) {
			make := net.NewTrain
			net.NewTrain = func(params, derived []float32) model.Worker { return otherKeys{make(params, derived)} }
		}},
		{name: "optimizer", want: "optimizer step:", wrong: nothing, change: func(net *model.Network) {
			update := net.Update
			net.Update = func(u *model.Update, k, n int) {
				v := *u
				v.Factors = append([]float32(nil), u.Factors...)
				v.Factors[0] += 1e-4 // decay
				update(&v, k, n)
			}
		}},
		{name: "optimizer in parts", want: "optimizer step in parts", wrong: nothing, change: func(net *model.Network) {
			update := net.Update
			net.Update = func(u *model.Update, k, n int) {
				if k != 2 {
					update(u, k, n)
				}
			}
		}},
	} {
		net := interpreted(t, graph(), c.wrong)
		if c.change != nil {
			c.change(net)
		}
		_, err := verify.Graph(net, graph(), 1)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want a complaint about %q, got %v", c.name, c.want, err)
		}
	}
}

func inf() float64 {
	x := 1e308
	return x * 10
}

// otherKeys draws other masks than it should.
type otherKeys struct{ model.Worker }

func (w otherKeys) Step(b *model.Batch, grads []float32) {
	c := *b
	c.Keys = make([]uint64, len(b.Keys))
	w.Worker.Step(&c, grads)
}
