package train_test

import (
	"math"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
)

// penalized is a worker whose activities have a penalty of twice the input.
type penalized struct{ model.Worker }

func (w penalized) Step(b *model.Batch, grads []float32) {
	w.Worker.Step(b, grads)
	w.penalize(b)
}

func (w penalized) Infer(b *model.Batch) {
	w.Worker.Infer(b)
	w.penalize(b)
}

func (w penalized) penalize(b *model.Batch) {
	for i := range b.Penalty {
		b.Penalty[i] = 2 * float64(b.X[i])
	}
}

// TestActivityPenalty: the losses of training and validation have the mean of the
// penalties in them (spec: initializers and regularizers, section 5), whatever the
// examples weigh.
func TestActivityPenalty(t *testing.T) {
	cfg := config.Train{Loss: "mean_squared_error", Optimizer: config.Optimizer{Name: "sgd"}, Epochs: 1, Batch: 2}
	net := modeltest.Linear(cfg)
	newTrain, newInfer := net.NewTrain, net.NewInfer
	net.NewTrain = func(p, d []float32) model.Worker { return penalized{newTrain(p, d)} }
	net.NewInfer = func(p, d []float32) model.Worker { return penalized{newInfer(p, d)} }
	data := &memory{size: 1, batch: 2, x: []float32{1, 2, 6}, labels: make([]int32, 3)}
	val := &memory{size: 1, batch: 2, x: []float32{4, 5, 0}, labels: make([]int32, 3)}
	res, err := train.Train(t.Context(), net, data, val, train.Options{Config: cfg, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	// The loss of the network is its input, the weight being 1.
	for key, want := range map[string]float64{"loss": 3 + 2*3, "val_loss": 3 + 2*3} {
		if got, _ := res.History.Last().Lookup(key); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}
