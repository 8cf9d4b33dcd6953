package skeleton

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestTogether computes images with any number of workers.
func TestTogether(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 3, 8, 2} {
		net := times(3)
		net.SetWorkers(workers)
		for i := range 500 {
			if got := *net.Predict(&[1]float32{float32(i)}); got[0] != 3*float32(i) {
				t.Fatalf("%d workers: 3 * %d = %v", workers, i, got)
			}
		}
	}
}

// TestTogetherOrAlone lets many goroutines ask at the same time: one gets the
// helpers, the others compute alone.
func TestTogetherOrAlone(t *testing.T) {
	net := times(2)
	var all sync.WaitGroup
	for g := range 8 {
		clone := net.Clone()
		clone.SetWorkers(g % 5)
		all.Go(func() {
			for i := range 300 {
				x := float32(1000*g + i)
				if got := *clone.Predict(&[1]float32{x}); got[0] != 2*x {
					t.Errorf("2 * %v = %v", x, got)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestHelpersEnd: nothing is left behind when there is nothing to do.
func TestHelpersEnd(t *testing.T) {
	net := times(2)
	net.SetWorkers(4)
	net.Predict(&[1]float32{1})
	for range 1000 {
		running := false
		for k := range crew.helpers {
			running = running || crew.helpers[k].running.Load()
		}
		if !running {
			break
		}
		time.Sleep(time.Millisecond)
	}
	runtime.Gosched()
	for k := range crew.helpers {
		if h := &crew.helpers[k]; h.running.Load() || h.view.x != nil || h.view.arena != nil {
			t.Errorf("helper %d is running or holds the image", k)
		}
	}
}
