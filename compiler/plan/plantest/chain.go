package plantest

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Padding of Chain's convolutions and poolings.
const (
	Same  = true
	Valid = false
)

// Chain builds a network layer by layer; V is the last value.
type Chain struct {
	b     *op.Builder
	V     *ir.Value
	count map[string]int
	drops int
	// Exact makes the convolutions that follow direct ones.
	Exact bool
	// End is the activation that makes the scores, "" for none, Loss the loss and
	// Options its numbers: by default the crossentropy of a softmax.
	End, Loss string
	Options   ir.LossOptions
}

// Build makes the network called name on images of that shape.
func Build(name string, input ir.Shape, layers func(n *Chain)) *ir.Graph {
	g := &ir.Graph{Name: name}
	n := &Chain{b: op.NewBuilder(g), count: map[string]int{}, End: "softmax", Loss: "categorical_crossentropy"}
	n.b.Layer = "input"
	n.V = n.b.Input("input", input)
	layers(n)
	n.finish()
	if err := n.b.Err(); err != nil {
		panic(fmt.Sprintf("net %s: %v", name, err)) // a bug of the caller
	}
	return g
}

func (n *Chain) layer(kind string) string {
	n.count[kind]++
	n.b.Layer = fmt.Sprint(kind, n.count[kind])
	n.b.Pos.Line++
	return n.b.Layer
}

func (n *Chain) finish() {
	g := n.b.Graph
	out := n.V
	g.Scores = out
	switch n.End {
	case "":
	case "softmax", "log_softmax":
		g.Scores = n.b.Op(n.End, n.layer(n.End), nil, out)
		g.Logits = out
	default:
		n.layer(n.End)
		g.Scores = n.b.Op("act", n.b.Layer, ir.ActAttr{Func: n.End}, out)
	}
	row := op.LookupLoss(n.Loss)
	if row == nil {
		panic("no loss " + n.Loss) // a bug of the caller
	}
	a := ir.LossAttr{Scores: g.Scores.Shape.Size(), Options: n.Options}
	n.b.Layer = "loss"
	g.Loss = n.b.Op(row.Name, "loss", a, g.Scores, n.b.Target("target", row.Target(a.Scores)))
}

// Conv appends a convolution with bias.
func (n *Chain) Conv(filters, kh, kw int, same bool) *Chain {
	return n.conv(filters, ir.ConvAttr{KH: kh, KW: kw, SH: 1, SW: 1, DH: 1, DW: 1}, same)
}

// ConvStride is Conv with strides.
func (n *Chain) ConvStride(filters, kh, kw, sh, sw int, same bool) *Chain {
	return n.conv(filters, ir.ConvAttr{KH: kh, KW: kw, SH: sh, SW: sw, DH: 1, DW: 1}, same)
}

// ConvDilated is Conv with dilation d in both axes.
func (n *Chain) ConvDilated(filters, kh, kw, d int, same bool) *Chain {
	return n.conv(filters, ir.ConvAttr{KH: kh, KW: kw, SH: 1, SW: 1, DH: d, DW: d}, same)
}

// Bare appends a convolution without bias.
func (n *Chain) Bare(filters, kh, kw int, same bool) *Chain {
	name, a := n.layer("conv"), n.padded(ir.ConvAttr{KH: kh, KW: kw, SH: 1, SW: 1, DH: 1, DW: 1}, same)
	w := n.b.Param(name+".kernel", "he_normal", ir.Shape{a.KH, a.KW, n.V.Shape[2], filters})
	n.V = n.b.Op("conv2d", name, a, n.V, w.Value)
	return n
}

// padded completes the attribute for the last value.
func (n *Chain) padded(a ir.ConvAttr, same bool) ir.ConvAttr {
	a.InH, a.InW, a.Exact = n.V.Shape[0], n.V.Shape[1], n.Exact
	if same {
		a.Pad.Top, a.Pad.Bottom = op.SamePad(a.InH, a.KH, a.SH, a.DH)
		a.Pad.Left, a.Pad.Right = op.SamePad(a.InW, a.KW, a.SW, a.DW)
	}
	return a
}

func (n *Chain) conv(filters int, a ir.ConvAttr, same bool) *Chain {
	return n.biased(n.layer("conv"), "conv2d", n.padded(a, same), filters)
}

// Norm appends a batchnorm with what the words say: gamma, beta, frozen.
func (n *Chain) Norm(words string) *Chain {
	name, shape := n.layer("batchnorm"), ir.Shape{n.V.Shape.Last()}
	frozen := strings.Contains(words, "frozen")
	a := ir.NormAttr{Epsilon: 1e-3, Scale: frozen || strings.Contains(words, "gamma"), Center: frozen || strings.Contains(words, "beta")}
	args := []*ir.Value{n.V, nil}
	param := func(suffix string, frozen bool) *ir.Value {
		p := n.b.Param(name+"."+suffix, "ones", shape)
		p.Frozen = frozen
		return p.Value
	}
	if a.Scale {
		args = append(args, param("gamma", frozen))
	}
	if a.Center {
		args = append(args, param("beta", frozen))
	}
	mean, variance := param("moving_mean", true), param("moving_variance", true)
	if frozen {
		args[1] = n.b.Op("moving_stats", name+".stats", nil, mean, variance)
	} else {
		args[1] = n.b.Op("batch_stats", name+".stats", ir.MomentAttr{Momentum: 0.9}, n.V, mean, variance)
	}
	n.V = n.b.Op("batchnorm", name, a, args...)
	return n
}

