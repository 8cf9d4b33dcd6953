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
	grads, err := backward(g, g.Loss, nil, trainedBy(g))
	if err != nil {
		return err
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

// Gradients appends to a graph the gradient of sum(seed*v), for a value v, with
// respect to other values in front of it, and returns it for each of them; nil
// where v does not depend on one. seed has the type of v. It is how a picture shows
// what moves a score: no parameter gets a gradient, and penalties of activities,
// which belong to the loss, are left out.
func Gradients(g *ir.Graph, v, seed *ir.Value, of ...*ir.Value) ([]*ir.Value, error) {
	wanted := make([]bool, len(g.Values))
	for _, x := range of {
		wanted[x.ID] = true
	}
	dependents(g, wanted)
	if !wanted[v.ID] {
		return make([]*ir.Value, len(of)), nil
	}
	grads, err := backward(g, v, seed, wanted)
	if err != nil {
		return nil, err
	}
	list := make([]*ir.Value, len(of))
	for i, x := range of {
		list[i] = grads[x.ID]
	}
	return list, nil
}

// backward walks from root towards the leaves and returns, by ID, the gradients
// of the values that are wanted. seed is that of root, nil for a loss, which takes
// its upstream gradient to be 1.
func backward(g *ir.Graph, root, seed *ir.Value, wanted []bool) ([]*ir.Value, error) {
	grads := make([]*ir.Value, len(g.Values)) // by ID of the primal; nil: none yet
	grads[root.ID] = seed
	b := op.NewBuilder(g)
	for id := root.ID; id >= 0; id-- {
		v := g.Values[id]
		d := op.Lookup(v.Op)
		if !wanted[id] || d.Leaf || v != root && grads[id] == nil {
			continue
		}
		need, any := make([]bool, len(v.Args)), false
		for i, a := range v.Args {
			need[i] = wanted[a.ID]
			any = any || need[i]
		}
		if !any {
			continue // the walk ends here
		}
		if d.VJP == nil {
			return nil, fmt.Errorf("%s: %s has no gradient", v.Name, v.Op)
		}
		if (d.Loss != nil) != (v == root && seed == nil) {
			return nil, fmt.Errorf("%s: a %s cannot stand here", v.Name, v.Op)
		}
		b.Layer, b.Pos = v.Layer, v.Pos
		das := []*ir.Value{grads[id]} // of an activity, without its penalty
		if v.Op != "activity" || seed == nil {
			das = d.VJP(b, v, grads[id], need)
		}
		for i, da := range das {
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
			return nil, err
		}
	}
	return grads, nil
}

// trainedBy marks, by ID, the values that depend on a parameter that is not
// frozen.
func trainedBy(g *ir.Graph) []bool {
	trained := make([]bool, len(g.Values))
	for _, p := range g.Params {
		trained[p.Value.ID] = !p.Frozen
	}
	dependents(g, trained)
	return trained
}

// dependents marks, by ID, what depends on a marked value.
func dependents(g *ir.Graph, marked []bool) {
	for _, v := range g.Values {
		for _, a := range v.Args {
			marked[v.ID] = marked[v.ID] || marked[a.ID]
		}
	}
}
