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
	// Evaluate computes values of its graph, and of graphs made of it. New sets it
	// to Interpret.
	Evaluate Evaluator

	graph  *ir.Graph
	params [][]float64
}

// Evaluator computes values of a graph for one example.
type Evaluator func(g *ir.Graph, in eval.Inputs, want []*ir.Value) ([][]float64, error)

// Interpret is the Evaluator that computes in float64 what the definitions say.
func Interpret(g *ir.Graph, in eval.Inputs, want []*ir.Value) ([][]float64, error) {
	r, err := eval.Run(g, in)
	if err != nil {
		return nil, err
	}
	list := make([][]float64, len(want))
	for i, v := range want {
		list[i] = r.Of(v)
	}
	return list, nil
}

// New takes an inference graph that is not fused, and a logical tensor for each of
// its parameters by name. The tensors are not copied.
func New(g *ir.Graph, tensor func(name string) []float32) (*Network, error) {
	n := &Network{graph: g, Evaluate: Interpret}
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

// Values computes values of the network's graph for one example x [H W C].
func (n *Network) Values(x []float64, of ...*ir.Value) ([][]float64, error) {
	return n.Evaluate(n.graph, eval.Inputs{N: 1, X: x, Params: n.params}, of)
}

// Scores computes the scores of one example.
func (n *Network) Scores(x []float64) ([]float64, error) {
	list, err := n.Values(x, n.graph.Scores)
	if err != nil {
		return nil, err
	}
	return list[0], nil
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

// gradient evaluates the network on x: a value of it, nil for none, and the
// gradient of the score of a class, counted from 0, with respect to another, which is
// nil where the score does not depend on it.
func (n *Network) gradient(x []float64, class int, value, by *ir.Value) (of, grad []float64, err error) {
	if class < 0 || class >= n.Classes() {
		return nil, nil, fmt.Errorf("class %d of %d", class, n.Classes())
	}
	g := n.graph.Clone()
	s := score(g)
	b := op.NewBuilder(g)
	seed := b.Target("seed", ir.Type{Shape: s.Shape, DType: ir.F32})
	if err := b.Err(); err != nil {
		return nil, nil, err
	}
	grads, err := pass.Gradients(g, s, seed, g.Values[by.ID])
	if err != nil {
		return nil, nil, err
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
	var want []*ir.Value
	if value != nil {
		want = append(want, g.Values[value.ID])
	}
	if grads[0] != nil {
		want = append(want, grads[0])
	}
	list, err := n.Evaluate(g, eval.Inputs{N: 1, X: x, Targets: up, Params: n.params}, want)
	if err != nil {
		return nil, nil, err
	}
	if value != nil {
		of, list = list[0], list[1:]
	}
	if len(list) > 0 {
		grad = list[0]
	}
	return of, grad, nil
}

// Gradient is the derivative of the score of a class, counted from 0, with respect
// to the input x [H W C], which must have as many elements. The score is that
// before a final softmax or sigmoid.
func (n *Network) Gradient(x []float64, class int) ([]float64, error) {
	_, grad, err := n.gradient(x, class, nil, n.graph.Input)
	if err == nil && grad == nil {
		grad = make([]float64, len(x))
	}
	return grad, err
}
