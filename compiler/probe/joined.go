package probe

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// Tensor is a parameter and its elements.
type Tensor struct {
	Name  string
	Shape ir.Shape
	Data  []float64
}

// Joined makes of a graph and the values wanted of it an inference graph that any
// compiler of inference graphs can take: its scores are the values, one behind the
// other, so that nothing needs them to stay in memory but that they are results;
// and where the graph reads a target, the seed of a gradient, it reads the bias of a
// dense layer of zeros instead. params are the parameters of the result, in order.
//
// The gradient of a score is then inference like any other: convolutions run
// backwards are transposed ones, and nothing in the plan of a program asks what its
// values are for.
func Joined(g *ir.Graph, in eval.Inputs, want []*ir.Value) (joined *ir.Graph, params []Tensor, err error) {
	if in.N != 1 || len(want) == 0 {
		return nil, nil, fmt.Errorf("internal error: %d examples, %d values wanted", in.N, len(want))
	}
	c := g.Clone()
	wanted := make([]*ir.Value, len(want))
	for i, v := range want {
		wanted[i] = c.Values[v.ID]
	}
	given := map[*ir.Value][]float64{}
	for i, p := range c.Params {
		given[p.Value] = in.Params[i]
	}
	if c.Target != nil {
		if err := replaceSeed(c, in, given); err != nil {
			return nil, nil, err
		}
	}
	b := op.NewBuilder(c)
	b.Layer = "probe"
	var vectors []*ir.Value
	for i, v := range wanted {
		if len(v.Shape) == 3 {
			v = b.Op("flatten", fmt.Sprintf("probe.value%d", i), nil, v)
		}
		vectors = append(vectors, v)
	}
	c.Scores = vectors[0]
	if len(vectors) > 1 {
		c.Scores = b.Op("concat", "probe", nil, vectors...)
	}
	if err := b.Err(); err != nil {
		return nil, nil, err
	}
	c.Logits, c.Loss, c.Grads, c.Labels = nil, nil, nil, nil
	c.Params = needed(c)
	if err := pass.DCE(c); err != nil {
		return nil, nil, err
	}
	if err := op.Verify(c); err != nil {
		return nil, nil, fmt.Errorf("internal error: %w", err)
	}
	for _, p := range c.Params {
		params = append(params, Tensor{p.Value.Name, p.Value.Shape, given[p.Value]})
	}
	return c, params, nil
}

// needed are the parameters that the scores depend on.
func needed(g *ir.Graph) []*ir.Param {
	live := map[*ir.Value]bool{g.Scores: true}
	for i := len(g.Values) - 1; i >= 0; i-- {
		if v := g.Values[i]; live[v] {
			for _, a := range v.Args {
				live[a] = true
			}
		}
	}
	var list []*ir.Param
	for _, p := range g.Params {
		if live[p.Value] {
			list = append(list, p)
		}
	}
	return list
}

// replaceSeed puts a dense layer in the place of the target. It reads the score that
// the gradient is of, whose length it has, multiplies it by 0 and adds the seed.
func replaceSeed(g *ir.Graph, in eval.Inputs, given map[*ir.Value][]float64) error {
	seed := g.Target
	from := score(g)
	n := from.Shape.Size()
	// The operations of the gradient stand behind the target; those of the layer go
	// in between.
	behind := append([]*ir.Value(nil), g.Values[seed.ID+1:]...)
	g.Values = g.Values[:seed.ID]
	b := op.NewBuilder(g)
	b.Layer = "seed"
	kernel, bias := b.Param("seed.kernel", "zeros", ir.Shape{n, n}), b.Param("seed.bias", "zeros", ir.Shape{n})
	given[kernel.Value], given[bias.Value] = make([]float64, n*n), in.Targets
	if len(from.Shape) != 1 {
		from = b.Op("flatten", "seed.flat", nil, from)
	}
	y := b.Op("dense", "seed.dense", nil, from, kernel.Value)
	y = b.Op("bias", "seed.result", nil, y, bias.Value)
	if err := b.Err(); err != nil {
		return err
	}
	g.Values = append(g.Values, behind...)
	g.Renumber()
	g.Replace(seed, y)
	g.Target = nil
	return nil
}
