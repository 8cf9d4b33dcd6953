package lower

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// Options say what the caller knows besides the program.
type Options struct {
	// Labels are the names of the classes in the data, in label order; nil when
	// they are not known.
	Labels []string
	// Classes is the number of classes in the data; 0 stands for len(Labels), or
	// for what the data section says by itself.
	Classes int
	// Features is how many values a row of the data's table becomes, 0 when that
	// is not known; Arithmetic is how the number comes about.
	Features   int
	Arithmetic string
}

// Model is a lowered model file.
type Model struct {
	// Graph is the network with its loss, when there is one, and dropout; passes
	// make the inference and the training graph from clones of it.
	Graph *ir.Graph
	// Layers identifies each layer for weight files, and says how it was written.
	Layers []Layer
	Data   config.Data
	Train  config.Train
	// Head says what the scores are.
	Head model.Head
}

// Layer is one layer of the model file.
type Layer struct {
	Name string
	// Kind is the word of the language, Args the rest of the line with
	// hyperparameters replaced by their values: "conv", "32 3x3 same relu".
	Kind, Args string
	// Hash identifies the layer's computation (ir.LayerHashes); "" when the
	// scores do not depend on it.
	Hash string
	Line int
}

// Lower builds the graph of a program without errors. Mistakes that only shapes
// show come back as diagnostics, all of them; the model is nil when one of them
// is an error.
func Lower(p *elab.Program, o Options) (*Model, diag.List) {
	l := newLowerer(p, o)
	data := l.data()
	l.config = data
	if len(o.Labels) == 0 {
		l.graph.Labels = data.Classes
	}
	train := l.train(data)
	for i := range p.Layers {
		l.layer(i)
	}
	l.prune()
	l.head(&train)
	l.metrics(l.end)
	l.classWeights(l.end)
	l.objective()
	list := l.list.Sorted()
	if list.HasErrors() {
		return nil, list
	}
	m := &Model{Graph: l.graph, Data: data, Train: train, Head: l.end}
	if err := op.Verify(l.graph); err != nil {
		list.Add(diag.Errorf("", diag.Span{}, "internal error: lower: %v", err))
		return nil, list
	}
	hashes := ir.LayerHashes(l.graph)
	l.graph.Hash = ir.NetworkHash(hashes)
	byLayer := make(map[string]string, len(hashes))
	for _, h := range hashes {
		byLayer[h.Layer] = h.Hash
	}
	for i := range p.Layers {
		layer := &p.Layers[i]
		m.Layers = append(m.Layers, Layer{
			Name: layer.Name, Kind: layer.Kind, Args: words(layer), Hash: byLayer[layer.Name], Line: layer.Pos.Start.Line,
		})
	}
	return m, list
}

// Shapes looks for the mistakes that only shapes show, in the net alone. It is
// for programs with mistakes in their sections (elab.Program.NetOK), so that
// all mistakes of a file come in one run.
func Shapes(p *elab.Program, o Options) diag.List {
	l := newLowerer(p, o)
	l.classes = max(o.Classes, len(o.Labels))
	for i := range p.Layers {
		l.layer(i)
	}
	return l.list.Sorted()
}

// lowerer is the state of one lowering.
type lowerer struct {
	p     *elab.Program
	o     Options
	graph *ir.Graph
	b     *op.Builder
	list  diag.List
	// results holds, for each layer, its result: nil when a mistake left it
	// unknown or it has not been lowered.
	results []*ir.Value
	// sequences says which results are sequences.
	sequences []bool
	// classes is the number of classes in the data, 0 when not known, and where
	// it is said.
	classes int
	// targets is the number of values in the target of an example, for data that
	// has numbers to predict; end is what the scores are.
	targets int
	// mirrored: the target is the input itself.
	mirrored bool
	config   config.Data
	end      model.Head
	// streams counts dropout layers, whose masks are numbered as values lie.
	streams int
	layouts op.Layouts
	// exact rules Winograd's algorithm out for all convolutions.
	exact bool
	// params and values count against the limits.
	params, values               int
	tooManyParams, tooManyValues bool
}

func newLowerer(p *elab.Program, o Options) *lowerer {
	g := &ir.Graph{Name: p.Name, Labels: o.Labels}
	return &lowerer{p: p, o: o, graph: g, b: op.NewBuilder(g), layouts: op.Layouts{}, results: make([]*ir.Value, len(p.Layers)), sequences: make([]bool, len(p.Layers))}
}

// layer lowers layer i.
func (l *lowerer) layer(i int) {
	layer := &l.p.Layers[i]
	l.b.Layer, l.b.Pos = layer.Name, layer.Pos.Start
	k := kindOf(layer.Kind)
	if k == nil {
		l.errorf(i, diag.Unsupported, "%s is not compiled by this version", layer.Kind)
		return
	}
	var x *ir.Value
	if len(layer.Inputs) > 0 {
		x = l.results[layer.Inputs[0]]
	}
	v := k.lower(l, i, x)
	if err := l.b.Err(); err != nil {
		// Every rule of the table has been checked above with a message of its
		// own; what gets here was forgotten.
		l.errorf(i, "", "internal error: %v", err)
		l.b = op.NewBuilder(l.graph)
		return
	}
	if v != nil && !l.countValues(i, v.Shape) {
		v = nil
	}
	l.results[i] = v
	l.markSequence(i, v)
}

// guess is a value of a known shape that stands for the result of a layer with a
// mistake, so that the layers behind it can be checked.
func (l *lowerer) guess(shape ...int) *ir.Value {
	return l.b.Shaped("input", l.b.Layer, ir.Type{Shape: shape, Batched: true}, nil)
}

// errorf reports an error at layer i, and where the block was applied that it
// comes from.
func (l *lowerer) errorf(i int, code diag.Code, format string, args ...any) *diag.Diagnostic {
	layer := &l.p.Layers[i]
	return l.traced(i, diag.Errorf(code, layer.Pos, format, args...))
}

func (l *lowerer) traced(i int, d *diag.Diagnostic) *diag.Diagnostic {
	if t := l.p.Layers[i].Trace; len(t) > 0 {
		d.WithNote(t[len(t)-1], "in the block applied here")
	}
	return l.list.Add(d)
}

// follows says which layer the input of layer i comes from: "it follows conv1
// (line 14)".
func (l *lowerer) follows(i int) string {
	in := l.p.Layers[i].Inputs
	if len(in) == 0 {
		return "it is the first layer"
	}
	from := &l.p.Layers[in[0]]
	return fmt.Sprintf("it follows %s (line %d)", from.Name, from.Pos.Start.Line)
}
