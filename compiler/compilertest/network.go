package compilertest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Options bound a random network. A zero field stands for the default.
type Options struct {
	MaxImage    int // height and width of the input, default 11
	MaxChannels int // of the input and of convolutions, default 9
	MaxLayers   int // before the head, default 5
	// Plain leaves out normalizations: every example is then independent of the
	// others, and every gradient different from zero.
	Plain bool
}

// RandomNetwork returns a random valid network as lowering would make it:
// forward with loss, named layers, nothing simplified. It has odd and even
// kernels, strides, every kind of padding, dilation, groups, depthwise and
// transposed convolutions, overlapping pooling,
// branches that meet in add and concat, all activations, normalizations, dropout, frozen and
// regularized parameters, and one of the losses.
func RandomNetwork(r *rand.Rand, o Options) *ir.Graph {
	if o.MaxImage == 0 {
		o.MaxImage = 11
	}
	if o.MaxChannels == 0 {
		o.MaxChannels = 9
	}
	if o.MaxLayers == 0 {
		o.MaxLayers = 5
	}
	g := &ir.Graph{Name: "random"}
	n := &network{r: r, o: o, b: op.NewBuilder(g), count: make(map[string]int)}
	n.layer("input")
	x := n.b.Input(n.b.Layer, ir.Shape{n.between(3, o.MaxImage), n.between(3, o.MaxImage), n.between(1, o.MaxChannels)})
	for range n.between(0, o.MaxLayers) {
		x = n.body(x)
	}
	n.head(x)
	if err := n.b.Err(); err != nil {
		panic(fmt.Sprintf("random network: %v\n%s", err, g)) // a bug of this file
	}
	return g
}

// RandomInputs draws a batch of n examples and parameters for g: weights of a
// size that keeps activations near 1, biases that are not zero.
func RandomInputs(r *rand.Rand, g *ir.Graph, n int) eval.Inputs {
	in := eval.Inputs{N: n}
	normal := func(size int, scale float64) []float64 {
		x := make([]float64, size)
		for i := range x {
			x[i] = scale * r.NormFloat64()
		}
		return x
	}
	in.X = normal(op.Floats(g.Input, n), 1)
	for range n {
		in.Keys = append(in.Keys, r.Uint64())
	}
	if g.Scores != nil {
		for range n {
			in.Labels = append(in.Labels, int32(r.IntN(g.Scores.Shape.Last())))
		}
		in.Targets = normal(op.Floats(g.Scores, n), 1)
		if g.Loss != nil {
			op.Lookup(g.Loss.Op).Loss.Targets.Contain(in.Targets, g.Scores.Shape.Size())
		}
	}
	for _, p := range g.Params {
		scale := 0.2
		if len(p.Value.Shape) > 1 {
			scale = math.Sqrt(1.5 / float64(p.FanIn))
		}
		x := normal(p.Value.Shape.Size(), scale)
		if strings.HasSuffix(p.Value.Name, ".moving_variance") {
			for i := range x {
				x[i] = 0.3 + math.Abs(x[i])
			}
		}
		in.Params = append(in.Params, x)
	}
	return in
}

// network is a random network under construction.
type network struct {
	r     *rand.Rand
	o     Options
	b     *op.Builder
	count map[string]int // layers of each kind
	drops int
}

// layer begins a layer of the kind: conv1, conv2, ...
func (n *network) layer(kind string) {
	n.count[kind]++
	n.b.Layer = kind
	if kind != "input" {
		n.b.Layer = fmt.Sprint(kind, n.count[kind])
	}
}

// between is uniform on [lo, hi]; lo when hi is less.
func (n *network) between(lo, hi int) int {
	if hi <= lo {
		return lo
	}
	return lo + n.r.IntN(hi-lo+1)
}

func (n *network) chance(p float64) bool { return n.r.Float64() < p }

// body appends one random layer, or two branches.
func (n *network) body(x *ir.Value) *ir.Value {
	last := 15
	if n.o.Plain {
		last = 13
	}
	switch n.between(0, last) {
	case 14, 15:
		return n.norm(x)
	case 0:
		return n.pool("maxpool", x)
	case 1:
		return n.pool("avgpool", x)
	case 2:
		return n.dropout(x)
	case 3:
		n.layer("act")
		switch n.r.IntN(8) {
		case 0:
			return n.b.Op("softmax", n.b.Layer, nil, x)
		case 1:
			return n.b.Op("log_softmax", n.b.Layer, nil, x)
		}
		return n.b.Op("act", n.b.Layer, n.activation(), x)
	case 4:
		return n.residual(x)
	case 5:
		return n.concat(x)
	case 6:
		return n.catalogue(x)
	case 7:
		return n.depthwise(x)
	case 8:
		if max(x.Shape[0], x.Shape[1]) <= n.o.MaxImage {
			return n.deconv(x)
		}
	}
	return n.conv(x, n.between(1, n.o.MaxChannels), true)
}

// head appends what turns an image into scores, and the loss.
func (n *network) head(x *ir.Value) {
	b := n.b
	if n.chance(0.3) {
		n.layer("globalavgpool")
		x = b.Op("globalavgpool", b.Layer, nil, x)
	} else {
		x = n.flatten(n.activity(x))
	}
	for range n.between(0, 2) {
		if n.chance(0.3) {
			x = n.dropout(x)
		}
		n.layer("dense")
		x = n.activity(n.weighted("dense", nil, x, ir.Shape{x.Shape[0], n.between(1, 2*n.o.MaxChannels)}, true))
	}
	n.layer("dense")
	last, classes := b.Layer, n.between(2, 12)
	x = n.weighted("dense", nil, x, ir.Shape{x.Shape[0], classes}, false)
	x.Name = b.Name(last + ".logits")
	row := n.loss()
	switch {
	case row.Of == "softmax" && n.chance(0.8) || row.Scores == op.Distribution:
		b.Graph.Logits = x
		b.Graph.Scores = b.Op("softmax", last+".scores", nil, x)
	case row.Scores == op.Unit:
		if row.Of == "sigmoid" {
			b.Graph.Logits = x
		}
		b.Graph.Scores = b.Op("act", last+".scores", ir.ActAttr{Func: "sigmoid"}, x)
	case row.Scores == op.Positive:
		b.Graph.Scores = b.Op("act", last+".scores", ir.ActAttr{Func: "softplus"}, x)
	default:
		b.Graph.Scores = x
	}
	// At least one parameter is trained, or there is nothing to differentiate.
	for _, p := range b.Graph.Params[len(b.Graph.Params)-1:] {
		p.Frozen = false
	}
	n.layer("loss")
	a := ir.LossAttr{Scores: classes}
	for i, name := range row.Options {
		if a.Options[i] = 0.25 + 0.5*n.r.Float64(); name == "gamma" {
			a.Options[i] += 1 // below 1 there is a pole at a probability of 1
		}
	}
	b.Graph.Loss = b.Op(row.Name, "loss", a, b.Graph.Scores, b.Target("target", row.Target(classes)))
}

// loss picks a loss: the crossentropy of classes and the squared error are the
// common ones.
func (n *network) loss() *op.Loss {
	switch n.between(0, 3) {
	case 0:
		return op.LookupLoss("mean_squared_error")
	case 1:
		return &op.Losses()[n.r.IntN(len(op.Losses()))]
	}
	return op.LookupLoss("categorical_crossentropy")
}
