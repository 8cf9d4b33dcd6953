package ir_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
)

// small is a network with one layer of each kind that the text form treats
// specially.
func small() *ir.Graph {
	g := &ir.Graph{Name: "small"}
	b := op.NewBuilder(g)
	at := func(layer string, line int) {
		b.Layer, b.Pos = layer, diag.Pos{File: "dir/small.cnn", Line: line, Col: 3}
	}
	at("input", 4)
	x := b.Input("input", ir.Shape{6, 5, 1})
	at("conv1", 5)
	w := b.Param("conv1.kernel", "he_normal", ir.Shape{3, 2, 1, 4})
	w.L2 = b.Scalar("conv1.l2", 1e-5)
	pad := ir.Pad{Top: 1, Bottom: 1, Right: 1}
	y := b.Op("conv2d", "conv1.conv2d", ir.ConvAttr{KH: 3, KW: 2, SH: 1, SW: 1, DH: 1, DW: 1, Pad: pad, InH: 6, InW: 5}, x, w.Value)
	bias := b.Param("conv1.bias", "zeros", ir.Shape{4})
	bias.Frozen = true
	y = b.Op("bias", "conv1.preact", nil, y, bias.Value)
	y = b.Op("act", "conv1", ir.ActAttr{Func: "leaky_relu", Params: ir.ActParams{0.2}}, y)
	at("maxpool1", 6)
	y = b.Op("maxpool2d", "maxpool1", ir.PoolAttr{KH: 2, KW: 2, SH: 2, SW: 1, InH: 6, InW: 5}, y)
	at("dropout1", 7)
	y = b.Op("dropout", "dropout1", ir.DropoutAttr{Rate: b.Scalar("dropout1.rate", 0.25), Stream: 1, Channels: 4}, y)
	at("flatten1", 8)
	y = b.Op("flatten", "flatten1", nil, y)
	at("dense1", 9)
	y = b.Op("dense", "dense1.logits", nil, y, b.Param("dense1.kernel", "glorot_uniform", ir.Shape{48, 3}).Value)
	g.Logits = y
	g.Scores = b.Op("softmax", "dense1", nil, y)
	at("loss", 12)
	g.Loss = b.Op("categorical_crossentropy", "loss", ir.LossAttr{Scores: 3}, g.Scores, b.Target("target", ir.Type{DType: ir.Label}))
	if err := b.Err(); err != nil {
		panic(err)
	}
	return g
}

const smallText = `graph small
%0 input = input : f32[n 6 5 1]  // small.cnn:4
%1 conv1.kernel = param he_normal fan 6 24 l2 s0 : f32[3 2 1 4]  // small.cnn:5
%2 conv1.conv2d = conv2d %0 %1 {3x2 stride 1 pad 1,0,1,1 of 6x5} : f32[n 6 5 4]  // small.cnn:5
%3 conv1.bias = param zeros fan 4 4 frozen : f32[4]  // small.cnn:5
%4 conv1.preact = bias %2 %3 : f32[n 6 5 4]  // small.cnn:5
%5 conv1 = act %4 {leaky_relu 0.2} : f32[n 6 5 4]  // small.cnn:5
%6 maxpool1 = maxpool2d %5 {2x2 stride 2x1 pad 0,0,0,0 of 6x5} : f32[n 3 4 4]  // small.cnn:6
%7 dropout1 = dropout %6 {rate s1 stream 1 of 4 channels} : f32[n 3 4 4]  // small.cnn:7
%8 flatten1 = flatten %7 : f32[n 48]  // small.cnn:8
%9 dense1.kernel = param glorot_uniform fan 48 3 : f32[48 3]  // small.cnn:9
%10 dense1.logits = dense %8 %9 : f32[n 3]  // small.cnn:9
%11 dense1 = softmax %10 : f32[n 3]  // small.cnn:9
%12 target = target : label[n]  // small.cnn:12
%13 loss = categorical_crossentropy %11 %12 {3 scores} : f32[n]  // small.cnn:12
scores %11
logits %10
loss %13
scalar s0 conv1.l2 = 1e-05
scalar s1 dropout1.rate = 0.25
`

func TestText(t *testing.T) {
	if d := cmp.Diff(smallText, small().String()); d != "" {
		t.Error(d)
	}
}

func TestClone(t *testing.T) {
	g := small()
	c := g.Clone()
	if d := cmp.Diff(smallText, c.String()); d != "" {
		t.Error(d)
	}
	if err := op.Verify(c); err != nil {
		t.Error(err)
	}
	for _, v := range c.Values {
		v.Name, v.Op, v.Shape = "changed", "changed", append(v.Shape[:0], 7)
		v.Args = nil
	}
	c.Params[0].Init, c.Scalars[0].Value = "changed", 3
	if d := cmp.Diff(smallText, g.String()); d != "" {
		t.Errorf("a change of the clone reached the original: %s", d)
	}
}