// ExampleNorm appends a layernorm, or a groupnorm with that many groups, with what
// the words say: gamma, beta.
func (n *Chain) ExampleNorm(op string, groups int, words string) *Chain {
	name, shape := n.layer(op), ir.Shape{n.V.Shape.Last()}
	a := ir.NormAttr{Epsilon: 1e-3, Scale: strings.Contains(words, "gamma"), Center: strings.Contains(words, "beta"), Groups: groups}
	args := []*ir.Value{n.V}
	if a.Scale {
		args = append(args, n.b.Param(name+".gamma", "ones", shape).Value)
	}
	if a.Center {
		args = append(args, n.b.Param(name+".beta", "zeros", shape).Value)
	}
	n.V = n.b.Op(op, name, a, args...)
	return n
}

// Dense appends a dense layer with bias.
func (n *Chain) Dense(units int) *Chain {
	name := n.layer("dense")
	w := n.b.Param(name+".kernel", "glorot_uniform", ir.Shape{n.V.Shape[0], units})
	b := n.b.Param(name+".bias", "zeros", ir.Shape{units})
	n.V = n.b.Op("dense", name+".dense", nil, n.V, w.Value)
	n.V = n.b.Op("bias", name, nil, n.V, b.Value)
	return n
}

// Op appends an operation of one value without numbers, such as softmax.
func (n *Chain) Op(name string) *Chain {
	if n.V.Name == n.b.Layer {
		n.V.Name = n.b.Name(n.b.Layer + ".pre" + name)
	}
	n.V = n.b.Op(name, n.b.Layer+"."+name, nil, n.V)
	n.V.Name = n.b.Layer
	return n
}

// Relu appends a relu.
func (n *Chain) Relu() *Chain { return n.Act("relu") }

// Act appends an activation with those parameters, or else its usual ones.
func (n *Chain) Act(f string, params ...float64) *Chain {
	// The last value of a layer carries the layer's name.
	if n.V.Name == n.b.Layer {
		n.V.Name = n.b.Name(n.b.Layer + ".preact")
	}
	n.V = n.b.Op("act", n.b.Layer+".act", op.LookupActivation(f).Attr(params...), n.V)
	n.V.Name = n.b.Layer
	return n
}

// MaxPool appends a valid pooling whose stride is the window.
func (n *Chain) MaxPool(kh, kw int) *Chain { return n.Pool("maxpool2d", kh, kw, kh, kw, Valid) }

// MaxPoolSame appends a pooling of k x k windows that keeps the size.
func (n *Chain) MaxPoolSame(k int) *Chain { return n.Pool("maxpool2d", k, k, 1, 1, Same) }

// Pool appends any pooling.
func (n *Chain) Pool(kind string, kh, kw, sh, sw int, same bool) *Chain {
	a := ir.PoolAttr{KH: kh, KW: kw, SH: sh, SW: sw, InH: n.V.Shape[0], InW: n.V.Shape[1]}
	if same {
		a.Pad.Top, a.Pad.Bottom = op.SamePad(a.InH, kh, sh, 1)
		a.Pad.Left, a.Pad.Right = op.SamePad(a.InW, kw, sw, 1)
	}
	n.V = n.b.Op(kind, n.layer(kind[:7]), a, n.V)
	return n
}

// GlobalAvgPool appends the mean of each channel.
func (n *Chain) GlobalAvgPool() *Chain {
	n.V = n.b.Op("globalavgpool", n.layer("globalavgpool"), nil, n.V)
	return n
}

// Flatten appends a flatten.
func (n *Chain) Flatten() *Chain {
	n.V = n.b.Op("flatten", n.layer("flatten"), nil, n.V)
	return n
}

// Dropout appends a dropout.
func (n *Chain) Dropout(rate float64) *Chain {
	name := n.layer("dropout")
	n.drops++
	a := ir.DropoutAttr{Rate: n.b.Scalar(name+".rate", rate), Stream: n.drops, Channels: n.V.Shape.Last()}
	if n.V.Op == "flatten" {
		a.Channels = n.V.Args[0].Shape.Last()
	}
	n.V = n.b.Op("dropout", name, a, n.V)
	return n
}

// Add adds v.
func (n *Chain) Add(v *ir.Value) *Chain {
	n.V = n.b.Op("add", n.layer("add"), nil, n.V, v)
	return n
}

// Concat joins values on their channels.
func (n *Chain) Concat(vs ...*ir.Value) *Chain {
	n.V = n.b.Op("concat", n.layer("concat"), nil, vs...)
	return n
}

// Activity penalizes the last value.
func (n *Chain) Activity(l1, l2 float64) *Chain {
	a := ir.ActivityAttr{L1: -1, L2: -1}
	if l1 != 0 {
		a.L1 = n.b.Scalar(n.V.Name+".activity_l1", l1)
	}
	if l2 != 0 {
		a.L2 = n.b.Scalar(n.V.Name+".activity_l2", l2)
	}
	n.V = n.b.Op("activity", n.V.Name+".activity", a, n.V)
	return n
}
