package eval

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Inputs are the values of a graph's leaves for a batch of N examples. All
// tensors are row-major, the example first where there is one.
type Inputs struct {
	N int
	// X is the input [N H W C].
	X []float64
	// Labels are class indices [N], Targets vectors [N Outputs]: one of them for
	// graphs with a target.
	Labels  []int32
	Targets []float64
	// Weights multiply the gradient of each example's loss [N]; nil stands for 1.
	Weights []float64
	// Keys seed the random masks of each example [N], for graphs with dropout.
	Keys []uint64
	// Params holds a logical tensor for each of Graph.Params.
	Params [][]float64
	// Scalars replace the defaults of Graph.Scalars; nil keeps them.
	Scalars []float64
	// Given fixes the result of any values, which are then not computed.
	Given map[*ir.Value][]float64
}

// Result holds what every value of a graph evaluated to.
type Result struct {
	N int
	// Penalty is that of the activities of each example, which is minimized with
	// the loss.
	Penalty []float64
	tensors [][]float64
}

// Of returns the tensor of v: [N ...] when v is batched. The tensor is shared
// with the Result.
func (r *Result) Of(v *ir.Value) []float64 { return r.tensors[v.ID] }

// Run evaluates all values of g, which must be valid (op.Verify). Labels are
// class indices as float64; a mask holds the number of the winning window cell,
// or -1.
func Run(g *ir.Graph, in Inputs) (*Result, error) {
	env := &op.Env{N: in.N, Keys: in.Keys, Scalars: in.Scalars, Penalty: make([]float64, max(in.N, 0))}
	if in.N < 1 {
		return nil, fmt.Errorf("eval %s: batch of %d", g.Name, in.N)
	}
	if env.Scalars == nil {
		for _, s := range g.Scalars {
			env.Scalars = append(env.Scalars, s.Value)
		}
	}
	if len(env.Scalars) != len(g.Scalars) {
		return nil, fmt.Errorf("eval %s: %d scalars, want %d", g.Name, len(env.Scalars), len(g.Scalars))
	}
	r := &Result{N: in.N, Penalty: env.Penalty, tensors: make([][]float64, len(g.Values))}
	params := 0
	for _, v := range g.Values {
		var t []float64
		var err error
		size := op.Floats(v, in.N)
		switch given, ok := in.Given[v]; {
		case ok:
			t, err = leaf(v, given, size)
		case v.Op == "input":
			t, err = leaf(v, in.X, size)
		case v.Op == "target" && v.DType == ir.Label:
			t, err = labels(g, v, in)
		case v.Op == "target":
			t, err = leaf(v, in.Targets, size)
		case v.Op == "param":
			// Nearly always the next one; a pass may have moved them.
			if params >= len(g.Params) || g.Params[params].Value != v {
				params = g.ParamIndex(v)
			}
			if params < 0 || params >= len(in.Params) {
				return nil, fmt.Errorf("eval %s: no tensor for parameter %s", g.Name, v.Name)
			}
			t, err = leaf(v, in.Params[params], size)
			params++
		default:
			if op.IsRandom(v.Op) && len(in.Keys) != in.N {
				return nil, fmt.Errorf("eval %s: %s: %d keys for %d examples", g.Name, v.Name, len(in.Keys), in.N)
			}
			args := make([][]float64, len(v.Args))
			for i, a := range v.Args {
				args[i] = r.tensors[a.ID]
			}
			t = make([]float64, size)
			if err = op.Run(env, v, args, t); err == nil && in.Weights != nil && op.IsLossGrad(v) {
				err = weigh(t, in.Weights, in.N)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("eval %s: %s: %w", g.Name, v.Name, err)
		}
		r.tensors[v.ID] = t
	}
	return r, nil
}

// weigh multiplies the elements of n examples by their weights.
func weigh(t, weights []float64, n int) error {
	if len(weights) != n {
		return fmt.Errorf("%d weights for %d examples", len(weights), n)
	}
	for i := range t {
		t[i] *= weights[i/(len(t)/n)]
	}
	return nil
}

func leaf(v *ir.Value, t []float64, size int) ([]float64, error) {
	if len(t) != size {
		return nil, fmt.Errorf("%d numbers for %s, want %d", len(t), v.Type(), size)
	}
	return t, nil
}

// labels checks the class indices against the losses that read them, so that
// references may index with them.
func labels(g *ir.Graph, target *ir.Value, in Inputs) ([]float64, error) {
	if len(in.Labels) != in.N {
		return nil, fmt.Errorf("%d labels for %d examples", len(in.Labels), in.N)
	}
	t := make([]float64, in.N)
	for i, l := range in.Labels {
		for _, v := range g.Values {
			if a, ok := v.Attr.(ir.LossAttr); ok && v.Args[1] == target && (l < 0 || int(l) >= a.Scores) {
				return nil, fmt.Errorf("example %d has label %d, want 0 to %d", i, l, a.Scores-1)
			}
		}
		t[i] = float64(l)
	}
	return t, nil
}
