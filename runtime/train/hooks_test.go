package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// linear is a run of modeltest.Linear, whose loss is weight times input: with sgd
// of rate r its weight falls by r times the mean input of each batch.
func linear(epochs int) config.Train {
	return config.Train{Loss: "mean_squared_error", Optimizer: config.Optimizer{Name: "sgd", LearningRate: 0.5}, Epochs: epochs, Batch: 2}
}

// ones are n examples with the input 1.
func ones(n int) *memory {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return &memory{size: 1, batch: 2, x: x, labels: make([]int32, n)}
}

// negative is validation data whose loss at weight w is -w.
func negative() *memory { return &memory{size: 1, batch: 2, x: []float32{-1}, labels: []int32{0}} }

// TestHookOrder writes down every call.
func TestHookOrder(t *testing.T) {
	var calls []string
	note := func(who, name string) func(*train.Control) error {
		return func(c *train.Control) error {
			var keys []string
			for _, l := range c.Logs() {
				keys = append(keys, fmt.Sprintf("%s=%g", l.Name, l.Value))
			}
			calls = append(calls, fmt.Sprintf("%s%s %d/%d %d/%d %s", who, name, c.Epoch(), c.Epochs(), c.Batch(), c.Batches(), strings.Join(keys, " ")))
			return nil
		}
	}
	all := func(who string) train.Hooks {
		return train.Hooks{
			OnTrainBegin: note(who, "TrainBegin"), OnTrainEnd: note(who, "TrainEnd"), OnEpochBegin: note(who, "EpochBegin"),
			OnEpochEnd: note(who, "EpochEnd"), OnBatchBegin: note(who, "BatchBegin"), OnBatchEnd: note(who, "BatchEnd"),
		}
	}
	cfg := linear(1)
	if _, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(3), negative(), train.Options{
		Config: cfg, Hooks: []train.Hooks{all("a."), {}, {OnBatchEnd: note("b.", "BatchEnd")}},
	}); err != nil {
		t.Fatal(err)
	}
	// Losses: 1 at weight 1, then 0.5 of a batch of one: the average is 2.5/3.
	third := fmt.Sprintf("loss=%g", (2+.5)/3)
	want := []string{
		"a.TrainBegin 0/1 0/2 ", "a.EpochBegin 0/1 0/2 ",
		"a.BatchBegin 0/1 0/2 ", "a.BatchEnd 0/1 0/2 loss=1", "b.BatchEnd 0/1 0/2 loss=1",
		"a.BatchBegin 0/1 1/2 ", "a.BatchEnd 0/1 1/2 " + third, "b.BatchEnd 0/1 1/2 " + third,
		"a.EpochEnd 0/1 2/2 " + third + " val_loss=0", "a.TrainEnd 1/1 0/2 " + third + " val_loss=0",
	}
	if d := cmp.Diff(want, calls); d != "" {
		t.Error(d)
	}
}

// TestHookRate: a rate that a hook sets holds from the next update on and is
// recorded.
func TestHookRate(t *testing.T) {
	cfg := linear(3)
	res, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), nil, train.Options{
		Config: cfg, Hooks: []train.Hooks{train.EpochRate(func(epoch int, rate float64) float64 { return rate / float64(epoch+1) })},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]float64{.5, .25, .25 / 3}, res.History.Column("learning_rate")); d != "" {
		t.Error(d)
	}
	if want := float32(1 - .5 - .25 - .25/3); math.Abs(float64(res.Params[0]-want)) > 1e-6 {
		t.Errorf("weight %v, want %v", res.Params[0], want)
	}

	scheduled := cfg
	scheduled.Schedule = config.Schedule{Name: "cosine"}
	for _, c := range []struct {
		cfg  config.Train
		rate float64
		want string
	}{
		{cfg, -1, "learning rate -1"}, {cfg, math.NaN(), "learning rate NaN"}, {cfg, math.Inf(1), "learning rate +Inf"},
		{scheduled, 0.1, "the schedule cosine determines the learning rate"},
	} {
		_, err := train.Train(t.Context(), modeltest.Linear(c.cfg), ones(2), nil, train.Options{
			Config: c.cfg, Hooks: []train.Hooks{train.EpochRate(func(int, float64) float64 { return c.rate })},
		})
		var hook *train.HookError
		if !errors.As(err, &hook) || hook.Hook != "OnEpochBegin" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("rate %v: %v", c.rate, err)
		}
	}
}

