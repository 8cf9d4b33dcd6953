package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
)

// constant is a net whose scores are the biases of its last layer, through the
// softmax.
func constant(t *testing.T, scores ...float32) (*model.Network, []float32) {
	t.Helper()
	net := modeltest.MLP{Height: 3, Width: 2, Channels: 1, Hidden: 4, Outputs: 3, Shards: 4, Micro: 2, Labels: []string{"a", "b", "c"}}.Network()
	params := make([]float32, net.ParamFloats)
	b := &net.Params[3]
	for o, v := range scores {
		params[b.Offset+b.Packing.Index(0, 0, o)] = float32(math.Log(float64(v)))
	}
	return net, params
}

func TestEvaluate(t *testing.T) {
	net, params := constant(t, 0.5, 0.3, 0.2)
	data := points(7, 3, 1, false) // labels 0 1 2 0 1 2 0
	ev, err := train.Evaluate(t.Context(), net, data, train.Setup{Params: params, Metrics: []string{"mse", "accuracy"}})
	if err != nil {
		t.Fatal(err)
	}
	loss := -(3*math.Log(0.5) + 2*math.Log(0.3) + 2*math.Log(0.2)) / 7
	mse := (3*(.25+.09+.04) + 2*(.25+.49+.04) + 2*(.25+.09+.64)) / 3 / 7
	for i, want := range []train.Log{{Name: "accuracy", Value: 3. / 7}, {Name: "loss", Value: loss}, {Name: "mse", Value: mse}} {
		if got := ev.Logs[i]; got.Name != want.Name || math.Abs(got.Value-want.Value) > 1e-6 {
			t.Errorf("log %d is %v, want %v", i, got, want)
		}
	}
	if d := cmp.Diff([][]int{{3, 0, 0}, {2, 0, 0}, {2, 0, 0}}, ev.Confusion); d != "" {
		t.Error(d)
	}
	want := []train.ClassScore{{Label: "a", Support: 3, Precision: 3. / 7, Recall: 1, F1: 0.6}, {Label: "b", Support: 2}, {Label: "c", Support: 2}}
	if d := cmp.Diff(want, ev.Classes); d != "" {
		t.Error(d)
	}
	if ev.Examples != 7 {
		t.Errorf("%d examples", ev.Examples)
	}
	data.labels = nil
	if _, err := train.Evaluate(t.Context(), net, data, train.Setup{Params: params}); err == nil {
		t.Error("evaluated without labels")
	}
}

// TestPredictOrder: scores come in the order of the data, for any number of
// workers, and without labels.
func TestPredictOrder(t *testing.T) {
	net := mlp(config.Train{})
	params, err := initializer.Params(net, 5)
	if err != nil {
		t.Fatal(err)
	}
	var first []float32
	for _, c := range []struct{ workers, batch int }{{1, 1}, {2, 10}, {5, 29}, {3, 64}} {
		data := points(29, c.batch, 1, false)
		data.labels = nil
		var all []float32
		err := train.Predict(t.Context(), net, data, train.Setup{Params: params, Workers: c.workers}, func(b *train.Batch, scores []float32) error {
			if len(scores) != b.N*3 {
				return fmt.Errorf("%d scores of %d examples", len(scores), b.N)
			}
			all = append(all, scores...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = all
		}
		if len(all) != 29*3 {
			t.Fatalf("%d scores, want %d", len(all), 29*3)
		}
		if d := cmp.Diff(first, all); d != "" {
			t.Errorf("%d workers, batches of %d: %s", c.workers, c.batch, d)
		}
	}
}

func TestPredictEnds(t *testing.T) {
	net, params := constant(t, 0.5, 0.3, 0.2)
	enough := errors.New("enough")
	calls := 0
	err := train.Predict(t.Context(), net, points(20, 3, 1, false), train.Setup{Params: params}, func(*train.Batch, []float32) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("error %v after %d calls, want the callback's after 1", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := train.Evaluate(ctx, net, points(20, 3, 1, false), train.Setup{Params: params}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of a cancelled evaluation", err)
	}
	if _, err := train.Evaluate(t.Context(), net, points(20, 3, 1, false), train.Setup{Params: params[1:]}); err == nil {
		t.Error("a vector that is too short was accepted")
	}
	if _, err := train.Evaluate(t.Context(), net, points(20, 3, 1, false), train.Setup{Params: params, Scalars: []float32{1}}); err == nil {
		t.Error("too few scalars were accepted")
	}
}

// TestAlone: all workers may share an example that is a batch by itself; where there
// are several, each worker takes its own.
func TestAlone(t *testing.T) {
	for _, c := range []struct{ batch, workers, want int }{{1, 3, 3}, {1, 1, 1}, {4, 3, 0}} {
		net := mlp(setup(1))
		seen := sync.Map{}
		newInfer := net.NewInfer
		net.NewInfer = func(p, d []float32) model.Worker {
			return spy{newInfer(p, d), func(b *model.Batch) { seen.Store(b.Workers, true) }}
		}
		data := points(8, c.batch, 7, false)
		s := train.Setup{Params: make([]float32, net.ParamFloats), Workers: c.workers}
		if err := train.Predict(t.Context(), net, data, s, func(*train.Batch, []float32) error { return nil }); err != nil {
			t.Fatal(err)
		}
		seen.Range(func(workers, _ any) bool {
			if workers != c.want {
				t.Errorf("batches of %d, %d workers: %v for an example, want %d", c.batch, c.workers, workers, c.want)
			}
			return true
		})
		if _, ok := seen.Load(c.want); !ok {
			t.Errorf("batches of %d: nothing was computed", c.batch)
		}
	}
}
