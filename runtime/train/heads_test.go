package train_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
)

// head is a network of one sigmoid, or of values.
func head(loss string, task model.Task, outputs int, c config.Train) *model.Network {
	return modeltest.MLP{
		Height: 3, Width: 2, Channels: 1, Hidden: 19, Outputs: outputs, Loss: loss, Task: task,
		Shards: 5, Micro: 3, Train: c,
	}.Network()
}

// halves are points of two classes.
func halves(n int, seed uint64) *memory {
	d := points(n, 16, seed, true)
	for i := range d.labels {
		d.labels[i] = min(d.labels[i], 1)
	}
	return d
}

// every has metrics of all kinds for one binary score.
var every = []string{"accuracy", "auc", "auc(curve=pr, thresholds=50)", "precision", "recall(threshold=0.3)", "f1", "crossentropy", "mae"}

// TestBinary: one sigmoid learns two classes; metrics of all kinds are the same
// bits for any number of workers, in pieces, and when an epoch is interrupted.
func TestBinary(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	cfg := config.Train{Optimizer: adam, Metrics: every, Epochs: 6, Batch: 16, Seed: 7, Keep: config.Keep{Metric: "val_auc"}}
	net := head("sigmoid_crossentropy", model.Binary, 1, cfg)
	var first string
	for i, procs := range []int{1, 2, 8, 3} {
		runtime.GOMAXPROCS(procs)
		dir := t.TempDir()
		data, val := halves(201, 7), halves(40, 9)
		if i == 2 {
			data.piece = net.Shards * net.TrainMicro
		}
		run := func(ctx context.Context, resume bool) *train.Result {
			res, err := train.Train(ctx, net, data, val, train.Options{Config: cfg, Dir: dir, Resume: resume, Workers: procs})
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		ctx, cancel := context.WithCancel(t.Context())
		if i == 3 {
			data.before = func(epoch, step int) {
				if epoch == 2 && step == 7 {
					cancel()
				}
			}
			if res := run(ctx, false); res.Reason != train.Interrupted {
				t.Fatalf("reason %v", res.Reason)
			}
			data.before = nil
		}
		cancel()
		res := run(t.Context(), i == 3)
		all := string(files(t, dir)) + fmt.Sprint(res.History)
		if first == "" {
			first = all
			last := res.History.Last()
			for _, key := range []string{"val_accuracy", "val_auc", "auc_1", "val_f1"} {
				if v, ok := last.Lookup(key); !ok || v < 0.8 {
					t.Errorf("%s is %v", key, v)
				}
			}
		} else if all != first {
			t.Errorf("%d processors, round %d: other bytes", procs, i)
		}
		if i > 0 {
			continue
		}
		ev, err := train.Evaluate(t.Context(), net, val, train.Setup{Params: res.Params, Labels: []string{"no", "yes"}})
		if err != nil {
			t.Fatal(err)
		}
		right := ev.Confusion[0][0] + ev.Confusion[1][1]
		if len(ev.Confusion) != 2 || len(ev.Classes) != 2 || ev.Classes[1].Label != "yes" || ev.Logs[0].Name != "accuracy" || ev.Logs[0].Value != float64(right)/40 {
			t.Errorf("evaluation %+v", ev)
		}
	}
}

// TestValues: several numbers are learned, and evaluated without classes.
func TestValues(t *testing.T) {
	cfg := config.Train{Optimizer: adam, Metrics: []string{"r2", "rmse"}, Epochs: 40, Batch: 16, Seed: 7, Keep: config.Keep{Metric: "val_r2"}}
	net := head("mean_squared_error", model.Values, 2, cfg)
	make := func(n int, seed uint64) *memory {
		d := points(n, 16, seed, true)
		d.labels, d.outputs = nil, 2
		for i := range n {
			x := d.x[6*i : 6*i+6]
			d.targets = append(d.targets, x[0]-x[1], 0.5*x[2]+1)
		}
		return d
	}
	data, val := make(300, 7), make(60, 8)
	res, err := train.Train(t.Context(), net, data, val, train.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	ev, err := train.Evaluate(t.Context(), net, val, train.Setup{Params: res.Params, Metrics: cfg.Metrics})
	if err != nil {
		t.Fatal(err)
	}
	if ev.Confusion != nil || ev.Classes != nil {
		t.Errorf("values have classes: %+v", ev)
	}
	if name, v := ev.Logs[1].Name, ev.Logs[1].Value; name != "r2" || v < 0.9 {
		t.Errorf("%s is %v", name, v)
	}
	// The root is of the mean over all examples.
	if rmse := ev.Logs[2].Value; math.Abs(rmse*rmse-ev.Logs[0].Value) > 1e-9 {
		t.Errorf("root %v of the loss %v", rmse, ev.Logs[0].Value)
	}
}

// TestClassWeights: a class weighs as much as each of its examples would, and
// the loss is divided by the number of examples. Metrics and validation do not
// see weights.
func TestClassWeights(t *testing.T) {
	weights := []float64{0.5, 3, 1}
	run := func(o train.Options, change func(c *config.Train, d *memory)) *train.Result {
		o.Config = setup(3)
		o.Config.Metrics = []string{"crossentropy"}
		d, val := points(53, 16, 7, true), points(20, 8, 7, false)
		if change != nil {
			change(&o.Config, d)
		}
		res, err := train.Train(t.Context(), mlp(o.Config), d, val, o)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	byExample := run(train.Options{}, func(_ *config.Train, d *memory) {
		for _, l := range d.labels {
			d.weights = append(d.weights, float32(weights[l]))
		}
	})
	byClass := run(train.Options{ClassWeights: weights}, nil)
	byName := run(train.Options{Labels: []string{"a", "b", "c"}}, func(c *config.Train, _ *memory) {
		c.ClassWeight = []config.ClassWeight{{Class: "b", Weight: 3}, {Class: "a", Weight: 0.5}}
	})
	plain := run(train.Options{}, nil)
	ones := run(train.Options{ClassWeights: []float64{1, 1, 1}}, nil)
	for name, c := range map[string][2]*train.Result{"by class": {byExample, byClass}, "by name": {byExample, byName}, "ones": {plain, ones}} {
		if !slices.Equal(c[0].Params, c[1].Params) || fmt.Sprint(c[0].History) != fmt.Sprint(c[1].History) {
			t.Errorf("%s: other weights or history", name)
		}
	}
	if slices.Equal(plain.Params, byClass.Params) {
		t.Error("weights change nothing")
	}

	// With a learning rate of 0 and without dropout and penalties, the losses are
	// those of the initial network: counted by hand.
	cfg := config.Train{Optimizer: config.Optimizer{Name: "sgd"}, Metrics: []string{"crossentropy"}, Epochs: 1, Batch: 16, Seed: 7}
	net := modeltest.MLP{Height: 3, Width: 2, Channels: 1, Hidden: 19, Outputs: 3, Shards: 5, Micro: 3, Train: cfg}.Network()
	d := points(53, 16, 7, true)
	res, err := train.Train(t.Context(), net, d, d, train.Options{Config: cfg, ClassWeights: train.Balanced(d.ClassCounts())})
	if err != nil {
		t.Fatal(err)
	}
	sums, counts := make([]float64, 3), d.ClassCounts()
	err = train.Predict(t.Context(), net, d, train.Setup{Params: res.Params}, func(b *train.Batch, scores []float32) error {
		for i, l := range b.Labels {
			sums[l] -= math.Log(float64(scores[3*i+int(l)]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, all := 0.0, 0.0
	for c, s := range sums {
		want += s / float64(3*counts[c]) // n/(k*count) of it, divided by n
		all += s / 53
	}
	for _, l := range res.History.Last().Logs {
		expect := all
		if l.Name == "loss" {
			expect = want
		}
		if math.Abs(l.Value-expect) > 1e-6 {
			t.Errorf("%s is %v, want %v", l.Name, l.Value, expect)
		}
	}

	balanced := setup(1)
	balanced.BalancedClasses = true
	if _, err := train.Train(t.Context(), mlp(balanced), d, nil, train.Options{Config: balanced}); err == nil || !strings.Contains(err.Error(), "val_loss") {
		t.Errorf("%v", err) // the keep rule has nothing to watch
	}
	balanced.Keep = config.Keep{}
	if _, err := train.Train(t.Context(), mlp(balanced), d, nil, train.Options{Config: balanced}); err != nil {
		t.Error(err)
	}
}

// TestBalanced has the usual formula (spec: training, section 5).
func TestBalanced(t *testing.T) {
	if got, want := train.Balanced([]int{6, 2, 0}), []float64{8. / 18, 8. / 6, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWeightsRefused lists weights that are none.
func TestWeightsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(o *train.Options, d *memory)
		want   string
	}{
		{"negative", func(o *train.Options, _ *memory) { o.ClassWeights = []float64{1, -1, 1} }, "weight of class 1 is -1"},
		{"number", func(o *train.Options, _ *memory) { o.ClassWeights = []float64{1, 1} }, "weights of 2 classes, the network has 3"},
		{"twice", func(o *train.Options, _ *memory) {
			o.ClassWeights, o.Config.BalancedClasses = []float64{1, 1, 1}, true
		}, "given twice"},
		{"name", func(o *train.Options, _ *memory) {
			o.Config.ClassWeight = []config.ClassWeight{{Class: "x", Weight: 2}}
		}, `class "x", and the classes are ["0" "1" "2"]`},
		{"example", func(_ *train.Options, d *memory) {
			d.weights = make([]float32, d.Len())
			d.weights[20] = float32(math.NaN())
		}, "the weight of example"},
		{"both", func(o *train.Options, d *memory) {
			o.ClassWeights, d.weights = []float64{1, 1, 1}, make([]float32, d.Len())
		}, "weights of examples and of classes"},
	} {
		o, d := train.Options{Config: setup(1)}, points(53, 16, 7, true)
		o.Config.Keep = config.Keep{}
		c.change(&o, d)
		if _, err := train.Train(t.Context(), mlp(o.Config), d, nil, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	cfg := config.Train{Optimizer: adam, Epochs: 1, Batch: 16}
	d := &memory{size: 6, batch: 4, x: make([]float32, 24), targets: make([]float32, 8), outputs: 2}
	if _, err := train.Train(t.Context(), head("mean_squared_error", model.Values, 2, cfg), d, nil, train.Options{Config: cfg, ClassWeights: []float64{1, 1}}); err == nil || !strings.Contains(err.Error(), "no classes") {
		t.Errorf("%v", err)
	}
}

// TestBadMetric: a metric that does not fit the network is refused at once.
func TestBadMetric(t *testing.T) {
	cfg := setup(1)
	cfg.Metrics = []string{"r2"}
	if _, err := train.Train(t.Context(), mlp(cfg), points(20, 16, 7, true), points(20, 16, 7, true), train.Options{Config: cfg}); err == nil || !strings.Contains(err.Error(), "about values") {
		t.Errorf("%v", err)
	}
}