func TestReplace(t *testing.T) {
	g := small()
	pre, act := g.Named("conv1.preact"), g.Named("conv1")
	g.Replace(act, pre)
	if g.Named("maxpool1").Args[0] != pre || act.Args[0] != pre {
		t.Errorf("after replacing conv1 by conv1.preact:\n%s", g)
	}
	// A value computed from what it replaces must not become its own operand.
	g = small()
	pre, act = g.Named("conv1.preact"), g.Named("conv1")
	g.Replace(pre, act)
	if act.Args[0] != pre {
		t.Errorf("after replacing conv1.preact by conv1:\n%s", g)
	}
	g.Replace(g.Scores, g.Logits)
	if g.Scores != g.Logits || g.Loss.Args[0] != g.Logits {
		t.Errorf("after replacing the scores:\n%s", g)
	}
}

func TestUsers(t *testing.T) {
	g := small()
	users := g.Users()
	for _, v := range g.Values {
		for _, u := range users[v.ID] {
			if !slices.Contains(u.Args, v) {
				t.Errorf("%s is no user of %s", u, v)
			}
		}
	}
	if u := users[g.Scores.ID]; len(u) != 1 || u[0] != g.Loss {
		t.Errorf("users of the scores: %v", u)
	}
}

// TestVerify breaks a valid graph in every way that Verify knows.
func TestVerify(t *testing.T) {
	if err := op.Verify(small()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want   string
		change func(g *ir.Graph)
	}{
		{"is at position", func(g *ir.Graph) { g.Values[3].ID = 4 }},
		{"is nil", func(g *ir.Graph) { g.Values[3] = nil }},
		{"is nil", func(g *ir.Graph) { g.Values[2].Args[0] = nil }},
		{"does not stand before", func(g *ir.Graph) {
			g.Values[4], g.Values[5] = g.Values[5], g.Values[4]
			g.Renumber()
		}},
		{"does not stand before", func(g *ir.Graph) { g.Values[5].Args = []*ir.Value{{ID: 0, Name: "stranger"}} }},
		{"has no name", func(g *ir.Graph) { g.Values[5].Name = "" }},
		{"both named", func(g *ir.Graph) { g.Values[5].Name = "conv1.bias" }},
		{"has shape", func(g *ir.Graph) { g.Values[6].Shape = ir.Shape{3, 0, 4} }},
		{"no Input", func(g *ir.Graph) { g.Input = nil }},
		{"Input is a", func(g *ir.Graph) { g.Input = g.Values[2] }},
		{"no Scores", func(g *ir.Graph) { g.Scores = nil }},
		{"not a value", func(g *ir.Graph) { g.Logits = &ir.Value{Name: "stranger"} }},
		{"not batched", func(g *ir.Graph) { g.Scores = g.Params[1].Value }},
		{"the loss", func(g *ir.Graph) { g.Loss = g.Scores }},
		{"not a param value", func(g *ir.Graph) { g.Params[0].Value = g.Values[2] }},
		{"listed twice", func(g *ir.Graph) { g.Params = append(g.Params, g.Params[0]) }},
		{"is not in Params", func(g *ir.Graph) { g.Params = g.Params[:2] }},
		{"scalar 9 of 2", func(g *ir.Graph) { g.Params[0].L1 = 9 }},
		{"scalar 2 of 2", func(g *ir.Graph) { g.Values[7].Attr = ir.DropoutAttr{Rate: 2, Stream: 1, Channels: 4} }},
		{"1 gradients for 3", func(g *ir.Graph) { g.Grads = g.Values[:1] }},
		{"has no gradient", func(g *ir.Graph) { g.Grads = make([]*ir.Value, 3) }},
		{"frozen parameter", func(g *ir.Graph) { g.Grads = []*ir.Value{g.Params[0].Value, g.Params[1].Value, g.Params[2].Value} }},
		{"want f32[3 2 1 4]", func(g *ir.Graph) { g.Grads = []*ir.Value{g.Params[2].Value, nil, g.Params[2].Value} }},
		// What only the table of operations knows.
		{`no operation "conv9d"`, func(g *ir.Graph) { g.Values[2].Op = "conv9d" }},
		{"has 1 operands, want x, w", func(g *ir.Graph) { g.Values[2].Args = g.Values[2].Args[:1] }},
		{"has attribute", func(g *ir.Graph) { g.Values[2].Attr = ir.PoolAttr{} }},
		{"has attribute", func(g *ir.Graph) { g.Values[8].Attr = ir.PoolAttr{} }},
		{"its shape rule says f32[n 6 5 4]", func(g *ir.Graph) { g.Values[2].Shape = ir.Shape{5, 6, 4} }},
		{"its shape rule says", func(g *ir.Graph) { g.Values[2].Batched = false }},
		{"no activation", func(g *ir.Graph) { g.Values[5].Attr = ir.ActAttr{Func: "rely"} }},
		{"output would be 6x0: width floor((5 - 6) / 1) + 1 = 0", func(g *ir.Graph) {
			g.Values[6].Attr = ir.PoolAttr{KH: 1, KW: 6, SH: 1, SW: 1, InH: 6, InW: 5}
		}},
	} {
		g := small()
		c.change(g)
		if err := op.Verify(g); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}

func TestHash(t *testing.T) {
	base := ir.LayerHashes(small())
	var layers []string
	for _, l := range base {
		layers = append(layers, l.Layer)
	}
	if d := cmp.Diff([]string{"input", "conv1", "maxpool1", "dropout1", "flatten1", "dense1"}, layers); d != "" {
		t.Errorf("layers: %s", d)
	}
	if h := ir.NetworkHash(base); len(h) != 32 {
		t.Errorf("hash %q, want 32 digits", h)
	}
	for _, c := range []struct {
		name, want string // layer that differs, "" none
		change     func(g *ir.Graph)
	}{
		{"nothing", "", func(g *ir.Graph) {}},
		{"scalars", "", func(g *ir.Graph) { g.Scalars[0].Value, g.Scalars[1].Value = 1, 0.5 }},
		{"initializer", "", func(g *ir.Graph) { g.Params[0].Init, g.Params[0].L2 = "zeros", -1 }},
		{"positions", "", func(g *ir.Graph) { g.Values[3].Pos.Line = 99 }},
		{"loss", "", func(g *ir.Graph) { g.Loss.Op, g.Loss.Name = "mean_squared_error", "other" }},
		{"activation", "conv1", func(g *ir.Graph) { g.Values[5].Attr = ir.ActAttr{Func: "relu"} }},
		{"padding", "conv1", func(g *ir.Graph) {
			a := g.Values[2].Attr.(ir.ConvAttr)
			a.Pad.Left, a.Pad.Right = 1, 0
			g.Values[2].Attr = a
		}},
		{"name", "maxpool1", func(g *ir.Graph) { g.Values[6].Name, g.Values[6].Layer = "pool", "pool" }},
		{"a relu left out", "conv1", func(g *ir.Graph) { g.Values[6].Args[0] = g.Values[4] }},
		{"shape of weights", "dense1", func(g *ir.Graph) { g.Values[9].Shape = ir.Shape{48, 4} }},
		{"shorter", "dense1", func(g *ir.Graph) { g.Scores = g.Values[8] }},
	} {
		g := small()
		c.change(g)
		h := ir.LayerHashes(g)
		got := ir.FirstDifference(base, h)
		if c.name == "name" {
			// The layer of the first list is named.
			if back := ir.FirstDifference(h, base); back != "pool" {
				t.Errorf("%s: backwards %q differs first, want pool", c.name, back)
			}
		}
		if got != c.want {
			t.Errorf("%s: layer %q differs first, want %q", c.name, got, c.want)
		}
		if same := ir.NetworkHash(base) == ir.NetworkHash(h); same != (c.want == "") {
			t.Errorf("%s: equal network hashes: %v", c.name, same)
		}
	}
	g := small()
	g.Scores = g.Values[8]
	if got := ir.FirstDifference(ir.LayerHashes(g), base); got != "dense1" {
		t.Errorf("longer: layer %q differs first, want dense1", got)
	}
}

func TestShape(t *testing.T) {
	for _, c := range []struct {
		shape ir.Shape
		size  int
		text  string
	}{
		{nil, 1, "scalar"},
		{ir.Shape{7}, 7, "7"},
		{ir.Shape{28, 14, 3}, 1176, "28x14x3"},
		{ir.Shape{1 << 40, 1 << 40, 3}, math.MaxInt, "1099511627776x1099511627776x3"},
	} {
		if c.shape.Size() != c.size || c.shape.String() != c.text {
			t.Errorf("%v: size %d, text %q, want %d, %q", []int(c.shape), c.shape.Size(), c.shape, c.size, c.text)
		}
	}
}
