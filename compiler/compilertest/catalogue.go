package compilertest

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// catalogue appends a layer that moves, joins or disturbs values.
func (n *network) catalogue(x *ir.Value) *ir.Value {
	h, w, c := x.Shape[0], x.Shape[1], x.Shape[2]
	pad := func(most int) ir.FrameAttr {
		side := func(size int) int { return n.between(0, min(most, (size-1)/2)) }
		return ir.FrameAttr{Pad: ir.Pad{Top: side(h), Left: side(w), Bottom: side(h), Right: side(w)}}
	}
	kind := []string{"zeropad", "crop", "upsample", "reshape", "permute", "prelu", "affine", "binary", "stretch", "squeeze",
		"spatial_dropout", "gaussian_noise", "gaussian_dropout", "alpha_dropout"}[n.between(0, 13)]
	switch kind {
	case "binary":
		return n.binary(x, n.conv(x, c, false))
	case "stretch":
		return n.stretch(x)
	case "squeeze":
		return n.squeeze(x)
	}
	n.layer(kind)
	b := n.b
	switch kind {
	case "zeropad":
		return b.Op(kind, b.Layer, pad(3), x)
	case "crop":
		return b.Op(kind, b.Layer, pad(2), x)
	case "upsample":
		a := ir.UpsampleAttr{SH: n.between(1, 3), SW: n.between(1, 3), Bilinear: n.chance(0.5)}
		if h*a.SH > 2*n.o.MaxImage || w*a.SW > 2*n.o.MaxImage {
			a.SH, a.SW = 1, 1
		}
		return b.Op(kind, b.Layer, a, x)
	case "reshape":
		// Rows and columns change places but not their values.
		return b.Shaped(kind, b.Layer, ir.Type{Shape: ir.Shape{w, h, c}, Batched: true}, nil, x)
	case "permute":
		axes := [3]int{1, 0, 2}
		if c <= 2*n.o.MaxImage && max(h, w) <= 2*n.o.MaxChannels && n.chance(0.5) {
			axes = [3]int{2, 0, 1}
		}
		return b.Op(kind, b.Layer, ir.PermuteAttr{Axes: axes}, x)
	case "prelu":
		shape := ir.Shape{h, w, c}
		if n.chance(0.5) {
			shape = ir.Shape{1, 1, c}
		}
		return b.Op(kind, b.Layer, nil, x, b.Param(b.Layer+".alpha", "zeros", shape).Value)
	case "affine":
		a := ir.AffineAttr{Scale: []float64{0.5 + n.r.Float64()}, Offset: []float64{n.r.NormFloat64()}}
		if n.chance(0.5) {
			for range c - 1 {
				a.Scale, a.Offset = append(a.Scale, n.r.NormFloat64()), append(a.Offset, n.r.NormFloat64())
			}
		}
		return b.Op(kind, b.Layer, a, x)
	}
	n.drops++
	a := ir.DropoutAttr{Rate: b.Scalar(b.Layer+".rate", float64(n.between(1, 6))/10), Stream: n.drops, Channels: op.Layouts{}.Of(x).Last()}
	return b.Op(kind, b.Layer, a, x)
}

// binary joins two values by a function, perhaps with a relu behind.
func (n *network) binary(x, y *ir.Value) *ir.Value {
	f := []string{"add", "subtract", "multiply", "maximum", "minimum"}[n.between(0, 4)]
	n.layer(f)
	if n.chance(0.5) {
		x, y = y, x
	}
	attr := ir.BinaryAttr{Func: f}
	if n.chance(0.5) {
		return n.b.Op("binary", n.b.Layer, attr, x, y)
	}
	z := n.b.Op("binary", n.b.Layer+".preact", attr, x, y)
	return n.b.Op("act", n.b.Layer, ir.ActAttr{Func: "relu"}, z)
}

// stretch joins x with a value that is one row, column, channel or several of
// them.
func (n *network) stretch(x *ir.Value) *ir.Value {
	h, w, c := x.Shape[0], x.Shape[1], x.Shape[2]
	a := ir.ConvAttr{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, InH: h, InW: w}
	if n.chance(0.6) {
		a.KH = h
	}
	if n.chance(0.6) {
		a.KW = w
	}
	if n.chance(0.4) {
		c = 1
	}
	n.layer("conv")
	return n.binary(x, n.weighted("conv2d", a, x, ir.Shape{a.KH, a.KW, x.Shape[2], c}, true))
}

// squeeze multiplies x by a factor for each channel, computed from their means or
// maxima.
func (n *network) squeeze(x *ir.Value) *ir.Value {
	c := x.Shape[2]
	kind := "globalavgpool"
	if n.chance(0.5) {
		kind = "globalmaxpool"
	}
	n.layer(kind)
	s := n.b.Op(kind, n.b.Layer, nil, x)
	n.layer("dense")
	s = n.weighted("dense", nil, s, ir.Shape{c, c}, true)
	n.layer("reshape")
	s = n.b.Shaped("reshape", n.b.Layer, ir.Type{Shape: ir.Shape{1, 1, c}, Batched: true}, nil, s)
	return n.binary(x, s)
}