// TestHookStop: a batch hook that stops ends the epoch after its batch, with
// validation and the end of the epoch; resuming does not go on.
func TestHookStop(t *testing.T) {
	dir := t.TempDir()
	ends := 0
	stop := train.Hooks{
		OnBatchEnd: func(c *train.Control) error {
			if c.Epoch() == 1 && c.Batch() == 1 {
				c.Stop("enough")
			}
			return nil
		},
		OnEpochEnd: func(*train.Control) error { ends++; return nil },
	}
	cfg := linear(5)
	for range 2 {
		res, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(8), negative(), train.Options{Config: cfg, Dir: dir, Resume: true, Hooks: []train.Hooks{stop}})
		if err != nil {
			t.Fatal(err)
		}
		if res.Reason != train.Stopped || res.Why != "enough" || res.Step != 6 || len(res.History) != 2 || ends != 2 {
			t.Errorf("%v, %q after %d steps, %d epochs and %d ends", res.Reason, res.Why, res.Step, len(res.History), ends)
		}
		if got := res.History.Column("val_loss"); len(got) != 2 || got[1] != 2 { // weight 1 - 6*0.5
			t.Errorf("validation %v", got)
		}
	}
}

// TestHookError: the run ends with the error and a checkpoint, from which it goes
// on to the same bytes.
func TestHookError(t *testing.T) {
	cfg := setup(3)
	run := func(dir string, hooks ...train.Hooks) error {
		_, err := train.Train(t.Context(), mlp(cfg), points(53, 16, 7, true), points(20, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: true, Hooks: hooks})
		return err
	}
	calm := t.TempDir()
	if err := run(calm); err != nil {
		t.Fatal(err)
	}
	mine := errors.New("disk of the camera is full")
	at := func(c *train.Control) error {
		if c.Epoch() == 1 && c.Batch() >= 2 {
			return mine
		}
		return nil
	}
	for name, h := range map[string]train.Hooks{
		"OnBatchBegin": {OnBatchBegin: at}, "OnBatchEnd": {OnBatchEnd: at}, "OnEpochEnd": {OnEpochEnd: at},
		"OnTrainBegin": {OnTrainBegin: func(*train.Control) error { return mine }},
		"OnEpochBegin": {OnEpochBegin: func(*train.Control) error { return mine }},
		"OnTrainEnd":   {OnTrainEnd: func(*train.Control) error { return mine }},
	} {
		dir := t.TempDir()
		err := run(dir, h)
		var hook *train.HookError
		if !errors.Is(err, mine) || !errors.As(err, &hook) || hook.Hook != name {
			t.Errorf("%s: %v", name, err)
		}
		if err := run(dir); err != nil {
			t.Fatal(err)
		}
		if string(files(t, dir)) != string(files(t, calm)) {
			t.Errorf("%s: other bytes after going on", name)
		}
	}
}

// TestHookLog: values of hooks are part of the history, names are not given twice.
func TestHookLog(t *testing.T) {
	cfg := linear(2)
	cfg.Reduce = &config.Reduce{Metric: "loss", Stall: 5, Factor: .5}
	dir := t.TempDir()
	_, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg, Dir: dir, Hooks: []train.Hooks{{
		OnBatchEnd: func(c *train.Control) error {
			if c.Log("early", 1) == nil {
				t.Error("logged in a batch")
			}
			return nil
		},
		OnEpochEnd: func(c *train.Control) error {
			for _, name := range []string{"", "epoch", "loss", "learning_rate"} {
				if c.Log(name, 1) == nil {
					t.Errorf("logged %q", name)
				}
			}
			return c.Log("double", 2*float64(c.Params()[0]))
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, train.HistoryFile))
	want := "epoch,double,learning_rate,loss,val_loss\r\n0,1,0.5,1,-0.5\r\n1,0,0.5,0.5,0\r\n"
	if err != nil || string(b) != want {
		t.Errorf("%v: got %q, want %q", err, b, want)
	}
}

// TestCSVLog: a header once, columns of the first row, NA, appending.
func TestCSVLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log.csv")
	run := func(o train.CSVOptions, val train.Data) error {
		cfg := linear(2)
		if val != nil {
			cfg.ValidateEvery = 2
		}
		_, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), val, train.Options{Config: cfg, Hooks: []train.Hooks{train.CSVLog(name, o)}})
		return err
	}
	check := func(want string) {
		t.Helper()
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%v: got %q, want %q", err, b, want)
		}
	}
	for range 2 { // without Append the file begins anew
		if err := run(train.CSVOptions{}, negative()); err != nil {
			t.Fatal(err)
		}
		check("epoch,loss,val_loss\r\n0,1,NA\r\n1,0.5,0\r\n")
	}
	if err := run(train.CSVOptions{Append: true}, nil); err != nil {
		t.Fatal(err)
	}
	check("epoch,loss,val_loss\r\n0,1,NA\r\n1,0.5,0\r\n0,1,NA\r\n1,0.5,NA\r\n")
	if err := run(train.CSVOptions{Separator: ';'}, nil); err != nil {
		t.Fatal(err)
	}
	check("epoch;loss;val_loss\r\n0;1;NA\r\n1;0.5;NA\r\n")
	if err := run(train.CSVOptions{Append: true}, nil); err == nil || !strings.Contains(err.Error(), "not a log of epochs") {
		t.Errorf("appending to another separator: %v", err)
	}
}

