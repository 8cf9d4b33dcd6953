package data

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// sharedData is the path of a file or folder of the real data that lies beside
// the repository; without it the test is skipped.
func sharedData(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("CNNC_DATA")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				t.Skip("no go.mod above the test")
			}
			dir = parent
		}
		root = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data are not there: %v", err)
	}
	return path
}

// pictures is a data section for n x n inputs.
func pictures(n, channels int) config.Data {
	return config.Data{Height: n, Width: n, Channels: channels, Resize: &config.Size{Height: n, Width: n}}
}

func folderSource(path string) config.Source {
	return config.Source{Kind: "folder", Paths: []string{path}}
}

// kept is a copy of the batches of an epoch.
type kept struct {
	steps  []int
	index  []int
	keys   []uint64
	labels []int32
	x      []float32
	err    error // that ended the epoch, nil for its end
	skip   int
	first  []error
}

// run reads an epoch to its end.
func run(t testing.TB, set Dataset, opt Options, epoch, from int) kept {
	t.Helper()
	l, err := NewLoader(set, opt)
	if err != nil {
		t.Fatal(err)
	}
	return runLoader(t, l, epoch, from)
}

func runLoader(t testing.TB, l *Loader, epoch, from int) (k kept) {
	t.Helper()
	e, err := l.Epoch(context.Background(), epoch, from)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for {
		b, err := e.Next()
		if err != nil {
			if err != io.EOF {
				k.err = err
			}
			k.skip, k.first = e.Skipped()
			return k
		}
		if len(b.Index) != b.N || len(b.Keys) != b.N || len(b.Labels) != b.N || len(b.X) != b.N*l.size || b.N < 1 {
			t.Fatalf("batch %d of %d has %d indices, %d keys, %d labels, %d values", b.Step, b.N, len(b.Index), len(b.Keys), len(b.Labels), len(b.X))
		}
		k.steps = append(k.steps, b.Step)
		k.index = append(k.index, b.Index...)
		k.keys = append(k.keys, b.Keys...)
		k.labels = append(k.labels, b.Labels...)
		k.x = append(k.x, b.X...)
	}
}
