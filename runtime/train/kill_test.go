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
	data.before = func(int, int) { time.Sleep(4 * time.Millisecond) }
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
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
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
