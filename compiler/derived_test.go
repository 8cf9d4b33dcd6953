package compiler_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/probe"
)

// TestPlanInference plans the networks that show what is going on in a network:
// with the results of all layers, and with the gradient of a score, which is planned
// as inference. The machine that executes plans must agree with the interpreter.
func TestPlanInference(t *testing.T) {
	graphs := map[string]*ir.Graph{}
	var names []string
	for _, n := range plantest.Nets() {
		names, graphs[n.Name] = append(names, n.Name), n.Graph
	}
	for seed := range uint64(40) {
		name := "random" + string(rune('A'+seed/10)) + string(rune('0'+seed%10))
		names, graphs[name] = append(names, name), compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 8)), compilertest.Options{})
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 9))
			g := graphs[name].Clone()
			if err := pass.Run(g, pass.Inference, nil); err != nil {
				t.Fatal(err)
			}
			in := compilertest.RandomInputs(r, g, 1)
			tensors := map[string][]float32{}
			for k, p := range g.Params {
				for _, v := range in.Params[k] {
					tensors[p.Value.Name] = append(tensors[p.Value.Name], float32(v))
				}
			}
			n, err := probe.New(g, func(name string) []float32 { return tensors[name] })
			if err != nil {
				t.Fatal(err)
			}
			var layers []*ir.Value
			for _, v := range g.Values {
				if v.Batched && v.DType == ir.F32 && v.Op != "input" && v.Name == v.Layer {
					layers = append(layers, v)
				}
			}
			class := r.IntN(n.Classes())
			look := func(e probe.Evaluator) (values [][]float64, gradient []float64) {
				n.Evaluate = e
				if len(layers) > 0 {
					if values, err = n.Values(in.X, layers...); err != nil {
						t.Fatal(err)
					}
				}
				if gradient, err = n.Gradient(in.X, class); err != nil {
					t.Fatal(err)
				}
				return values, gradient
			}
			want, wantGradient := look(probe.Interpret)
			got, gotGradient := look(machine)
			for k, v := range layers {
				compilertest.Close(t, v.Name, got[k], want[k], plantest.Tolerance)
			}
			compilertest.Close(t, "gradient", gotGradient, wantGradient, plantest.Tolerance)
		})
	}
}

// machine is a probe.Evaluator that executes the plan of the joined graph.
func machine(g *ir.Graph, in eval.Inputs, want []*ir.Value) ([][]float64, error) {
	joined, params, err := probe.Joined(g, in, want)
	if err != nil {
		return nil, err
	}
	p, err := compiler.PlanInference(joined)
	if err != nil {
		return nil, err
	}
	run := plantest.Inputs{N: 1, X: in.X}
	for _, t := range params {
		run.Params = append(run.Params, t.Data)
	}
	out, err := plantest.NewInfer(p).Run(run)
	if err != nil {
		return nil, err
	}
	var list [][]float64
	for _, v := range want {
		n := op.Floats(v, 1)
		list, out.Scores = append(list, out.Scores[:n]), out.Scores[n:]
	}
	return list, nil
}
