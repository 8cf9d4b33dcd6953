package plantest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/sched"
)

// Tolerance bounds the difference between a plan and the interpreter, relative
// to the largest element: both compute in float64, in different order.
const Tolerance = 1e-9

// Compiled is a network with its graphs and plan.
type Compiled struct {
	Plan *plan.Plan
	// Infer and Train are the graphs before fusion: the reference.
	Infer, Train *ir.Graph
}

// Compile takes a lowered network (with a loss) through passes and scheduler.
func Compile(g *ir.Graph, fused bool, o sched.Options) (*Compiled, error) {
	c := &Compiled{Infer: g.Clone(), Train: g.Clone()}
	if err := pass.Run(c.Infer, pass.Inference, nil); err != nil {
		return nil, err
	}
	if err := pass.Run(c.Train, pass.Training, nil); err != nil {
		return nil, err
	}
	fuse := pass.FuseBias
	if fused {
		fuse = pass.Fuse
	}
	infer, train := c.Infer.Clone(), c.Train.Clone()
	for _, g := range []*ir.Graph{infer, train} {
		if err := pass.Run(g, []pass.Pass{{Name: "fuse", Run: fuse}}, nil); err != nil {
			return nil, err
		}
	}
	o.Table, o.Unfused = c.Train, !fused
	p, err := sched.Schedule(infer, train, o)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, train)
	}
	c.Plan = p
	return c, nil
}

// Check runs both programs of the plan, several times with different numbers of
// examples on the same machine, and compares scores, losses and gradients with
// the interpreter.
func (c *Compiled) Check(t testing.TB, r *rand.Rand) {
	t.Helper()
	infer, train := NewInfer(c.Plan), NewTrain(c.Plan)
	micro := c.Plan.Train.Micro
	for _, n := range []int{micro, 1, micro + 2} {
		in := compilertest.RandomInputs(r, c.Train, n)
		want, err := eval.Run(c.Train, in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := train.Run(Of(in))
		if err != nil {
			t.Fatal(err)
		}
		compilertest.Close(t, "scores", got.Scores, want.Of(c.Train.Scores), Tolerance)
		if c.Train.Grads != nil {
			compilertest.Close(t, "loss", got.Loss, want.Of(c.Train.Loss), Tolerance)
			compilertest.Close(t, "penalty", got.Penalty, want.Penalty, Tolerance)
		}
		least := 1e-7 // all gradients may be zero but for rounding
		for _, d := range c.Train.Grads {
			if d != nil {
				for _, g := range want.Of(d) {
					least = max(least, 1e-4*math.Abs(g))
				}
			}
		}
		for i, d := range c.Train.Grads {
			if d != nil {
				compilertest.CloseAbove(t, "gradient of "+c.Plan.Params[i].Name, got.Grads[i], want.Of(d), Tolerance, least)
			}
		}
		var target []float64
		if c.Train.Target != nil {
			target = want.Of(c.Train.Target)
		}
		want, err = eval.Run(c.Infer, in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err = infer.Run(Of(in)); err != nil {
			t.Fatal(err)
		}
		if loss := c.Train.Loss; c.Train.Grads != nil {
			x := c.Infer.Scores
			if loss.Args[0] != c.Train.Scores {
				x = c.Infer.Logits
			}
			values := op.Lookup(loss.Op).Loss.Values(loss, n, want.Of(x), target)
			compilertest.Close(t, "inference loss", got.Loss, values, Tolerance)
			compilertest.Close(t, "inference penalty", got.Penalty, want.Penalty, Tolerance)
		}
		compilertest.Close(t, "inference scores", got.Scores, want.Of(c.Infer.Scores), Tolerance)
	}
}

// Of turns the interpreter's inputs into a machine's.
func Of(in eval.Inputs) Inputs {
	return Inputs{N: in.N, X: in.X, Labels: in.Labels, Targets: in.Targets, Keys: in.Keys, Params: in.Params, Scalars: in.Scalars}
}
