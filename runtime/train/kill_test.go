package train_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/train"
)

// childDir makes the test binary train in that directory instead of testing.
const childDir = "CNNC_TRAIN_TEST_DIR"

// childSetup chooses its settings: a number of childSetups.
const childSetup = "CNNC_TRAIN_TEST_SETUP"

// childSetups are the default ones, a run whose state is made of more: a product
// of momenta, a schedule, the average of the weights; and one with every rule that
// looks at the epochs.
func childSetups() []config.Train {
	many := setup(4)
	many.Optimizer = config.Optimizer{Name: "nadam", LearningRate: 0.01, Numbers: number("global_clipnorm", 0.5, "ema", 0.9)}
	many.Schedule = config.Schedule{Name: "cosine", Numbers: []config.Number{{Name: "warmup", Value: 1, Epochs: true}}}
	rules := setup(7)
	rules.Optimizer = config.Optimizer{Name: "adam", LearningRate: 0.05, Numbers: number("amsgrad", 1.0, "ema", 0.9)}
	rules.BalancedClasses = true
	rules.Reduce = &config.Reduce{Metric: "val_loss", Stall: 1, MinDelta: 0.05, Factor: 0.5, Cooldown: 1, MinRate: 1e-3}
	rules.Stop = []config.Stop{
		{Metric: "val_loss", Stall: 3, MinDelta: 0.2, FromEpoch: 1, Restore: true},
		{Metric: "val_accuracy", Op: ">", Threshold: 2},
	}
	rules.Keep = config.Keep{Metric: "val_accuracy", Threshold: &config.Level{Value: 0.2}, Every: 1, Last: 2, File: "{epoch}-{val_loss:.3f}"}
	rules.ValidateAfter = []int{1, 2, 4, 5, 6, 7}
	return []config.Train{setup(4), many, rules}
}

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	data, val := points(203, 16, 7, true), points(20, 8, 7, false)
	// Slow enough that a kill hits the middle of a run.
	data.before = func(int, int) { time.Sleep(4 * time.Millisecond) }
	which, _ := strconv.Atoi(os.Getenv(childSetup))
	cfg := childSetups()[which]
	_, err := train.Train(context.Background(), mlp(cfg), data, val, train.Options{
		Config: cfg, Dir: dir, Resume: true, CheckpointBatches: 2, Workers: 3, Hooks: childHooks(which),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// childHooks are those of a setup: the last one has a rate that every epoch and
// many batches change from what it was.
func childHooks(which int) []train.Hooks {
	if which != 2 {
		return nil
	}
	h := train.EpochRate(func(epoch int, rate float64) float64 { return rate * 0.97 })
	h.OnBatchEnd = func(c *train.Control) error {
		if c.Batch()%3 == 1 {
			return c.SetLearningRate(c.LearningRate() * 1.01)
		}
		return nil
	}
	h.OnEpochEnd = func(c *train.Control) error { return c.Log("rate_after", c.LearningRate()) }
	return []train.Hooks{h}
}

// TestKill kills a training process with SIGKILL, again and again at odd
// moments, resumes it each time, and compares the files with those of a run that
// was left alone.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	for which, c := range childSetups() {
		t.Run(fmt.Sprint(which, "-", c.Optimizer.Name), func(t *testing.T) { killed(t, which) })
	}
}

func killed(t *testing.T, which int) {
	start := func(dir string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childSetup, which))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	calm := t.TempDir()
	if err := start(calm).Wait(); err != nil {
		t.Fatal(err)
	}
	want := files(t, calm)

	dir := t.TempDir()
	kills := 0
	for ; ; kills++ {
		if kills > 100 {
			t.Fatal("the run does not end")
		}
		cmd := start(dir)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		// Killed a little after its first, second, ... checkpoint: kills hit
		// different places, and the run ends however slow the machine is.
		written := make(chan struct{})
		go func() {
			defer close(written)
			awaitChanges(filepath.Join(dir, train.CheckpointFile), 1+kills)
			time.Sleep(time.Duration(kills) * time.Millisecond)
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("after %d kills: %v", kills, err)
			}
		case <-written:
			cmd.Process.Kill()
			<-done
			continue
		}
		break
	}
	if kills == 0 {
		t.Error("no kill hit the run")
	}
	t.Logf("%d kills", kills)
	if string(files(t, dir)) != string(want) {
		t.Errorf("other bytes after %d kills", kills)
	}
	for _, sub := range []string{"", train.EpochsDir} {
		if left, _ := filepath.Glob(filepath.Join(dir, sub, ".*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

// awaitChanges returns when the file has been replaced n times, or after 10 s.
func awaitChanges(name string, n int) {
	last, _ := os.Stat(name)
	for range 10000 {
		if now, err := os.Stat(name); err == nil && (last == nil || !os.SameFile(last, now) || !now.ModTime().Equal(last.ModTime())) {
			last = now
			if n--; n == 0 {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}
