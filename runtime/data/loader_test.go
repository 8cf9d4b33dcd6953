package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cnnc/cnnc/runtime/rng"
)

// numbered is a data set whose example i is i, i+0.25, i+0.5; bad ones fail,
// and loading takes delay.
type numbered struct {
	n     int
	bad   map[int]bool
	delay time.Duration
}

func (d numbered) Len() int               { return d.n }
func (d numbered) Shape() (h, w, c int)   { return 1, 3, 1 }
func (d numbered) Classes() []string      { return []string{"even", "odd"} }
func (d numbered) Label(i int) int        { return i % 2 }
func (d numbered) Key(i int) uint64       { return uint64(i) }
func (d numbered) Name(i int) string      { return fmt.Sprint(i) }
func (d numbered) String() string         { return fmt.Sprint(d.n) }
func (d numbered) fail(i int) (err error) { return fmt.Errorf("example %d is bad", i) }

func (d numbered) Load(i int, dst []float32, _ *Scratch) error {
	if d.delay > 0 {
		time.Sleep(d.delay)
	}
	if d.bad[i] {
		dst[0] = -1 // half written
		return d.fail(i)
	}
	for k := range dst {
		dst[k] = float32(i) + float32(k)/4
	}
	return nil
}

func sameRun(t *testing.T, what string, a, b kept) {
	t.Helper()
	if !slices.Equal(a.steps, b.steps) || !slices.Equal(a.index, b.index) || !slices.Equal(a.keys, b.keys) ||
		!slices.Equal(a.labels, b.labels) || !slices.Equal(a.x, b.x) || a.skip != b.skip || fmt.Sprint(a.err, a.first) != fmt.Sprint(b.err, b.first) {
		t.Errorf("%s: different batches", what)
	}
}

func TestLoaderEveryExampleOnce(t *testing.T) {
	for _, n := range []int{1, 2, 7, 64, 101} {
		for _, batch := range []int{1, 3, 64, 1000} {
			for _, shuffle := range []bool{false, true} {
				k := run(t, numbered{n: n}, Options{Batch: batch, Shuffle: shuffle, Seed: 4, Scale: 2, Workers: 2}, 1, 0)
				if k.err != nil {
					t.Fatal(k.err)
				}
				if want := (n + batch - 1) / batch; len(k.steps) != want {
					t.Errorf("%d by %d: %d batches, want %d", n, batch, len(k.steps), want)
				}
				for p, i := range k.index {
					if k.labels[p] != int32(i%2) || k.x[3*p] != 2*float32(i) || k.x[3*p+2] != 2*float32(i)+1 {
						t.Fatalf("%d by %d: example %d is label %d, %v", n, batch, i, k.labels[p], k.x[3*p:3*p+3])
					}
					if k.keys[p] != rng.Key(4, 1, i, rng.Example) {
						t.Fatalf("example %d has another key", i)
					}
				}
				if shuffle && n == 101 && slices.IsSorted(k.index) {
					t.Error("not shuffled")
				}
				if !shuffle && !slices.IsSorted(k.index) {
					t.Error("shuffled")
				}
				slices.Sort(k.index)
				for i, v := range k.index {
					if i != v {
						t.Fatalf("%d by %d: examples %v", n, batch, k.index)
					}
				}
				if len(k.index) != n {
					t.Errorf("%d by %d: %d examples", n, batch, len(k.index))
				}
			}
		}
	}
}

func TestLoaderSameForAnyWorkers(t *testing.T) {
	// Real work of uneven length: pictures of the doodles, and examples that fail.
	cfg := pictures(20, 1)
	cfg.Train.Kind, cfg.Train.PerClass = "doodles", 13
	doodles := mustOpen(t, cfg)
	failing := numbered{n: 150, bad: map[int]bool{3: true, 77: true, 78: true, 149: true}}
	for _, c := range []struct {
		set Dataset
		opt Options
	}{
		{doodles, Options{Batch: 17, Shuffle: true, Seed: 2, Scale: 1. / 255}},
		{failing, Options{Batch: 10, Shuffle: true, Seed: 2, Skip: true}},
		{failing, Options{Batch: 10, Shuffle: true, Seed: 2}},
	} {
		c.opt.Workers = 1
		want := run(t, c.set, c.opt, 3, 0)
		for _, workers := range []int{2, 3, 8} {
			for _, prefetch := range []int{1, 5} {
				c.opt.Workers, c.opt.Prefetch = workers, prefetch
				sameRun(t, fmt.Sprint(workers, " workers"), run(t, c.set, c.opt, 3, 0), want)
			}
		}
		if other := run(t, c.set, c.opt, 4, 0); slices.Equal(other.index, want.index) {
			t.Error("two epochs have the same order")
		}
	}
}

