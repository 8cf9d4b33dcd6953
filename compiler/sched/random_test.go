package sched_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

// TestRandomNetworks executes the plans of random networks, fused and unfused,
// on poisoned memory and compares them with the interpreter.
func TestRandomNetworks(t *testing.T) {
	n := uint64(200)
	if testing.Short() {
		n = 60
	}
	for seed := range n {
		r := rand.New(rand.NewPCG(seed, 1))
		size := compilertest.Options{}
		if seed%10 == 9 {
			size = compilertest.Options{MaxImage: 19, MaxChannels: 26, MaxLayers: 7}
		}
		g := compilertest.RandomNetwork(r, size)
		for _, fused := range []bool{true, false} {
			c, err := plantest.Compile(g, fused, sched.Options{TrainMicro: 1 + int(seed%3), InferMicro: 2, Batch: 16})
			if err != nil {
				t.Fatalf("seed %d, fused %v: %v", seed, fused, err)
			}
			c.Check(t, r)
			if t.Failed() {
				t.Fatalf("seed %d, fused %v\n%s\n%s", seed, fused, c.Train, c.Plan)
			}
		}
	}
}