// TestRestore: training ends with the weights of the best epoch of the rule,
// whether it was the rule that ended it or not. Validation gets worse with each
// step, so the first epoch that counts is the best.
func TestRestore(t *testing.T) {
	for _, c := range []struct {
		name   string
		stop   config.Stop
		keep   config.Keep
		epochs int     // of the history
		last   float32 // weight in last
		best   float32 // and best
		which  int
	}{
		{"stopped", config.Stop{Metric: "val_loss", Stall: 2, Restore: true}, config.Keep{}, 3, .5, .5, 0},
		{"not stopped", config.Stop{Metric: "val_loss", Stall: 9, Restore: true}, config.Keep{}, 4, .5, .5, 0},
		{"from epoch", config.Stop{Metric: "val_loss", Stall: 9, FromEpoch: 2, Restore: true}, config.Keep{}, 4, -.5, -.5, 2},
		{"with keep", config.Stop{Metric: "val_loss", Stall: 9, FromEpoch: 1, Restore: true}, config.Keep{Metric: "loss"}, 4, 0, -1, 3},
		{"no restore", config.Stop{Metric: "val_loss", Stall: 2}, config.Keep{}, 3, -.5, -.5, -1},
		{"threshold of keep missed", config.Stop{Metric: "val_loss", Stall: 9}, config.Keep{Metric: "val_loss", Threshold: &config.Level{Value: -.5}}, 4, -1, -1, -1},
		{"threshold of keep met", config.Stop{Metric: "val_loss", Stall: 9}, config.Keep{Metric: "val_loss", Threshold: &config.Level{Value: -.4}}, 4, -1, .5, 0},
		{"keep mode max", config.Stop{Metric: "val_loss", Stall: 9}, config.Keep{Metric: "val_loss", Mode: "max"}, 4, -1, -1, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := linear(4)
			cfg.Stop, cfg.Keep = []config.Stop{c.stop}, c.keep
			dir := t.TempDir()
			for range 2 { // once more from its own end
				res, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg, Dir: dir, Resume: true})
				if err != nil {
					t.Fatal(err)
				}
				if len(res.History) != c.epochs || res.Params[0] != c.best || res.BestEpoch != c.which {
					t.Errorf("%d epochs, weight %v of epoch %d; want %d, %v, %d", len(res.History), res.Params[0], res.BestEpoch, c.epochs, c.best, c.which)
				}
				for name, want := range map[string]float32{train.LastFile: c.last, train.BestFile: c.best} {
					params, _, err := weights.Load(filepath.Join(dir, name), modeltest.Linear(cfg))
					if err != nil || params[0] != want {
						t.Errorf("%s: weight %v, %v; want %v", name, params, err, want)
					}
				}
			}
		})
	}
}

// TestRestoreProlonged: a run that restored weights at its end goes on from those
// it had, and a changed rule is refused where its weights are gone.
func TestRestoreProlonged(t *testing.T) {
	cfg := linear(3)
	cfg.Stop = []config.Stop{{Metric: "val_loss", Stall: 9, Restore: true}}
	dir := t.TempDir()
	run := func() (*train.Result, error) {
		return train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg, Dir: dir, Resume: true})
	}
	if _, err := run(); err != nil {
		t.Fatal(err)
	}
	cfg.Epochs = 5
	res, err := run()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]float64{-.5, 0, .5, 1, 1.5}, res.History.Column("val_loss")); d != "" {
		t.Error(d)
	}
	cfg.Stop[0].FromEpoch = 2
	if _, err := run(); err == nil || !strings.Contains(err.Error(), "weights of epoch 3, which are not in the checkpoint") {
		t.Errorf("error %v", err)
	}
}

