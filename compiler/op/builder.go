package op

import (
	"fmt"
	"strconv"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/dsl/diag"
)

// Builder appends values to a graph: it infers types, makes names unique and
// stamps layer and position. The first error sticks: after it, calls return an
// empty value and do nothing, so that code that builds many values reads as
// straight lines and asks Err once.
type Builder struct {
	Graph *ir.Graph
	// Layer and Pos are given to the values that are made from now on.
	Layer string
	Pos   diag.Pos

	names map[string]bool
	err   error
}

// NewBuilder returns a builder that appends to g.
func NewBuilder(g *ir.Graph) *Builder {
	b := &Builder{Graph: g, names: make(map[string]bool, len(g.Values))}
	for _, v := range g.Values {
		b.names[v.Name] = true
	}
	return b
}

// Err returns the first error.
func (b *Builder) Err() error { return b.err }

// fail keeps the first error.
func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Name returns base, with a number behind it when base is taken, and marks the
// result as taken.
func (b *Builder) Name(base string) string {
	name := base
	for i := 2; b.names[name]; i++ {
		name = base + strconv.Itoa(i)
	}
	b.names[name] = true
	return name
}

// Op appends a value of an operation whose type follows from its operands.
func (b *Builder) Op(op, name string, attr any, args ...*ir.Value) *ir.Value {
	return b.Shaped(op, name, ir.Type{}, attr, args...)
}

// Shaped appends a value of an operation whose type is declared: a leaf,
// reshape, globalavgpool_dx.
func (b *Builder) Shaped(op, name string, t ir.Type, attr any, args ...*ir.Value) *ir.Value {
	v := &ir.Value{
		Op: op, Args: args, Attr: attr, Shape: t.Shape, DType: t.DType, Batched: t.Batched,
		Layer: b.Layer, Pos: b.Pos,
	}
	if b.err != nil {
		return v
	}
	t, err := Infer(v)
	if err != nil {
		b.err = fmt.Errorf("%s: %s: %w", name, op, err)
		return v
	}
	v.Shape, v.DType, v.Batched = t.Shape, t.DType, t.Batched
	v.Name = b.Name(name)
	b.Graph.Append(v)
	return v
}

// Suffixed is Op with the name made of the current layer and a suffix:
// "conv1.dw".
func (b *Builder) Suffixed(op, suffix string, attr any, args ...*ir.Value) *ir.Value {
	return b.Op(op, b.Layer+"."+suffix, attr, args...)
}

// Input appends the network's input: an image [H W C] or a vector [D].
func (b *Builder) Input(name string, shape ir.Shape) *ir.Value {
	v := b.Shaped("input", name, ir.Type{Shape: shape, Batched: true}, nil)
	b.Graph.Input = v
	return v
}

// Target appends what the loss compares the scores with: a class index
// (ir.Label, no shape) or a vector.
func (b *Builder) Target(name string, t ir.Type) *ir.Value {
	t.Batched = true
	v := b.Shaped("target", name, t, nil)
	b.Graph.Target = v
	return v
}

// Param appends a parameter with its row in Graph.Params and returns that: fans
// as in the specification (initializers, fan computation), no regularization.
func (b *Builder) Param(name, init string, shape ir.Shape) *ir.Param {
	v := b.Shaped("param", name, ir.Type{Shape: shape}, nil)
	in, out := Fans(shape)
	p := &ir.Param{Value: v, Init: init, FanIn: in, FanOut: out, L1: -1, L2: -1}
	if b.err == nil {
		b.Graph.Params = append(b.Graph.Params, p)
	}
	return p
}

// Scalar appends a run-time number and returns its index.
func (b *Builder) Scalar(name string, value float64) int {
	b.Graph.Scalars = append(b.Graph.Scalars, ir.Scalar{Name: name, Value: value})
	return len(b.Graph.Scalars) - 1
}
