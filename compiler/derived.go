package compiler

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/sched"
)

// PlanInference fuses and schedules an inference graph that was made of another
// one, such as probe.Joined. The plan is for one example at a time and has no
// training program. Errors are bugs.
func PlanInference(g *ir.Graph) (*plan.Plan, error) {
	fused, err := fuse(g, Options{}, nil)
	if err != nil {
		return nil, err
	}
	p, err := sched.Schedule(fused, nil, sched.Options{InferMicro: 1, Table: g})
	if err != nil {
		return nil, err
	}
	p.File = "probe"
	return p, nil
}
