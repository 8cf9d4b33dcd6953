package sched_test

import (
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

// TestMicroBatches: of large images few are taken at a time, several of small ones,
// whose weights only a cache beyond the second holds.
func TestMicroBatches(t *testing.T) {
	for _, c := range []struct {
		name     string
		shape    ir.Shape
		build    func(n *plantest.Chain)
		from, to int
	}{
		{"large images", ir.Shape{255, 255, 1}, func(n *plantest.Chain) {
			n.Conv(32, 3, 3, plantest.Same).Relu().Conv(32, 3, 3, plantest.Same).Relu().MaxPool(2, 2).GlobalAvgPool().Dense(3)
		}, 1, 1},
		{"small images, many channels", ir.Shape{7, 7, 3}, func(n *plantest.Chain) {
			n.Conv(128, 3, 3, plantest.Same).Relu().Conv(128, 3, 3, plantest.Same).Relu().Conv(128, 3, 3, plantest.Same).Relu().Flatten().Dense(10)
		}, 8, 16},
		{"dense layers", ir.Shape{28, 28, 1}, func(n *plantest.Chain) { n.Flatten().Dense(800).Relu().Dense(10) }, 6, 32},
	} {
		compiled, err := plantest.Compile(plantest.Build(c.name, c.shape, c.build), true, sched.Options{Batch: 128})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*plan.Program{&compiled.Plan.Infer, &compiled.Plan.Train} {
			if p.Micro < c.from || p.Micro > c.to {
				t.Errorf("%s: micro-batches of %d, want %d to %d: %v", c.name, p.Micro, c.from, c.to, p.Trials)
			}
		}
	}
}
