package train_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// hostileRun trains the net of the tests in dir, or goes on there.
func hostileRun(t testing.TB, dir string, epochs int, resume bool) (*train.Result, error) {
	cfg := setup(epochs)
	return train.Train(t.Context(), mlp(cfg), points(20, 16, 7, true), points(9, 8, 7, false), train.Options{
		Config: cfg, Dir: dir, Resume: resume, Workers: 1,
	})
}

// TestDirInUse: two runs cannot write to one directory, and the second leaves
// the files of the first alone.
func TestDirInUse(t *testing.T) {
	dir := t.TempDir()
	if _, err := hostileRun(t, dir, 1, false); err != nil {
		t.Fatal(err)
	}
	want := files(t, dir)
	data := points(20, 16, 7, true)
	inside := false
	data.before = func(int, int) {
		if inside {
			return
		}
		inside = true
		if _, err := hostileRun(t, dir, 2, false); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "another process") {
			t.Errorf("error %v, want one that names the directory and says that it is in use", err)
		}
		if !bytes.Equal(files(t, dir), want) {
			t.Error("the second run changed the files of the first")
		}
	}
	cfg := setup(2)
	if _, err := train.Train(t.Context(), mlp(cfg), data, points(9, 8, 7, false), train.Options{Config: cfg, Dir: dir, Resume: true, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	if !inside {
		t.Error("the second run was never tried")
	}
	if _, err := hostileRun(t, dir, 2, true); err != nil {
		t.Errorf("after the first run ended: %v", err)
	}
}

// FuzzCheckpoint: whatever the state in a checkpoint says, and wherever the file
// is damaged, resuming ends in an error or in a run, and never in a panic.
func FuzzCheckpoint(f *testing.F) {
	dir := f.TempDir()
	if _, err := hostileRun(f, dir, 1, false); err != nil {
		f.Fatal(err)
	}
	good, err := weights.ReadFile(filepath.Join(dir, train.CheckpointFile))
	if err != nil {
		f.Fatal(err)
	}
	state := good.Metadata["state"]
	if state == "" {
		f.Fatal("the checkpoint has no state")
	}
	f.Add(state, 0, byte(0))
	for _, r := range [][2]string{
		{`"Epoch":1`, `"Epoch":-1`}, {`"Batch":0`, `"Batch":9223372036854775807`}, {`"Batch":0`, `"Batch":2`}, {`"Step":2`, `"Step":-9`},
		{`"Examples":0`, `"Examples":-5`}, {`"MetricsSize":`, `"MetricsSize":-`}, {`"MetricsSize":`, `"MetricsSize":99999999`},
		{`"History":[`, `"History":[{},`}, {`"Metrics":[0]`, `"Metrics":[]`}, {`"Loss":0`, `"Loss":"NaN"`},
	} {
		f.Add(strings.Replace(state, r[0], r[1], 1), 0, byte(0))
	}
	f.Add(state, 300, byte(1))
	f.Add("", 0, byte(0))
	f.Fuzz(func(t *testing.T, state string, at int, flip byte) {
		if len(state) > 1<<16 {
			return
		}
		file := *good
		file.Metadata = map[string]string{}
		for k, v := range good.Metadata {
			file.Metadata[k] = v
		}
		file.Metadata["state"] = state
		var b bytes.Buffer
		if err := weights.Write(&b, &file); err != nil {
			return // not a text
		}
		data := b.Bytes()
		if at >= 0 {
			data[at%len(data)] ^= flip
		} else {
			data = data[:-(at+1)%len(data)]
		}
		run := t.TempDir()
		if err := os.WriteFile(filepath.Join(run, train.CheckpointFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		res, err := hostileRun(t, run, 2, true)
		if err == nil && (len(res.Params) == 0 || len(res.History) > 2) {
			t.Errorf("%d parameters, %d epochs", len(res.Params), len(res.History))
		}
		if err != nil && res != nil && err != io.EOF {
			t.Errorf("a result and %v", err)
		}
	})
}
