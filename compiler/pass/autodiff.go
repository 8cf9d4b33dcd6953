package pass

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Autodiff appends the backward pass: for every parameter that is not frozen,
// the values that compute the gradient of the loss, and fills Graph.Grads.
//
// Terms. The graph computes a loss from its leaves through intermediate values,
// the primals. The gradient of a value v, written dv, is the derivative of the
// loss with respect to v (v's cotangent): it has v's type. Reverse mode walks
// the graph from the loss to the leaves and keeps dv for every value reached.
// At v = f(a, b, ...) the operation's VJP (vector-Jacobian product) turns dv
// into its contributions to da, db, ...; it never forms the Jacobian itself.
// A value with several users gets a contribution from each, and their sum,
// an add, is its gradient. When v's turn comes all its users have been visited,
// since they stand behind it, so its gradient is complete.
//
// Only values on a path from a trained parameter to the loss are visited: the
// input gets no gradient, and neither does anything in front of the first
// trained layer. Gradients of batched values are per example; the operations
// that make gradients of parameters sum over the examples. The loss gradient is
// not divided by the batch here: that factor is applied when the network runs.
//
// It needs a graph with a loss and without gradients or fused operations.
// Gradients carry the layer and position of the value they belong to.
func Autodiff(g *ir.Graph) error {
	if g.Loss == nil {
		return fmt.Errorf("graph %s has no loss", g.Name)
	}
	if g.Grads != nil {
		return fmt.Errorf("graph %s has gradients already", g.Name)
	}
	n := len(g.Values)
	trained := trainedBy(g)
	grads := make([]*ir.Value, n) // by ID of the primal; nil: none yet
	b := op.NewBuilder(g)
	for id := g.Loss.ID; id >= 0; id-- {
		v := g.Values[id]
		d := op.Lookup(v.Op)
		if !trained[id] || d.Leaf || v != g.Loss && grads[id] == nil {
			continue
		}
		if d.VJP == nil {
			return fmt.Errorf("%s: %s has no gradient", v.Name, v.Op)
		}
		if (d.Loss != nil) != (v == g.Loss) {
			// A loss takes its upstream gradient to be 1, which only the root has.
			return fmt.Errorf("%s: a %s cannot stand here", v.Name, v.Op)
		}
		need := make([]bool, len(v.Args))
		for i, a := range v.Args {
			need[i] = trained[a.ID]
		}
		b.Layer, b.Pos = v.Layer, v.Pos
		for i, da := range d.VJP(b, v, grads[id], need) {
			if !need[i] || da == nil { // statistics of a batch have no gradient of their own
				continue
			}
			a := v.Args[i].ID
			if grads[a] == nil {
				grads[a] = da
				continue
			}
			b.Layer, b.Pos = v.Args[i].Layer, v.Args[i].Pos
			grads[a] = b.Suffixed("add", "dsum", nil, grads[a], da)
			b.Layer, b.Pos = v.Layer, v.Pos
		}
		if err := b.Err(); err != nil {
			return err
		}
	}
	g.Grads = make([]*ir.Value, len(g.Params))
	for i, p := range g.Params {
		if p.Frozen {
			continue
		}
		if grads[p.Value.ID] == nil {
			return fmt.Errorf("parameter %s does not influence the loss", p.Value.Name)
		}
		g.Grads[i] = grads[p.Value.ID]
	}
	return nil
}

// trainedBy marks, by ID, the values that depend on a parameter that is not
// frozen.
func trainedBy(g *ir.Graph) []bool {
	trained := make([]bool, len(g.Values))
	for _, p := range g.Params {
		trained[p.Value.ID] = !p.Frozen
	}
	for _, v := range g.Values {
		for _, a := range v.Args {
			trained[v.ID] = trained[v.ID] || trained[a.ID]
		}
	}
	return trained
}
