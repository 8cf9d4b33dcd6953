package job

import (
	"testing"
	"time"

	"github.com/cnnc/cnnc/runtime/model"
)

// TestLongest: of each kernel call the shortest time counts, of a program the
// longest call, and nothing is timed afterwards.
func TestLongest(t *testing.T) {
	var timed func(kernel string, took time.Duration)
	net := &model.Network{TimeKernels: func(f func(string, time.Duration)) { timed = f }}
	b := &bench{Env: &Env{Net: net}}
	round := 0
	got := b.longest(func() {
		round++
		timed("igemm6", 10*time.Microsecond)
		interrupted := time.Duration(0)
		if round != 3 {
			interrupted = time.Duration(round) * time.Millisecond
		}
		timed("wgrad6", 40*time.Microsecond+interrupted)
		timed("igemm6", 30*time.Microsecond)
	})
	if want := (benchKernel{"wgrad6", 40e3}); got != want {
		t.Errorf("longest %+v, want %+v", got, want)
	}
	if timed != nil {
		t.Error("kernels are still timed")
	}
	net.TimeKernels = nil
	if got := b.longest(func() { t.Error("run for nothing") }); got != (benchKernel{}) {
		t.Errorf("longest %+v of a network that cannot be timed", got)
	}
}