// A resumed epoch is the rest of the whole one, and loads nothing else.
func TestLoaderResume(t *testing.T) {
	set := numbered{n: 101}
	l, err := NewLoader(set, Options{Batch: 8, Shuffle: true, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	whole := runLoader(t, l, 2, 0)
	for _, from := range []int{1, 5, l.Steps() - 1, l.Steps()} {
		rest := runLoader(t, l, 2, from)
		if !slices.Equal(rest.steps, whole.steps[from:]) || !slices.Equal(rest.index, whole.index[min(8*from, 101):]) || !slices.Equal(rest.x, whole.x[min(24*from, 303):]) {
			t.Errorf("from batch %d: another rest", from)
		}
	}
	if _, err := l.Epoch(context.Background(), 2, l.Steps()+1); err == nil {
		t.Error("started beyond the end")
	}
}

func TestLoaderSkip(t *testing.T) {
	bad := map[int]bool{0: true, 4: true, 5: true, 6: true, 7: true, 11: true}
	k := run(t, numbered{n: 13, bad: bad}, Options{Batch: 4, Skip: true}, 0, 0)
	if k.err != nil || k.skip != 6 || fmt.Sprint(k.index) != "[1 2 3 8 9 10 12]" {
		t.Errorf("examples %v, %d skipped, %v", k.index, k.skip, k.err)
	}
	if fmt.Sprint(k.steps) != "[0 2 3]" {
		t.Errorf("batches %v; the second has nothing left", k.steps)
	}
	for p, i := range k.index {
		if k.x[3*p] != float32(i) {
			t.Errorf("example %d has the values of %v", i, k.x[3*p])
		}
	}
	k = run(t, numbered{n: 13, bad: bad}, Options{Batch: 4, Workers: 4}, 0, 0)
	wantError(t, k.err, "example 0 is bad")
	delete(bad, 0)
	k = run(t, numbered{n: 13, bad: bad}, Options{Batch: 4, Workers: 4}, 0, 0)
	wantError(t, k.err, "example 4 is bad") // not 5, 6 or 7, which other workers may meet first
	if len(k.index) != 4 {
		t.Errorf("%d examples before the error", len(k.index))
	}
}

// An epoch left early, in any way, leaves no goroutine and a loader that works.
func TestLoaderLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays behind
		l, err := NewLoader(numbered{n: 1000, delay: time.Millisecond}, Options{Batch: 7, Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		want := runLoader(t, l, 0, 0)
		for taken := range 4 {
			e, err := l.Epoch(context.Background(), 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Epoch(context.Background(), 1, 0); err == nil {
				t.Error("two epochs at once")
			}
			for range taken {
				if _, err := e.Next(); err != nil {
					t.Fatal(err)
				}
			}
			e.Close()
			e.Close()
			if _, err := e.Next(); err == nil {
				t.Error("a batch after Close")
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		e, err := l.Epoch(ctx, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = e.Next()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended by %v", err)
		}
		e.Close()
		sameRun(t, "after all that", runLoader(t, l, 0, 0), want)
	})
}

// Loading goes on while a batch is in use, and no further ahead than asked for;
// waiting is counted. All in the test's own time.
func TestLoaderWorksAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// One batch takes 4 examples x 10 ms on one worker.
		l, err := NewLoader(numbered{n: 40, delay: 10 * time.Millisecond}, Options{Batch: 4, Workers: 1, Prefetch: 2})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Epoch(context.Background(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		waited := time.Duration(0)
		next := func() {
			t.Helper()
			start := time.Now()
			if _, err := e.Next(); err != nil {
				t.Fatal(err)
			}
			waited += time.Since(start)
		}
		next()
		if waited != 40*time.Millisecond {
			t.Errorf("waited %v for the first batch, want 40ms", waited)
		}
		time.Sleep(time.Second) // long compute: two batches become ready, not more
		next()
		next()
		if waited != 40*time.Millisecond {
			t.Errorf("waited %v, want nothing more for batches made ahead", waited)
		}
		next()
		if waited != 80*time.Millisecond {
			t.Errorf("waited %v, want 80ms: the fourth batch was not begun before the second was taken", waited)
		}
	})
}

func TestLoaderOptions(t *testing.T) {
	for _, c := range []struct {
		set  Dataset
		opt  Options
		want string
	}{
		{numbered{}, Options{Batch: 1}, "no examples"},
		{numbered{n: 3}, Options{}, "batch is 0"},
		{numbered{n: 3}, Options{Batch: -1}, "batch is -1"},
	} {
		_, err := NewLoader(c.set, c.opt)
		wantError(t, err, c.want)
	}
	// A huge batch takes the memory of the data set, not its own.
	if _, err := NewLoader(numbered{n: 3}, Options{Batch: math.MaxInt}); err != nil {
		t.Error(err)
	}
}

// After the first batches an epoch allocates nothing.
func TestLoaderDoesNotAllocate(t *testing.T) {
	l, err := NewLoader(numbered{n: 20000}, Options{Batch: 10, Shuffle: true, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Epoch(context.Background(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for range 5 {
		e.Next()
	}
	if n := testing.AllocsPerRun(500, func() {
		if _, err := e.Next(); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func BenchmarkLoader(b *testing.B) {
	small := pictures(28, 1)
	small.Base = sharedData(b, "quickdraw")
	small.Train = folderSource("png28_dirs")
	flowers := pictures(224, 3)
	flowers.Base = sharedData(b)
	flowers.Train = folderSource("flowers_mixed")
	fashion := pictures(28, 1)
	fashion.Base = sharedData(b)
	fashion.Train.Kind, fashion.Train.Paths = "idx", []string{"fashion_mnist_900"}
	doodles := pictures(28, 1)
	doodles.Train.Kind = "doodles"
	for _, c := range []struct {
		name string
		set  Dataset
	}{
		{"28x28 PNG files", mustOpen(b, small)},
		{"224x224x3 from photographs", mustOpen(b, flowers)},
		{"28x28 IDX", mustOpen(b, fashion)},
		{"28x28 doodles", mustOpen(b, doodles)},
	} {
		for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
			b.Run(fmt.Sprintf("%s/workers=%d", c.name, workers), func(b *testing.B) {
				l, err := NewLoader(c.set, Options{Batch: 64, Shuffle: true, Scale: 1. / 255, Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				images := 0
				for epoch := 0; b.Loop(); epoch++ {
					e, err := l.Epoch(context.Background(), epoch, 0)
					if err != nil {
						b.Fatal(err)
					}
					for {
						batch, err := e.Next()
						if err == io.EOF {
							break
						}
						if err != nil {
							b.Fatal(err)
						}
						images += batch.N
					}
					e.Close()
				}
				b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
