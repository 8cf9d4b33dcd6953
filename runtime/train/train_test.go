package train_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/rng"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

var adam = config.Optimizer{Name: "adam", LearningRate: 0.01}

// mlp is a net with everything on: padded packing, dropout, penalties.
func mlp(c config.Train) *model.Network {
	return modeltest.MLP{
		Height: 3, Width: 2, Channels: 1, Hidden: 19, Outputs: 3,
		Shards: 5, Micro: 3, Dropout: 0.25, L1: 1e-3, L2: 2e-3, Train: c,
	}.Network()
}

func points(n, batch int, seed uint64, shuffle bool) *memory {
	x, labels := modeltest.Points(n, 6, 3, 1)
	return &memory{size: 6, batch: batch, x: x, labels: labels, shuffle: shuffle, seed: seed}
}

func setup(epochs int) config.Train {
	return config.Train{Loss: "categorical_crossentropy", Optimizer: adam, Metrics: []string{"accuracy"}, Epochs: epochs, Batch: 16, Seed: 7, Keep: config.Keep{Metric: "val_loss"}}
}

// TestHistory compares the history with numbers computed by hand on the linear
// net (loss = weight times input, sgd without momentum, weight 1, rate 0.5):
// batches {2,4} and {3}, losses are taken before the update of their batch and
// weighted by batch size, validation at the weights of the end.
//
//	batch 1: loss (2+4)/2 = 3 at weight 1; gradient 3; weight -0.5
//	batch 2: loss 3 * -0.5 = -1.5; gradient 3; weight -2
//	epoch:   (3*2 + -1.5*1)/3 = 1.5; validation of {1, 2}: (-2-4)/2 = -3
func TestHistory(t *testing.T) {
	cfg := config.Train{Loss: "mean_squared_error", Optimizer: config.Optimizer{Name: "sgd", LearningRate: 0.5}, Metrics: []string{"mae"}, Epochs: 2, Batch: 2}
	data := &memory{size: 1, batch: 2, x: []float32{2, 4, 3}, targets: []float32{0, 0, 0}, outputs: 1}
	val := &memory{size: 1, batch: 2, x: []float32{1, 2}, targets: []float32{0, 0}, outputs: 1}
	dir := t.TempDir()
	res, err := train.Train(t.Context(), modeltest.Linear(cfg), data, val, train.Options{Config: cfg, Workers: 2, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	// Second epoch: losses -6 at -2, weight -3.5; -10.5 at -3.5, weight -5.
	want := train.History{
		{Epoch: 0, Logs: []train.Log{{Name: "loss", Value: 1.5}, {Name: "mae", Value: (2 + 4 + 1.5) / 3}, {Name: "val_loss", Value: -3}, {Name: "val_mae", Value: 3}}},
		{Epoch: 1, Logs: []train.Log{{Name: "loss", Value: (-12 - 10.5) / 3}, {Name: "mae", Value: 7.5}, {Name: "val_loss", Value: -7.5}, {Name: "val_mae", Value: 7.5}}},
	}
	if d := cmp.Diff(want, res.History); d != "" {
		t.Error(d)
	}
	csv, err := os.ReadFile(filepath.Join(dir, train.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	if want := "epoch,loss,mae,val_loss,val_mae\r\n0,1.5,2.5,-3,3\r\n1,-7.5,7.5,-7.5,7.5\r\n"; string(csv) != want {
		t.Errorf("history.csv is %q, want %q", csv, want)
	}
	if res.Reason != train.Completed || res.BestEpoch != -1 {
		t.Errorf("result %v, best epoch %d", res.Reason, res.BestEpoch)
	}
}

// TestPenalty: the loss of a batch includes l1*sum|w| + l2*sum w^2 of the first
// kernel at the weights before the update, the crossentropy metric does not, and
// the penalty's gradient reaches the weights.
func TestPenalty(t *testing.T) {
	cfg := setup(1)
	cfg.Metrics = []string{"crossentropy"}
	cfg.Keep = config.Keep{}
	cfg.Optimizer = config.Optimizer{Name: "sgd", LearningRate: 0}
	net := modeltest.MLP{Height: 3, Width: 2, Channels: 1, Hidden: 19, Outputs: 3, Shards: 2, Micro: 4, L1: 0.01, L2: 0.02, Train: cfg}.Network()
	params := make([]float32, net.ParamFloats)
	kernel := &net.Params[0]
	logical := make([]float32, 6*19)
	logical[0], logical[5], logical[113] = 1, -2, 3 // spec: regularizers, L1L2(0.01, 0.02) gives 0.34
	if err := weights.Pack(kernel, params, logical); err != nil {
		t.Fatal(err)
	}
	res, err := train.Train(t.Context(), net, points(20, 16, 1, true), nil, train.Options{Config: cfg, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	last := res.History.Last()
	loss, _ := last.Lookup("loss")
	plain, _ := last.Lookup("crossentropy")
	if got := loss - plain; math.Abs(got-0.34) > 1e-7 { // factors are float32
		t.Errorf("penalty %.9f, want 0.34", got)
	}
}

// TestEachExampleOnce counts what the loop asks for, the last partial batch
// included.
func TestEachExampleOnce(t *testing.T) {
	data, val := points(37, 16, 3, true), points(11, 4, 3, false)
	data.served, val.served = map[int][]int{}, map[int][]int{}
	if _, err := train.Train(t.Context(), mlp(setup(3)), data, val, train.Options{Config: setup(3)}); err != nil {
		t.Fatal(err)
	}
	for epoch := range 3 {
		for i, n := range data.served[epoch] {
			if n != 1 {
				t.Errorf("example %d came %d times in epoch %d", i, n, epoch)
			}
		}
	}
	for i, n := range val.served[0] {
		if n != 3 {
			t.Errorf("validation example %d came %d times in 3 epochs", i, n)
		}
	}
}

// TestDeterminism: the same bytes for any number of processors and workers.
func TestDeterminism(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []byte
	for _, procs := range []int{1, 2, 3, 8} {
		for _, workers := range []int{0, 1, 5} {
			runtime.GOMAXPROCS(procs)
			dir := t.TempDir()
			res, err := train.Train(t.Context(), mlp(setup(3)), points(53, 16, 7, true), points(20, 8, 7, false),
				train.Options{Config: setup(3), Dir: dir, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			all := files(t, dir)
			all = append(all, fmt.Sprint(res.History)...)
			if first == nil {
				first = all
			} else if string(all) != string(first) {
				t.Fatalf("GOMAXPROCS %d, %d workers: other bytes than with 1", procs, workers)
			}
		}
	}
}

// TestPieces: a batch cut at multiples of shards*micro gives the same bytes.
func TestPieces(t *testing.T) {
	net := mlp(setup(2))
	unit := net.Shards * net.TrainMicro
	var first []byte
	for _, piece := range []int{0, unit, 2 * unit} {
		data := points(7*unit+3, 3*unit+1, 7, true)
		val := points(20, 8, 7, false)
		data.piece, val.piece = piece, piece
		dir := t.TempDir()
		res, err := train.Train(t.Context(), net, data, val, train.Options{Config: setup(2), Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		all := append(files(t, dir), fmt.Sprint(res.History)...)
		if first == nil {
			first = all
		} else if string(all) != string(first) {
			t.Fatalf("pieces of %d: other bytes than with whole batches", piece)
		}
	}
}

// files joins the files of a run directory that must not depend on chance.
func files(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	for _, name := range []string{train.BestFile, train.LastFile, train.HistoryFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	epochs, err := filepath.Glob(filepath.Join(dir, train.EpochsDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range epochs {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, filepath.Base(name)...), b...)
	}
	return all
}

// TestLearns: the loop is good for something.
func TestLearns(t *testing.T) {
	cfg := setup(15)
	res, err := train.Train(t.Context(), mlp(cfg), points(300, 16, 7, true), points(99, 16, 7, false), train.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	acc := res.History.Column("val_accuracy")
	if acc[len(acc)-1] < 0.9 {
		t.Errorf("validation accuracy by epoch %.3f, want 0.9 at the end", acc)
	}
	if res.BestEpoch < 5 {
		t.Errorf("best epoch %d of a run that improves throughout", res.BestEpoch)
	}
}

// TestResume interrupts a run at every batch of the second epoch, before and in
// validation, and resumes it: same bytes as the run that went through.
func TestResume(t *testing.T) {
	run := func(dir string, resume bool, cut func(cancel func()) (data, val func(epoch, step int))) (*train.Result, error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		data, val := points(53, 16, 7, true), points(20, 8, 7, false)
		if cut != nil {
			data.before, val.before = cut(cancel)
		}
		return train.Train(ctx, mlp(setup(3)), data, val, train.Options{Config: setup(3), Dir: dir, Resume: resume})
	}
	through := t.TempDir()
	if _, err := run(through, false, nil); err != nil {
		t.Fatal(err)
	}
	want := files(t, through)

	for cutAt := range 6 { // batches 0..3 of epoch 1, then validation batches 0 and 1
		t.Run(fmt.Sprint(cutAt), func(t *testing.T) {
			dir := t.TempDir()
			validations := 0
			res, err := run(dir, false, func(cancel func()) (data, val func(epoch, step int)) {
				return func(epoch, step int) {
						if epoch == 1 && step == cutAt {
							cancel()
						}
					}, func(_, step int) {
						if validations++; validations == 3+cutAt-4+1 && cutAt >= 4 {
							cancel()
						}
					}
			})
			if err != nil {
				t.Fatal(err)
			}
			if res.Reason != train.Interrupted {
				t.Fatalf("reason %v, want interrupted", res.Reason)
			}
			if len(res.History) != 1 {
				t.Fatalf("%d epochs in the history, want 1", len(res.History))
			}
			res, err = run(dir, true, nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.Reason != train.Completed {
				t.Errorf("reason %v, want completed", res.Reason)
			}
			if string(files(t, dir)) != string(want) {
				t.Error("other bytes than the run that went through")
			}
			// Once more: nothing is left to do, and nothing changes.
			if _, err = run(dir, true, nil); err != nil {
				t.Fatal(err)
			}
			if string(files(t, dir)) != string(want) {
				t.Error("resuming a finished run changes it")
			}
			if b, err := os.ReadFile(filepath.Join(dir, train.MetricsFile)); err != nil || strings.Count(string(b), `"event":"epoch"`) != 3 {
				t.Errorf("metrics.jsonl: %v\n%s", err, b)
			}
		})
	}
}

// TestResumeKeepsBest: the best epoch may lie before the interruption. The weight
// falls by the mean input an epoch, so the loss of a negative example grows from
// the first epoch on.
func TestResumeKeepsBest(t *testing.T) {
	cfg := config.Train{Loss: "mean_squared_error", Optimizer: config.Optimizer{Name: "sgd", LearningRate: 0.5}, Epochs: 4, Batch: 2, Keep: config.Keep{Metric: "val_loss"}}
	dir := t.TempDir()
	for resume := range 4 { // interrupted after each epoch
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		data := &memory{size: 1, batch: 2, x: []float32{1, 1}, labels: []int32{0, 0}}
		data.before = func(epoch, _ int) {
			if epoch > resume {
				cancel()
			}
		}
		val := &memory{size: 1, batch: 2, x: []float32{-1}, labels: []int32{0}}
		res, err := train.Train(ctx, modeltest.Linear(cfg), data, val, train.Options{Config: cfg, Dir: dir, Resume: true})
		if err != nil {
			t.Fatal(err)
		}
		if res.BestEpoch != 0 || res.Params[0] != 0.5 {
			t.Errorf("after %d resumptions: best epoch %d with weight %v, want 0 with 0.5", resume, res.BestEpoch, res.Params[0])
		}
	}
	params, _, err := weights.Load(filepath.Join(dir, train.BestFile), modeltest.Linear(cfg))
	if err != nil || params[0] != 0.5 {
		t.Errorf("best weight on disk %v, %v; want 0.5", params, err)
	}
	params, _, err = weights.Load(filepath.Join(dir, train.LastFile), modeltest.Linear(cfg))
	if err != nil || params[0] != -1 {
		t.Errorf("last weight on disk %v, %v; want -1", params, err)
	}
}

// TestSkippedBatch: a batch without a readable example does not come, and a
// position behind it means the batch that it says.
func TestSkippedBatch(t *testing.T) {
	run := func(dir string, stopAt int) *train.Result {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		data := points(53, 16, 7, true)
		data.skip = 1
		data.before = func(epoch, step int) {
			if epoch == 1 && step == stopAt {
				cancel()
			}
		}
		cfg := setup(2)
		res, err := train.Train(ctx, mlp(cfg), data, points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: true})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	through := t.TempDir()
	if res := run(through, -1); res.Step != 6 {
		t.Errorf("%d steps, want 6", res.Step)
	}
	for stopAt := range 4 {
		dir := t.TempDir()
		run(dir, stopAt)
		run(dir, -1)
		if string(files(t, dir)) != string(files(t, through)) {
			t.Errorf("interrupted at batch %d: other bytes", stopAt)
		}
	}
}

// spy is a worker that checks the micro-batches it gets: input, label and key of
// an example belong together.
type spy struct {
	model.Worker
	check func(b *model.Batch)
}

func (s spy) Step(b *model.Batch, grads []float32) { s.check(b); s.Worker.Step(b, grads) }
func (s spy) Infer(b *model.Batch)                 { s.check(b); s.Worker.Infer(b) }

func TestMicroBatches(t *testing.T) {
	cfg := setup(2)
	net := mlp(cfg)
	data, val := points(53, 16, 7, true), points(20, 8, 7, false)
	rows := map[uint64]int{} // key to example
	for epoch := range 2 {
		for i := range 53 {
			rows[rng.Key(7, epoch, i, rng.Example)] = i
		}
	}
	var examples atomic.Int64
	var scale sync.Map
	check := func(m *memory, micro int) func(b *model.Batch) {
		return func(b *model.Batch) {
			if b.N < 1 || b.N > micro || len(b.X) != 6*b.N || len(b.Labels) != b.N || len(b.Keys) != b.N || len(b.Scores) != 3*b.N || len(b.Loss) != b.N {
				t.Errorf("micro-batch of %d with %d values, %d labels, %d keys, %d scores, %d losses; at most %d examples", b.N, len(b.X), len(b.Labels), len(b.Keys), len(b.Scores), len(b.Loss), micro)
			}
			for i := range b.N {
				row, ok := rows[b.Keys[i]]
				if !ok || b.Labels[i] != m.labels[row] || cmp.Diff(m.x[6*row:6*row+6], b.X[6*i:6*i+6]) != "" {
					t.Errorf("example %d of a micro-batch: key, label and values do not belong together", i)
				}
			}
			examples.Add(int64(b.N))
			scale.Store(b.Scale, true)
		}
	}
	newTrain, newInfer := net.NewTrain, net.NewInfer
	net.NewTrain = func(p, d []float32) model.Worker { return spy{newTrain(p, d), check(data, net.TrainMicro)} }
	net.NewInfer = func(p, d []float32) model.Worker { return spy{newInfer(p, d), check(val, net.InferMicro)} }
	if _, err := train.Train(t.Context(), net, data, val, train.Options{Config: cfg}); err != nil {
		t.Fatal(err)
	}
	if n := examples.Load(); n != 2*(53+20) {
		t.Errorf("%d examples, want %d", n, 2*(53+20))
	}
	for _, want := range []float32{1. / 16, 1. / 5} {
		if _, ok := scale.Load(want); !ok {
			t.Errorf("no batch had scale %v", want)
		}
	}
}

// TestResumeProlongs: more epochs than the first time.
func TestResumeProlongs(t *testing.T) {
	run := func(dir string, epochs int, resume bool) []byte {
		_, err := train.Train(t.Context(), mlp(setup(3)), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: setup(epochs), Dir: dir, Resume: resume})
		if err != nil {
			t.Fatal(err)
		}
		return files(t, dir)
	}
	want := run(t.TempDir(), 5, false)
	dir := t.TempDir()
	run(dir, 2, true) // no checkpoint yet: from the beginning
	if got := run(dir, 5, true); string(got) != string(want) {
		t.Error("2 epochs and 3 more give other bytes than 5")
	}
	if got := run(dir, 5, false); string(got) != string(want) {
		t.Error("a new run in an old directory gives other bytes")
	}
}

// TestUntil: a run that ends behind an epoch and goes on later gives the bytes of
// one that does not, though its schedule spans the whole run and its weights are
// averaged.
func TestUntil(t *testing.T) {
	cfg := setup(6)
	cfg.Optimizer.Numbers = append(cfg.Optimizer.Numbers, number("ema", 0.9)...)
	cfg.Schedule = config.Schedule{Name: "cosine"}
	var epochs int
	run := func(dir string, until int) []byte {
		res, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: true, Until: until})
		if err != nil {
			t.Fatal(err)
		}
		if epochs = len(res.History); res.Reason != train.Completed {
			t.Errorf("until %d: %s", until, res.Reason)
		}
		return files(t, dir)
	}
	want := run(t.TempDir(), 0)
	dir := t.TempDir()
	for _, until := range []int{1, 3, 3} {
		run(dir, until)
		if epochs != until {
			t.Errorf("until %d: %d epochs", until, epochs)
		}
		if _, err := os.Stat(filepath.Join(dir, train.BestFile)); err != nil {
			t.Error(err)
		}
	}
	if got := run(dir, 100); string(got) != string(want) || epochs != 6 {
		t.Errorf("1, 3 and 6 epochs (%d) give other bytes than 6", epochs)
	}
}

// TestUntilValidates: the last epoch of a part of a run is validated whatever the
// distance of validations is.
func TestUntilValidates(t *testing.T) {
	cfg := setup(7)
	cfg.ValidateEvery = 3
	dir := t.TempDir()
	for until, want := range map[int][]int{1: {1}, 4: {1, 3, 4}, 7: {1, 3, 4, 6, 7}} {
		dir := filepath.Join(dir, fmt.Sprint(until))
		for _, part := range want {
			if part != 1 && part != 4 && part != 7 || part > until {
				continue
			}
			res, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: true, Until: part})
			if err != nil {
				t.Fatal(err)
			}
			if part < until {
				continue
			}
			var got []int
			for i := range res.History {
				if slices.ContainsFunc(res.History[i].Logs, func(l train.Log) bool { return l.Name == "val_loss" }) {
					got = append(got, i+1)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("until %d: validated after %v, want %v", until, got, want)
			}
		}
	}
}

// TestResumeRefuses lists what makes a checkpoint unusable, by a part of the
// error.
func TestResumeRefuses(t *testing.T) {
	base := func() (config.Train, *memory, train.Options) {
		cfg := setup(2)
		return cfg, points(53, 16, 7, true), train.Options{Resume: true, DataID: "a"}
	}
	dir := t.TempDir()
	cfg, data, o := base()
	o.Config, o.Dir = cfg, dir
	if _, err := train.Train(t.Context(), mlp(cfg), data, points(20, 8, 7, false), o); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, train.CheckpointFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(c *config.Train, d *memory, o *train.Options)
		want   string
	}{
		{"seed", func(c *config.Train, _ *memory, _ *train.Options) { c.Seed = 8 }, "seed was 7, now it is 8"},
		{"rate", func(c *config.Train, _ *memory, _ *train.Options) { c.Optimizer.LearningRate = 0.5 }, "optimizer learning rate was 0.01, now it is 0.5"},
		{"scalar", func(_ *config.Train, _ *memory, o *train.Options) { o.Scalars = []float32{0.5, 0, 0} }, "dropout1.rate was 0.25, now it is 0.5"},
		{"data", func(_ *config.Train, _ *memory, o *train.Options) { o.DataID = "b" }, "the data, or the way it is prepared, changed"},
		{"keep", func(c *config.Train, _ *memory, _ *train.Options) { c.Keep.Metric = "loss" }, `keep metric was "val_loss", now it is "loss"`},
		{"examples", func(_ *config.Train, d *memory, _ *train.Options) { d.x = d.x[6:] }, "examples was 53, now it is 52"},
		{"batch", func(_ *config.Train, d *memory, _ *train.Options) { d.batch = 8 }, "batch was 16, now it is 8"},
		{"truncated", func(*config.Train, *memory, *train.Options) {
			os.WriteFile(filepath.Join(dir, train.CheckpointFile), good[:len(good)-4], 0o644)
		}, "truncated"},
		{"weights", func(*config.Train, *memory, *train.Options) {
			b, _ := os.ReadFile(filepath.Join(dir, train.LastFile))
			os.WriteFile(filepath.Join(dir, train.CheckpointFile), b, 0o644)
		}, "not a checkpoint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, data, o := base()
			c.change(&cfg, data, &o)
			o.Config, o.Dir = cfg, dir
			_, err := train.Train(t.Context(), mlp(cfg), data, points(20, 8, 7, false), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestCheckpointEveryBatch: checkpoints change nothing, and every one of them is
// a place to go on from.
func TestCheckpointEveryBatch(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	data, val := points(53, 16, 7, true), points(20, 8, 7, false)
	count := 0
	obs := observer(func(e train.Event) {
		if _, ok := e.(*train.CheckpointWritten); !ok {
			return
		}
		sub := filepath.Join(copies, fmt.Sprint(count))
		if err := os.CopyFS(sub, os.DirFS(dir)); err != nil {
			t.Error(err)
		}
		count++
	})
	_, err := train.Train(t.Context(), mlp(setup(2)), data, val, train.Options{Config: setup(2), Dir: dir, CheckpointBatches: 1, CheckpointEvery: -1, Observer: obs})
	if err != nil {
		t.Fatal(err)
	}
	if count != 10 { // 2 epochs of 4 batches, each with one more at its end
		t.Errorf("%d checkpoints, want 10", count)
	}
	want := files(t, dir)
	for i := range count {
		sub := filepath.Join(copies, fmt.Sprint(i))
		// Lines that were written after the checkpoint, and half of one.
		if f, err := os.OpenFile(filepath.Join(sub, train.MetricsFile), os.O_APPEND|os.O_WRONLY, 0); err != nil {
			t.Fatal(err)
		} else if _, err := f.WriteString("{\"event\":\"epoch\"}\n{\"eve"); err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		if _, err := train.Train(t.Context(), mlp(setup(2)), data, val, train.Options{Config: setup(2), Dir: sub, Resume: true}); err != nil {
			t.Fatal(err)
		}
		if string(files(t, sub)) != string(want) {
			t.Errorf("other bytes when resumed from checkpoint %d", i)
		}
		lines, err := os.ReadFile(filepath.Join(sub, train.MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		epochs := 0
		for line := range strings.Lines(string(lines)) {
			var l struct {
				Event string
				Epoch int
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Errorf("checkpoint %d: %v: %q", i, err, line)
			}
			if l.Event == "epoch" {
				if epochs++; l.Epoch != epochs {
					t.Errorf("checkpoint %d: epoch %d where %d should be", i, l.Epoch, epochs)
				}
			}
		}
		if epochs != 2 {
			t.Errorf("checkpoint %d: %d epochs in metrics.jsonl, want 2", i, epochs)
		}
	}
}

type observer func(e train.Event)

func (o observer) Observe(e train.Event) { o(e) }

// TestEvents checks the order of events and their numbers.
func TestEvents(t *testing.T) {
	var got []string
	obs := observer(func(e train.Event) {
		switch e := e.(type) {
		case *train.RunBegin:
			got = append(got, fmt.Sprintf("run %d+%d/%d", e.Examples, e.Validation, e.Batches))
		case *train.EpochBegin:
			got = append(got, fmt.Sprintf("epoch %d/%d", e.Epoch, e.Epochs))
		case *train.BatchEnd:
			got = append(got, fmt.Sprintf("batch %d n=%d seen=%d %s", e.Batch, e.Examples, e.Seen, e.Logs[0].Name))
		case *train.Evaluated:
			got = append(got, fmt.Sprintf("eval %d/%d", e.Done, e.Total))
		case *train.EpochEnd:
			got = append(got, fmt.Sprintf("end %d best=%v %d logs", e.Epoch, e.Best, len(e.Logs)))
		}
	})
	_, err := train.Train(t.Context(), mlp(setup(1)), points(21, 16, 7, true), points(5, 4, 7, false), train.Options{Config: setup(1), Observer: obs})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"run 21+5/2", "epoch 0/1", "batch 0 n=16 seen=16 loss", "batch 1 n=5 seen=21 loss", "eval 4/5", "eval 5/5", "end 0 best=true 4 logs"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestNonFinite: the layer that produced the first NaN is named, and the
// checkpoint of before survives.
func TestNonFinite(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name   string
		spoil  func(net *model.Network, params []float32, d *memory, o *train.Options)
		layer  string
		phrase string
	}{
		{"input", func(_ *model.Network, _ []float32, d *memory, _ *train.Options) { d.x[6*17+2] = nan }, "", "the input, example 1 of the batch"},
		{"weights", func(net *model.Network, p []float32, _ *memory, _ *train.Options) { p[net.Params[2].Offset] = nan }, "dense2", "parameter dense2.kernel"},
		{"first layer", func(net *model.Network, p []float32, _ *memory, _ *train.Options) {
			k := &net.Params[0]
			for in := range 6 {
				p[k.Offset+k.Packing.Index(0, in, 4)] = 3e38
			}
		}, "dense1", "layer dense1 (line 4)"},
		{"dropout", func(net *model.Network, p []float32, _ *memory, o *train.Options) {
			k := &net.Params[1] // 3e38 / (1 - 0.25) overflows
			p[k.Offset+k.Packing.Index(0, 0, 4)] = 3e38
			o.Scalars = []float32{0.25, 0, 0}
		}, "dropout1", "layer dropout1 (line 5)"},
		{"last layer", func(net *model.Network, p []float32, _ *memory, _ *train.Options) {
			b1, k2 := &net.Params[1], &net.Params[2]
			p[b1.Offset+b1.Packing.Index(0, 0, 4)] = 1e30
			for o := range 3 {
				p[k2.Offset+k2.Packing.Index(0, 4, o)] = 1e30
			}
		}, "dense2", "layer dense2 (line 6)"},
		{"loss", func(net *model.Network, p []float32, _ *memory, _ *train.Options) {
			b := &net.Params[3] // probabilities 1, 0, 0: -log 0
			p[b.Offset] = 1e4
		}, "", "the loss"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := setup(1)
			net := mlp(cfg)
			params := make([]float32, net.ParamFloats)
			for i := range net.Params {
				p := &net.Params[i]
				logical := make([]float32, p.Packing.In*p.Packing.Out)
				for j := range logical {
					logical[j] = float32(j%7)*0.01 + 0.01
				}
				if err := weights.Pack(p, params, logical); err != nil {
					t.Fatal(err)
				}
			}
			data := points(53, 16, 7, false)
			for i := range data.x {
				data.x[i] = float32(math.Abs(float64(data.x[i]))) + 1
			}
			o := train.Options{Config: cfg, Params: params}
			c.spoil(net, params, data, &o)
			o.Config.Keep = config.Keep{}
			_, err := train.Train(t.Context(), net, data, nil, o)
			var bad *train.NonFiniteError
			if !errors.As(err, &bad) {
				t.Fatalf("error %v, want a NonFiniteError", err)
			}
			if bad.Layer != c.layer || !strings.Contains(err.Error(), c.phrase) {
				t.Errorf("layer %q, %q; want layer %q, %q", bad.Layer, err, c.layer, c.phrase)
			}
		})
	}
}

// TestNonFiniteGradient: a gradient that overflows while the loss does not is
// caught before it reaches the weights.
func TestNonFiniteGradient(t *testing.T) {
	cfg := setup(1)
	cfg.Loss, cfg.Keep = "mean_squared_error", config.Keep{}
	net := modeltest.MLP{Height: 3, Width: 2, Channels: 1, Hidden: 19, Outputs: 3, Loss: "mean_squared_error", Shards: 3, Micro: 2, Train: cfg}.Network()
	params := make([]float32, net.ParamFloats) // kernels zero
	for _, i := range []int{1, 3} {
		b := &net.Params[i]
		params[b.Offset+b.Packing.Index(0, 0, 2)] = 1e30 // loss 1e60/3, gradient of dense2.kernel 1e60
	}
	_, err := train.Train(t.Context(), net, points(20, 16, 1, false), nil, train.Options{Config: cfg, Params: params})
	var bad *train.NonFiniteError
	if !errors.As(err, &bad) || bad.Layer != "dense2" || !strings.Contains(err.Error(), "gradient of parameter dense2.kernel") {
		t.Errorf("error %v, want the gradient of dense2.kernel named", err)
	}
}

// TestDivergence: a learning rate that is far too large ends in the same error,
// and the weights on disk are those of before.
func TestDivergence(t *testing.T) {
	cfg := setup(50)
	cfg.Optimizer = config.Optimizer{Name: "sgd", LearningRate: 1e25}
	dir := t.TempDir()
	_, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, CheckpointBatches: 1})
	var bad *train.NonFiniteError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v, want a NonFiniteError", err)
	}
	if _, _, err := weights.Load(filepath.Join(dir, train.CheckpointFile), mlp(cfg)); err != nil {
		t.Errorf("the checkpoint of before: %v", err)
	}
}

// TestStops: thresholds and stalls end the run, keep restores the best weights.
func TestStops(t *testing.T) {
	for _, c := range []struct {
		name string
		stop config.Stop
		want string
	}{
		{"threshold", config.Stop{Metric: "val_accuracy", Op: ">", Threshold: 0.5}, "val_accuracy is"},
		{"stall", config.Stop{Metric: "val_loss", Stall: 2, MinDelta: 0.05}, "val_loss has not improved for 2 epochs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := setup(500)
			cfg.Stop = []config.Stop{c.stop}
			dir := t.TempDir()
			net := mlp(cfg)
			res, err := train.Train(t.Context(), net, points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if res.Reason != train.Stopped || !strings.Contains(res.Why, c.want) {
				t.Errorf("%v: %q, want stopped: %q", res.Reason, res.Why, c.want)
			}
			losses := res.History.Column("val_loss")
			best := 0
			for i, v := range losses {
				if v < losses[best] {
					best = i
				}
			}
			if res.BestEpoch != best {
				t.Errorf("best epoch %d of losses %v", res.BestEpoch, losses)
			}
			params, _, err := weights.Load(filepath.Join(dir, train.BestFile), net)
			if err != nil {
				t.Fatal(err)
			}
			ev, err := train.Evaluate(t.Context(), net, points(20, 8, 7, false), train.Setup{Params: params})
			if err != nil {
				t.Fatal(err)
			}
			if ev.Logs[1].Value != losses[best] {
				t.Errorf("best weights on disk have loss %v, the history says %v", ev.Logs[1].Value, losses[best])
			}
		})
	}
}

// TestRefuses lists settings that are found before the first step.
func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *config.Train)
		val    bool
		want   string
	}{
		{"epochs", func(c *config.Train) { c.Epochs = 0 }, true, "epochs is 0"},
		{"optimizer", func(c *config.Train) { c.Optimizer.Name = "adamx" }, true, "unknown optimizer"},
		{"rate", func(c *config.Train) { c.Optimizer.LearningRate = math.NaN() }, true, "learning rate"},
		{"beta", func(c *config.Train) { c.Optimizer.Numbers = []config.Number{{Name: "beta_1", Value: 1}} }, true, "beta_1 is 1, want a number in [0, 1)"},
		{"metric", func(c *config.Train) { c.Metrics = []string{"acuracy"} }, true, "unknown metric"},
		{"twice", func(c *config.Train) { c.Metrics = []string{"mse", "mse"} }, true, "twice"},
		{"keep without validation", func(*config.Train) {}, false, "no validation data"},
		{"keep unknown", func(c *config.Train) { c.Keep.Metric = "val_mae" }, true, "mae is not among the metrics (loss, accuracy)"},
		{"stop without validation", func(c *config.Train) {
			c.Keep.Metric, c.Stop = "", []config.Stop{{Metric: "val_loss", Stall: 3}}
		}, false, "no validation data"},
		{"stop nothing", func(c *config.Train) { c.Stop = []config.Stop{{Metric: "val_loss"}} }, true, "either"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := setup(1)
			c.change(&cfg)
			var val train.Data
			if c.val {
				val = points(5, 4, 1, false)
			}
			_, err := train.Train(t.Context(), mlp(cfg), points(20, 16, 1, true), val, train.Options{Config: cfg})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestNewRunForgetsOld: a run that starts anew and fails must not leave the
// checkpoint of the run before it, for a later one to resume.
func TestNewRunForgetsOld(t *testing.T) {
	dir := t.TempDir()
	cfg := setup(1)
	data := points(20, 16, 1, true)
	if _, err := train.Train(t.Context(), mlp(cfg), data, points(5, 4, 1, false), train.Options{Config: cfg, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	data.x[0] = float32(math.Inf(1))
	if _, err := train.Train(t.Context(), mlp(cfg), data, points(5, 4, 1, false), train.Options{Config: cfg, Dir: dir}); err == nil {
		t.Fatal("trained on an infinite input")
	}
	for _, name := range []string{train.CheckpointFile, train.BestFile, train.LastFile, train.HistoryFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s of the run before is still there", name)
		}
	}
}

// TestMistakeKeepsOld: a run that cannot begin leaves the results of the run before it.
func TestMistakeKeepsOld(t *testing.T) {
	dir := t.TempDir()
	cfg := setup(1)
	run := func(o train.Options) error {
		o.Config, o.Dir = cfg, dir
		_, err := train.Train(t.Context(), mlp(cfg), points(20, 16, 1, true), points(5, 4, 1, false), o)
		return err
	}
	if err := run(train.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := run(train.Options{Params: make([]float32, 3)}); err == nil {
		t.Fatal("trained from three parameters")
	}
	for _, name := range []string{train.CheckpointFile, train.BestFile, train.LastFile, train.HistoryFile, train.ConfigFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, train.MetricsFile)); err != nil || info.Size() == 0 {
		t.Errorf("%s is empty, %v", train.MetricsFile, err)
	}
}

// TestBadBatch: labels outside the outputs are an error, not a crash.
func TestBadBatch(t *testing.T) {
	for _, label := range []int32{-1, 3} {
		data := points(20, 16, 1, true)
		data.labels[13] = label
		_, err := train.Train(t.Context(), mlp(setup(1)), data, points(5, 4, 1, false), train.Options{Config: setup(1)})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("label %d", label)) {
			t.Errorf("error %v, want one that names label %d", err, label)
		}
	}
}

// TestStepDoesNotAllocate measures whole epochs of different lengths: more
// batches must not mean more allocations.
func TestStepDoesNotAllocate(t *testing.T) {
	measure := func(epochs int) float64 {
		cfg := config.Train{Loss: "mean_squared_error", Optimizer: adam, Epochs: 1, Batch: 4}
		data := &memory{size: 1, batch: 4, x: make([]float32, 4*epochs), labels: make([]int32, 4*epochs)}
		return testing.AllocsPerRun(3, func() {
			if _, err := train.Train(context.Background(), modeltest.Linear(cfg), data, nil, train.Options{Config: cfg, Workers: 2, Observer: observer(func(train.Event) {})}); err != nil {
				t.Fatal(err)
			}
		})
	}
	short, long := measure(20), measure(220)
	if long > short+20 { // the order of the examples, goroutines that start or end
		t.Errorf("%v allocations for 20 steps, %v for 220", short, long)
	}
}

func BenchmarkStep(b *testing.B) {
	cfg := setup(1)
	cfg.Keep = config.Keep{}
	data := points(16*b.N, 16, 1, false)
	b.ReportAllocs()
	start := time.Now()
	if _, err := train.Train(b.Context(), mlp(cfg), data, nil, train.Options{Config: cfg}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(data.Len())/time.Since(start).Seconds(), "examples/s")
}
