package plantest

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Grouped appends a same convolution with bias in groups, of stride s.
func (n *Chain) Grouped(filters, kh, kw, s, groups int) *Chain {
	return n.conv(filters, ir.ConvAttr{KH: kh, KW: kw, SH: s, SW: s, DH: 1, DW: 1, Groups: groups}, Same)
}

// Depthwise appends a depthwise convolution with bias and m filters a channel, of
// stride s and dilation d.
func (n *Chain) Depthwise(m, kh, kw, s, d int, same bool) *Chain {
	name := n.layer("depthwise")
	if m > 1 {
		n.V = n.b.Op("repeat_channels", name+".repeat", ir.RepeatAttr{Times: m}, n.V)
	}
	a := n.padded(ir.ConvAttr{KH: kh, KW: kw, SH: s, SW: s, DH: d, DW: d, Groups: n.V.Shape[2], Multiplier: m}, same)
	return n.biased(name, "conv2d", a, n.V.Shape[2])
}

// Deconv appends a transposed convolution with bias, of stride s, dilation d and
// output padding extra, which is negative when not given.
func (n *Chain) Deconv(filters, kh, kw, s, d, extra int, same bool) *Chain {
	name := n.layer("deconv")
	return n.biased(name, "deconv2d", n.transposed(kh, kw, s, d, extra, same), filters)
}

// BareDeconv is Deconv without bias, dilation and output padding.
func (n *Chain) BareDeconv(filters, kh, kw, s int, same bool) *Chain {
	name, a := n.layer("deconv"), n.transposed(kh, kw, s, 1, -1, same)
	w := n.b.Param(name+".kernel", "he_normal", ir.Shape{kh, kw, filters, n.V.Shape[2]})
	n.V = n.b.Op("deconv2d", name, a, n.V, w.Value)
	return n
}

// transposed is the attribute of a transposed convolution of the last value.
func (n *Chain) transposed(kh, kw, s, d, extra int, same bool) ir.ConvAttr {
	a := ir.ConvAttr{KH: kh, KW: kw, SH: s, SW: s, DH: d, DW: d}
	a.InH, a.Pad.Top, a.Pad.Bottom = op.DeconvAxis(n.V.Shape[0], kh, s, d, extra, same)
	a.InW, a.Pad.Left, a.Pad.Right = op.DeconvAxis(n.V.Shape[1], kw, s, d, extra, same)
	return a
}

// Causal appends a convolution with bias along the columns, of kernel k and
// dilation d, of which no output sees a later column.
func (n *Chain) Causal(filters, k, d int) *Chain {
	return n.conv(filters, ir.ConvAttr{KH: 1, KW: k, SH: 1, SW: 1, DH: 1, DW: d, Pad: ir.Pad{Left: d * (k - 1)}}, Valid)
}

// Cropped brings v to the rows and columns of like by means over a window that is
// as much larger than a pixel.
func (n *Chain) Cropped(v, like *ir.Value) *ir.Value {
	h, w := v.Shape[0]-like.Shape[0], v.Shape[1]-like.Shape[1]
	if h == 0 && w == 0 {
		return v
	}
	a := ir.PoolAttr{KH: h + 1, KW: w + 1, SH: 1, SW: 1, InH: v.Shape[0], InW: v.Shape[1]}
	return n.b.Op("avgpool2d", n.layer("avgpool"), a, v)
}

// biased appends a product of the last value with a kernel, and a bias.
func (n *Chain) biased(name, kind string, a ir.ConvAttr, filters int) *Chain {
	kernel := op.ConvKernel(a, n.V.Shape[2], filters)
	if kind == "deconv2d" {
		kernel = op.ConvKernel(a, filters, n.V.Shape[2])
	}
	w := n.b.Param(name+".kernel", "he_normal", kernel)
	n.V = n.b.Op(kind, name+"."+kind, a, n.V, w.Value)
	b := n.b.Param(name+".bias", "zeros", ir.Shape{n.V.Shape[2]})
	n.V = n.b.Op("bias", name, nil, n.V, b.Value)
	return n
}
