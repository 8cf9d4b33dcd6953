package pool

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestRunCallsEachOnce checks that every iteration runs exactly once, that
// worker numbers stay in range and that none is in use twice at a time.
func TestRunCallsEachOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			p := New(workers)
			defer p.Close()
			if p.Workers() != workers {
				t.Fatalf("Workers() = %d, want %d", p.Workers(), workers)
			}
			busy := make([]atomic.Bool, workers)
			for round := range 300 {
				n := round % 23
				calls := make([]int, n) // plain: each i has one writer, Run is the barrier
				p.Run(n, func(w, i int) {
					if busy[w].Swap(true) {
						t.Errorf("worker %d runs two iterations at once", w)
					}
					calls[i]++
					if i%5 == round%5 {
						runtime.Gosched()
					}
					busy[w].Store(false)
				})
				for i, c := range calls {
					if c != 1 {
						t.Fatalf("round %d: iteration %d of %d ran %d times", round, i, n, c)
					}
				}
			}
		})
	}
}

// TestRunAfterSleep lets the helpers fall asleep between loops.
func TestRunAfterSleep(t *testing.T) {
	p := New(4)
	defer p.Close()
	for range 20 {
		time.Sleep(2 * yieldTime)
		var sum atomic.Int64
		p.Run(100, func(_, i int) { sum.Add(int64(i)) })
		if sum.Load() != 4950 {
			t.Fatalf("sum of iterations %d, want 4950", sum.Load())
		}
	}
}

// TestSlowHelper holds one iteration back far beyond the spinning time: Run must
// wait for it, sleeping, and the other iterations must not.
func TestSlowHelper(t *testing.T) {
	p := New(3)
	defer p.Close()
	var others atomic.Int64
	begin := time.Now()
	p.Run(64, func(_, i int) {
		if i == 0 {
			for others.Load() < 63 && time.Since(begin) < 10*time.Second {
				time.Sleep(time.Millisecond)
			}
			return
		}
		others.Add(1)
	})
	if others.Load() != 63 {
		t.Fatalf("%d iterations beside the slow one, want 63", others.Load())
	}
}

// TestRunWaits: helpers are slower than the caller here, and Run must not
// return before them.
func TestRunWaits(t *testing.T) {
	p := New(3)
	defer p.Close()
	for _, slow := range []time.Duration{spinTime / 2, 3 * spinTime, 2 * yieldTime, 3 * time.Millisecond} {
		for range 10 {
			var done, helped atomic.Int64
			var asked atomic.Bool
			p.Run(4, func(w, _ int) {
				if w == 0 {
					// Leave something to the helpers.
					for begin := time.Now(); helped.Load() == 0 && time.Since(begin) < time.Second; {
						runtime.Gosched()
					}
				} else {
					helped.Add(1)
					asked.Store(true)
					time.Sleep(slow)
				}
				done.Add(1)
			})
			if done.Load() != 4 {
				t.Fatalf("Run returned after %d of 4 iterations", done.Load())
			}
			if !asked.Load() {
				t.Fatal("no helper took part within a second")
			}
		}
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := New(2)
	defer p.Close()
	out := make([]int, 64)
	f := func(_, i int) { out[i]++ }
	if n := testing.AllocsPerRun(200, func() { p.Run(len(out), f) }); n != 0 {
		t.Errorf("Run allocates %v times", n)
	}
}

func TestCloseEndsWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		p := New(5)
		p.Run(3, func(_, _ int) {})
		p.Close()
		p.Close()
	}
	for wait := 0; runtime.NumGoroutine() > before && wait < 100; wait++ {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines before, %d after closing", before, now)
	}
}

func TestMisusePanics(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(p *Pool)
	}{
		{"nested", func(p *Pool) { p.Run(1, func(_, _ int) { p.Run(1, func(_, _ int) {}) }) }},
		{"closed", func(p *Pool) { p.Close(); p.Run(1, func(_, _ int) {}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			p := New(1)
			c.run(p)
		})
	}
}

// BenchmarkBarrier is the cost of an empty loop: what a step pays for each of
// its barriers.
func BenchmarkBarrier(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			p := New(workers)
			defer p.Close()
			f := func(_, _ int) {}
			b.ReportAllocs()
			for b.Loop() {
				p.Run(2*workers, f)
			}
		})
	}
}

// BenchmarkWork splits work into eight iterations: of 20 us each, a small
// network's step, and of 400 us each. Run beside a busy loop of another process
// it shows what a loop loses when a helper's processor is taken.
func BenchmarkWork(b *testing.B) {
	for _, turns := range []int{20_000, 400_000} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%d/%d", turns, workers), func(b *testing.B) {
				p := New(workers)
				defer p.Close()
				sums := make([]struct {
					v uint64
					_ line
				}, 8)
				f := func(_, i int) {
					v := uint64(i)
					for range turns {
						v = v*6364136223846793005 + 1442695040888963407
					}
					sums[i].v += v
				}
				for b.Loop() {
					p.Run(len(sums), f)
				}
			})
		}
	}
}
