package probe

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// Network is a trained network, ready to be looked into.
type Network struct {
	graph  *ir.Graph
	params [][]float64
}

// New takes an inference graph that is not fused, and a logical tensor for each of
// its parameters by name. The tensors are not copied.
func New(g *ir.Graph, tensor func(name string) []float32) (*Network, error) {
	n := &Network{graph: g}
	for _, p := range g.Params {
		t := tensor(p.Value.Name)
		if len(t) != p.Value.Shape.Size() {
			return nil, fmt.Errorf("tensor %s has %d elements, want %d", p.Value.Name, len(t), p.Value.Shape.Size())
		}
		w := make([]float64, len(t))
		for i, v := range t {
			w[i] = float64(v)
		}
		n.params = append(n.params, w)
	}
	return n, nil
}

// Layer returns the result of a layer, by its name in the model file; nil when
// the inference graph has none of that name.
func (n *Network) Layer(name string) *ir.Value {
	if v := n.graph.Named(name); v != nil {
		return v
	}
	// What changes nothing is left out of the graph; a layer ends with its last
	// operation.
	var last *ir.Value
	for _, v := range n.graph.Values {
		if v.Layer == name && v.Op != "param" {
			last = v
		}
	}
	return last
}

// Forward evaluates the network on one example x [H W C].
func (n *Network) Forward(x []float64) (*eval.Result, error) {
	return eval.Run(n.graph, eval.Inputs{N: 1, X: x, Params: n.params})
}

// score is the value whose elements are the scores of the classes before the
// softmax or sigmoid that ends most networks, which would hide how sure the
// network is (Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks",
// 2013, section 3).
func score(g *ir.Graph) *ir.Value {
	v := g.Scores
	switch a, _ := v.Attr.(ir.ActAttr); {
	case v.Op == "softmax", v.Op == "log_softmax", v.Op == "act" && a.Func == "sigmoid":
		return v.Args[0]
	}
	return v
}

// Classes is the number of classes that Gradient takes: of one score there are
// two, the first being the second turned around.
func (n *Network) Classes() int {
	if c := n.graph.Scores.Shape.Size(); c > 1 {
		return c
	}
	return 2
}

// gradients is a copy of the graph with the gradient of the score of a class with
// respect to some of its values.
type gradients struct {
	result *eval.Result
	of     []*ir.Value // the values
	grads  []*ir.Value // nil where the score does not depend on the value
}

// gradient evaluates the network on x and the gradient of the score of a class,
// counted from 0, with respect to the values.
func (n *Network) gradient(x []float64, class int, of ...*ir.Value) (*gradients, error) {
	if class < 0 || class >= n.Classes() {
		return nil, fmt.Errorf("class %d of %d", class, n.Classes())
	}
	g := n.graph.Clone()
	r := &gradients{}
	for _, v := range of {
		r.of = append(r.of, g.Values[v.ID])
	}
	s := score(g)
	b := op.NewBuilder(g)
	seed := b.Target("seed", ir.Type{Shape: s.Shape, DType: ir.F32})
	if err := b.Err(); err != nil {
		return nil, err
	}
	var err error
	if r.grads, err = pass.Gradients(g, s, seed, r.of...); err != nil {
		return nil, err
	}
	up := make([]float64, s.Shape.Size())
	switch {
	case len(up) == 1 && class == 0:
		up[0] = -1
	case len(up) == 1:
		up[0] = 1
	default:
		up[class] = 1
	}
	r.result, err = eval.Run(g, eval.Inputs{N: 1, X: x, Targets: up, Params: n.params})
	return r, err
}

// Gradient is the derivative of the score of a class, counted from 0, with respect
// to the input x [H W C], which must have as many elements. The score is that
// before a final softmax or sigmoid.
func (n *Network) Gradient(x []float64, class int) ([]float64, error) {
	r, err := n.gradient(x, class, n.graph.Input)
	if err != nil {
		return nil, err
	}
	if r.grads[0] == nil {
		return make([]float64, len(x)), nil
	}
	return r.result.Of(r.grads[0]), nil
}
