package sched

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Options are the numbers a schedule depends on besides the graphs. Zero means
// the default.
type Options struct {
	// Batch is the number of examples of a training step.
	Batch int
	// Shards is the number of slices a batch is cut into (plan.Plan.Shards).
	Shards int
	// InferMicro and TrainMicro are the most examples a worker takes at once.
	InferMicro, TrainMicro int
	// Optimizer is the update rule, Slots its state vectors.
	Optimizer string
	Slots     int
	// Unfused leaves sums of gradients to calls of their own, as the graphs have
	// them.
	Unfused bool
	// Table is the graph before fusion, whose layers make the table of the
	// network; nil takes the training graph or, without one, the inference graph.
	Table *ir.Graph
}

// Schedule makes the plan for an inference graph and, unless it is nil, a
// training graph of the same network, both fused (or at least past FuseBias).
// Errors are bugs in cnnc.
func Schedule(infer, train *ir.Graph, o Options) (*plan.Plan, error) {
	p := &plan.Plan{
		Name: goName(infer.Name), Hash: infer.Hash, Labels: slices.Clone(infer.Labels),
		Outputs:   infer.Scores.Shape.Size(),
		Optimizer: o.Optimizer, Slots: o.Slots,
	}
	if low := strings.ToLower(p.Name); token.IsKeyword(low) || low == "main" {
		p.Name += "Net"
	}
	in := canonical(infer.Input.Shape)
	p.InputH, p.InputW, p.InputC = in.h, in.w, in.c

	// Both programs must agree on how parameters lie. They differ only when one
	// of them can read the caller's images with their own channels and the
	// other, say for a dropout on the input, cannot.
	of := measuredBy(infer, train)
	inferY, packings, err := prepare(infer, takesGradient(infer), of, o)
	if err != nil {
		return nil, err
	}
	var trainY *prepared
	if train != nil {
		if err := sameParams(infer, train); err != nil {
			return nil, err
		}
		var packingsT []plan.Packing
		if trainY, packingsT, err = prepare(train, false, measureNothing, o); err != nil {
			return nil, err
		}
		if !slices.Equal(packings, packingsT) {
			if inferY, packings, err = prepare(infer, true, of, o); err != nil {
				return nil, err
			}
			if trainY, packingsT, err = prepare(train, true, measureNothing, o); err != nil {
				return nil, err
			}
			if !slices.Equal(packings, packingsT) {
				return nil, fmt.Errorf("internal error: schedule: parameters of %s lie differently in inference and training", infer.Name)
			}
		}
	}
	g := infer
	if train != nil {
		g = train
	}
	p.Params, p.ParamFloats = params(g, packings)
	for _, s := range g.Scalars {
		p.Scalars = append(p.Scalars, plan.Scalar{Name: s.Name, Value: s.Value})
	}
	p.Loss = lossOf(g)

	n := newBuilder(inferY.layout, inferY.steps, p.Params)
	n.loss = p.Loss
	b, err := inferY.program(&p.Infer, n, inferMicros(o), evenly)
	if err != nil {
		return nil, err
	}
	p.Derive, p.DerivedFloats, p.InferDerivedFloats = b.derive, b.derivedFloats, b.derivedFloats
	p.FoldedAt = max(b.norms.foldedAt, 0)
	if train != nil {
		p.Shards = shards(p.ParamFloats, o)
		// Both programs share the kernels transformed for the forward pass.
		t := newBuilder(trainY.layout, trainY.steps, p.Params)
		t.derive, t.derivedFloats = slices.Clone(p.Derive), p.DerivedFloats
		if b, err = trainY.program(&p.Train, t, trainMicros(p.Shards, o), uneven(batch(o), p.Shards)); err != nil {
			return nil, err
		}
		p.Derive, p.DerivedFloats = b.derive, b.derivedFloats
		p.BatchNorms, p.SumFloats, p.BatchFloats = b.norms.list, b.norms.sumFloats, b.norms.batched
	}
	if o.Table == nil {
		o.Table = g
	}
	p.Layers = layers(o.Table, p)
	if err := plan.Verify(p); err != nil {
		return nil, fmt.Errorf("internal error: schedule: %w", err)
	}
	return p, nil
}

// takesGradient reports whether an inference graph computes the gradient of a dense
// layer's input, which may be the images: its weights then lie as for padded
// channels, since gradients have these.
func takesGradient(g *ir.Graph) bool {
	return slices.ContainsFunc(g.Values, func(v *ir.Value) bool { return v.Op == "dense_dx" || v.Op == "dense_dx_masked" })
}

// prepared is a graph with its steps and layout.
type prepared struct {
	*layout
	steps []step
}

// prepare runs the steps up to the packing of parameters.
func prepare(g *ir.Graph, padInput bool, of measure, o Options) (*prepared, []plan.Packing, error) {
	l, err := legalize(g, of)
	if err != nil {
		return nil, nil, err
	}
	steps := l.order(o.Unfused)
	y := newLayout(l, steps, padInput, likelyImages(o))
	packings, err := y.packings()
	return &prepared{y, steps}, packings, err
}

// program builds calls and arena, for that of the micro-batches which is predicted
// to be the fastest, when work is divided unevenly as uneven says.
func (y *prepared) program(p *plan.Program, b *builder, micros []int, uneven func(micro int) float64) (*builder, error) {
	if err := b.build(); err != nil {
		return nil, err
	}
	p.Forward, p.Backward = b.forward, b.backward
	arrange := func(micro int) {
		for _, f := range b.blocks {
			f(micro)
		}
		p.Buffers = slices.Clone(b.buffers)
		lifetimes(p)
		// The panel of a gradient that is not packed is never touched.
		p.Buffers = slices.DeleteFunc(p.Buffers, func(x *plan.Buffer) bool { return x.First < 0 })
		b.cut(p)
		place(p, micro)
	}
	for _, n := range micros {
		arrange(n)
		p.Trials = append(p.Trials, plan.Trial{Micro: n, Nanos: p.Nanos(n, busyCores) * uneven(n), ArenaFloats: p.ArenaFloats})
	}
	if n := choose(p.Trials); n != p.Micro {
		arrange(n)
	}
	clearBorders(b, p)
	p.Estimate()
	return b, nil
}
