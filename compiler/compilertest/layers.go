package compilertest

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// conv appends a convolution of random geometry, or, when it must keep the
// height and width, a same one of stride 1; now and then in groups.
func (n *network) conv(x *ir.Value, filters int, free bool) *ir.Value {
	n.layer("conv")
	h, w, c := x.Shape[0], x.Shape[1], x.Shape[2]
	a := ir.ConvAttr{KH: n.between(1, min(4, h)), KW: n.between(1, min(4, w)), SH: 1, SW: 1, DH: 1, DW: 1, InH: h, InW: w}
	same := !free || n.chance(0.5)
	switch {
	case free && n.chance(0.3):
		a.SH, a.SW = n.between(1, 3), n.between(1, 3)
	case n.chance(0.25) && (same || (a.KH-1)*2 < h && (a.KW-1)*2 < w):
		a.DH, a.DW = 2, 2
	}
	if same {
		a.Pad.Top, a.Pad.Bottom = op.SamePad(h, a.KH, a.SH, a.DH)
		a.Pad.Left, a.Pad.Right = op.SamePad(w, a.KW, a.SW, a.DW)
	} else if n.chance(0.4) {
		a.Pad = ir.Pad{Top: n.between(0, a.KH-1), Left: n.between(0, a.KW-1), Bottom: n.between(0, a.KH-1), Right: n.between(0, a.KW-1)}
	}
	for g := 2; g <= min(c, filters); g++ {
		if c%g == 0 && filters%g == 0 && n.chance(0.3) {
			a.Groups = g
			break
		}
	}
	return n.weighted("conv2d", a, x, op.ConvKernel(a, c, filters), true)
}

// depthwise appends a depthwise convolution with one to three filters a channel.
func (n *network) depthwise(x *ir.Value) *ir.Value {
	n.layer("depthwise")
	m := 1
	if n.chance(0.4) {
		m = n.between(2, 3)
		x = n.b.Op("repeat_channels", n.b.Layer+".repeat", ir.RepeatAttr{Times: m}, x)
	}
	h, w, c := x.Shape[0], x.Shape[1], x.Shape[2]
	a := ir.ConvAttr{KH: n.between(1, 4), KW: n.between(1, 4), SH: 1, SW: 1, DH: 1, DW: 1, InH: h, InW: w, Groups: c, Multiplier: m}
	if n.chance(0.4) {
		a.SH, a.SW = n.between(1, 3), n.between(1, 3)
	} else if n.chance(0.3) {
		a.DH, a.DW = n.between(1, 2), 2
	}
	a.Pad.Top, a.Pad.Bottom = op.SamePad(h, a.KH, a.SH, a.DH)
	a.Pad.Left, a.Pad.Right = op.SamePad(w, a.KW, a.SW, a.DW)
	return n.weighted("conv2d", a, x, op.ConvKernel(a, c, c), true)
}

// deconv appends a transposed convolution.
func (n *network) deconv(x *ir.Value) *ir.Value {
	n.layer("deconv")
	a := ir.ConvAttr{KH: n.between(1, 4), KW: n.between(1, 4), SH: n.between(1, 3), SW: n.between(1, 2), DH: 1, DW: 1}
	if a.SH == 1 && a.SW == 1 && n.chance(0.3) {
		a.DH, a.DW = 2, n.between(1, 2)
	}
	same, extra := n.chance(0.5), [2]int{-1, -1}
	if n.chance(0.3) {
		extra = [2]int{n.between(0, a.SH-1), n.between(0, a.SW-1)}
	}
	a.InH, a.Pad.Top, a.Pad.Bottom = op.DeconvAxis(x.Shape[0], a.KH, a.SH, a.DH, extra[0], same)
	a.InW, a.Pad.Left, a.Pad.Right = op.DeconvAxis(x.Shape[1], a.KW, a.SW, a.DW, extra[1], same)
	if a.InH < 1 || a.InW < 1 {
		return x
	}
	filters := n.between(1, n.o.MaxChannels)
	return n.weighted("deconv2d", a, x, ir.Shape{a.KH, a.KW, filters, x.Shape[2]}, true)
}

// weighted appends a conv2d, deconv2d or dense with kernel, perhaps bias, and perhaps an
// activation.
func (n *network) weighted(kind string, attr any, x *ir.Value, kernel ir.Shape, activated bool) *ir.Value {
	b, layer := n.b, n.b.Layer
	frozen := n.chance(0.1)
	w := b.Param(layer+".kernel", "glorot_uniform", kernel)
	w.Frozen = frozen
	if n.chance(0.2) {
		w.L1 = b.Scalar(layer+".l1", 1e-3)
	}
	if n.chance(0.2) {
		w.L2 = b.Scalar(layer+".l2", 2e-3)
	}
	bias, act := n.chance(0.8), activated && n.chance(0.7)
	name := layer
	if bias || act {
		name = layer + "." + kind
	}
	y := b.Op(kind, name, attr, x, w.Value)
	if bias {
		p := b.Param(layer+".bias", "zeros", ir.Shape{y.Shape.Last()})
		p.Frozen = frozen
		if name = layer; act {
			name = layer + ".preact"
		}
		y = b.Op("bias", name, nil, y, p.Value)
	}
	if act {
		a := ir.ActAttr{Func: "relu"}
		if n.chance(0.5) {
			a = n.activation()
		}
		y = b.Op("act", layer, a, y)
	}
	return y
}

func (n *network) activation() ir.ActAttr {
	all := op.Activations()
	f := all[n.r.IntN(len(all))]
	if f.Name == "exponential" {
		f = *op.LookupActivation("relu") // a few in a row would reach infinity
	}
	if n.r.IntN(2) == 0 {
		return f.Attr()
	}
	return f.Attr(f.Sample...)
}