// TestSnapshots: every few epochs a file, the newest only, those of an earlier run
// gone.
func TestSnapshots(t *testing.T) {
	cfg := linear(7)
	dir := t.TempDir()
	run := func(k config.Keep) []string {
		t.Helper()
		cfg.Keep = k
		if _, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg, Dir: dir}); err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadDir(filepath.Join(dir, train.EpochsDir))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range list {
			names = append(names, strings.TrimSuffix(e.Name(), ".safetensors"))
		}
		return names
	}
	if d := cmp.Diff([]string{"epoch-0002", "epoch-0004", "epoch-0006"}, run(config.Keep{Every: 2})); d != "" {
		t.Error(d)
	}
	for epoch, want := range map[int]float32{2: 0, 4: -1, 6: -2} {
		params, _, err := weights.Load(filepath.Join(dir, train.EpochsDir, fmt.Sprintf("epoch-%04d.safetensors", epoch)), modeltest.Linear(cfg))
		if err != nil || params[0] != want {
			t.Errorf("epoch %d: %v, %v; want weight %v", epoch, params, err, want)
		}
	}
	if d := cmp.Diff([]string{"6-2.0", "7-2.5"}, run(config.Keep{Every: 1, Last: 2, File: "{epoch}-{val_loss:.1f}"})); d != "" {
		t.Error(d)
	}
	if names := run(config.Keep{}); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
	for _, k := range []config.Keep{{Every: 1, File: "x"}, {Every: 1, File: "{epoch}-{val_mae}"}} {
		cfg.Keep = k
		if _, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg}); err == nil {
			t.Errorf("%q accepted", k.File)
		}
	}
}

// TestValidateAfter: the other epochs have no val_ values, and rules that watch
// them wait.
func TestValidateAfter(t *testing.T) {
	for _, c := range []struct {
		every int
		after []int
		want  []int
	}{{0, nil, []int{0, 1, 2, 3, 4, 5}}, {1, nil, []int{0, 1, 2, 3, 4, 5}}, {2, nil, []int{1, 3, 5}}, {4, nil, []int{3}}, {9, nil, nil}, {0, []int{1, 5, 40}, []int{0, 4}}} {
		cfg := linear(6)
		cfg.ValidateEvery, cfg.ValidateAfter = c.every, c.after
		cfg.Stop = []config.Stop{{Metric: "val_loss", Stall: 6}}
		res, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, e := range res.History {
			if _, ok := e.Lookup("val_loss"); ok {
				got = append(got, e.Epoch)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("every %d, after %v: validated epochs %v, want %v", c.every, c.after, got, c.want)
		}
	}
}

// TestReduce: the rate that is recorded is that of the epoch, and the next epoch
// has the lower one.
func TestReduce(t *testing.T) {
	cfg := linear(5)
	cfg.Reduce = &config.Reduce{Metric: "val_loss", Stall: 2, Factor: .5}
	res, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]float64{.5, .5, .5, .25, .25}, res.History.Column("learning_rate")); d != "" {
		t.Error(d)
	}
	if want := float32(1 - 3*.5 - 2*.25); res.Params[0] != want {
		t.Errorf("weight %v, want %v", res.Params[0], want)
	}
	if logs := res.History.Last().Logs; logs[len(logs)-1].Name != "learning_rate" {
		t.Errorf("order %v, want the learning rate last", logs)
	}
	cfg.Schedule = config.Schedule{Name: "cosine"}
	if _, err := train.Train(t.Context(), modeltest.Linear(cfg), ones(2), negative(), train.Options{Config: cfg}); err == nil || !strings.Contains(err.Error(), "the schedule cosine determines the learning rate") {
		t.Errorf("with a schedule: %v", err)
	}
}

// TestResumeEverything interrupts a run with every rule and hook again and again,
// in the middle of epochs and in validation: same bytes as the run that went
// through.
func TestResumeEverything(t *testing.T) {
	cfg := childSetups()[2]
	run := func(dir string, cut int) *train.Result {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		data, val := points(53, 16, 7, true), points(20, 8, 7, false)
		count := 0
		data.before = func(int, int) {
			if count++; count == cut {
				cancel()
			}
		}
		val.before = data.before
		res, err := train.Train(ctx, mlp(cfg), data, val, train.Options{Config: cfg, Dir: dir, Resume: true, Hooks: childHooks(2)})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	calm := t.TempDir()
	through := run(calm, 0)
	want := files(t, calm)
	if rates := through.History.Column("learning_rate"); rates[len(rates)-1] > 0.04 {
		t.Errorf("the rates %v show no reduction", rates)
	}
	for _, step := range []int{3, 4, 6} { // so many batches at a time; validation has 3
		dir := t.TempDir()
		pauses := 0
		for run(dir, step+1).Reason == train.Interrupted {
			if pauses++; pauses > 200 {
				t.Fatal("the run does not end")
			}
		}
		if pauses < 5 {
			t.Errorf("only %d pauses", pauses)
		}
		if string(files(t, dir)) != string(want) {
			t.Errorf("paused after every %d batches: other bytes", step)
		}
	}
}
