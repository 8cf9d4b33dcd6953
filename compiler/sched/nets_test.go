package sched_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

// TestNets executes the plans of the fixed networks, fused and unfused, for
// small and default micro-batches.
func TestNets(t *testing.T) {
	for _, net := range plantest.Nets() {
		for _, fused := range []bool{true, false} {
			for _, o := range []sched.Options{{Batch: 64}, {Batch: 5, TrainMicro: 3, InferMicro: 2}} {
				t.Run(fmt.Sprintf("%s/fused=%v/micro=%d", net.Name, fused, o.TrainMicro), func(t *testing.T) {
					c, err := plantest.Compile(net.Graph, fused, o)
					if err != nil {
						t.Fatal(err)
					}
					c.Check(t, rand.New(rand.NewPCG(7, 7)))
					if t.Failed() {
						t.Logf("%s\n%s", c.Train, c.Plan)
					}
				})
			}
		}
	}
}