func (n *network) pool(kind string, x *ir.Value) *ir.Value {
	n.layer(kind)
	h, w := x.Shape[0], x.Shape[1]
	a := ir.PoolAttr{KH: n.between(1, min(3, h)), KW: n.between(1, min(3, w)), InH: h, InW: w}
	a.SH, a.SW = a.KH, a.KW
	if n.chance(0.4) {
		a.SH, a.SW = n.between(1, 3), n.between(1, 3)
	}
	if n.chance(0.4) {
		a.Pad.Top, a.Pad.Bottom = op.SamePad(h, a.KH, a.SH, 1)
		a.Pad.Left, a.Pad.Right = op.SamePad(w, a.KW, a.SW, 1)
	}
	return n.b.Op(kind+"2d", n.b.Layer, a, x)
}

// activity penalizes x now and then.
func (n *network) activity(x *ir.Value) *ir.Value {
	if !n.chance(0.15) {
		return x
	}
	a := ir.ActivityAttr{L1: -1, L2: n.b.Scalar(x.Name+".activity_l2", 0.02)}
	if n.chance(0.5) {
		a.L1 = n.b.Scalar(x.Name+".activity_l1", 0.01)
	}
	return n.b.Op("activity", x.Name+".activity", a, x)
}

func (n *network) dropout(x *ir.Value) *ir.Value {
	n.layer("dropout")
	n.drops++
	rate := n.b.Scalar(n.b.Layer+".rate", float64(n.between(1, 6))/10)
	a := ir.DropoutAttr{Rate: rate, Stream: n.drops, Channels: op.Layouts{}.Of(x).Last()}
	return n.b.Op("dropout", n.b.Layer, a, x)
}

// norm appends a normalization, perhaps with relu.
func (n *network) norm(x *ir.Value) *ir.Value {
	kind := []string{"batchnorm", "batchnorm", "layernorm", "groupnorm"}[n.between(0, 3)]
	n.layer(kind)
	b, layer, c := n.b, n.b.Layer, x.Shape.Last()
	a := ir.NormAttr{Epsilon: 0.01, Scale: n.chance(0.7), Center: n.chance(0.7)}
	if kind == "groupnorm" {
		for a.Groups = n.between(1, c); c%a.Groups != 0; a.Groups-- {
		}
	}
	frozen := n.chance(0.15)
	args := []*ir.Value{x}
	param := func(name string, frozen bool) *ir.Value {
		p := b.Param(layer+"."+name, "ones", ir.Shape{c})
		p.Frozen = frozen
		return p.Value
	}
	var params []*ir.Value
	if a.Scale {
		params = append(params, param("gamma", frozen))
	}
	if a.Center {
		params = append(params, param("beta", frozen))
	}
	if kind == "batchnorm" {
		mean, variance := param("moving_mean", true), param("moving_variance", true)
		if frozen {
			args = append(args, b.Op("moving_stats", layer+".stats", nil, mean, variance))
		} else {
			args = append(args, b.Op("batch_stats", layer+".stats", ir.MomentAttr{Momentum: 0.9}, x, mean, variance))
		}
	}
	name, act := layer, n.chance(0.5)
	if act {
		name = layer + ".preact"
	}
	y := b.Op(kind, name, a, append(args, params...)...)
	if act {
		y = b.Op("act", layer, ir.ActAttr{Func: "relu"}, y)
	}
	return y
}

// residual adds x, or a 1x1 projection of it, to one or two convolutions of it.
func (n *network) residual(x *ir.Value) *ir.Value {
	filters, skip := x.Shape[2], x
	if n.chance(0.4) {
		filters = n.between(1, n.o.MaxChannels)
		skip = n.conv(x, filters, false)
	}
	y := n.conv(x, filters, false)
	if n.chance(0.5) {
		y = n.conv(y, filters, false)
	}
	if !n.o.Plain && n.chance(0.3) {
		y = n.norm(y)
	}
	n.layer("add")
	if n.chance(0.5) {
		y, skip = skip, y
	}
	if n.chance(0.5) {
		return n.b.Op("add", n.b.Layer, nil, y, skip)
	}
	y = n.b.Op("add", n.b.Layer+".sum", nil, y, skip)
	return n.b.Op("act", n.b.Layer, ir.ActAttr{Func: "relu"}, y)
}

// concat joins two or three branches of x.
func (n *network) concat(x *ir.Value) *ir.Value {
	branches := make([]*ir.Value, n.between(2, 3))
	for i := range branches {
		if branches[i] = x; i > 0 || n.chance(0.7) {
			branches[i] = n.conv(x, n.between(1, n.o.MaxChannels), false)
		}
	}
	n.layer("concat")
	return n.b.Op("concat", n.b.Layer, nil, branches...)
}

// flatten makes a vector of an image, now and then with what works on vectors
// behind it, whose elements still lie as the image's.
func (n *network) flatten(x *ir.Value) *ir.Value {
	one := func(x *ir.Value) *ir.Value {
		n.layer("flatten")
		return n.b.Op("flatten", n.b.Layer, nil, x)
	}
	y := one(x)
	switch n.between(0, 9) {
	case 0:
		z := one(n.conv(x, x.Shape[2], false))
		n.layer("add")
		y = n.b.Op("add", n.b.Layer, nil, y, z)
	case 1:
		z := one(n.conv(x, n.between(1, n.o.MaxChannels), false))
		n.layer("concat")
		y = n.b.Op("concat", n.b.Layer, nil, z, y)
	}
	if n.chance(0.2) {
		n.layer("act")
		y = n.b.Op("act", n.b.Layer, n.activation(), y)
	}
	return y
}
