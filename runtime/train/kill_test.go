package train_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/train"
)

// childDir makes the test binary train in that directory instead of testing.
const childDir = "CNNC_TRAIN_TEST_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	data, val := points(203, 16, 7, true), points(20, 8, 7, false)
	// Slow enough that a kill hits the middle of a run.
	data.before = func(int, int) { time.Sleep(2 * time.Millisecond) }
	_, err := train.Train(context.Background(), mlp(setup(4)), data, val, train.Options{
		Config: setup(4), Dir: dir, Resume: true, CheckpointBatches: 2, Workers: 3,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestKill kills a training process with SIGKILL, again and again at odd
// moments, resumes it each time, and compares the files with those of a run that
// was left alone.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	start := func(dir string) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	calm := t.TempDir()
	begin := time.Now()
	if err := start(calm).Wait(); err != nil {
		t.Fatal(err)
	}
	want := files(t, calm)
	whole := time.Since(begin) // process start included

	dir := t.TempDir()
	kills := 0
	for ; ; kills++ {
		if kills > 100 {
			t.Fatal("the run does not end")
		}
		cmd := start(dir)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		// A growing share of that time, so that kills hit different places and
		// the run ends however slow the machine is.
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("after %d kills: %v", kills, err)
			}
		case <-time.After(whole * time.Duration(25+5*kills) / 100):
			cmd.Process.Kill()
			<-done
			continue
		}
		break
	}
	if kills < 2 {
		t.Errorf("only %d kills hit the run", kills)
	}
	t.Logf("%d kills", kills)
	if string(files(t, dir)) != string(want) {
		t.Errorf("other bytes after %d kills", kills)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
