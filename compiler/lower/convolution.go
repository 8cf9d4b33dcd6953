package lower

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
)

// grouped lowers a convolution of groups of channels, of which there may be one
// (spec: layers, Conv2D). As many groups as channels make it depthwise.
func (l *lowerer) grouped(i int, a ir.ConvAttr, x *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	in, out, groups := x.Shape[2], args["filters"].Int(), args["groups"].Int()
	if in%groups != 0 || out%groups != 0 {
		what := fmt.Sprintf("%s, and %d channels do not split into %d equal groups", l.named(l.p.Layers[i].Inputs[0], x), in, groups)
		if in%groups == 0 {
			what = fmt.Sprintf("%s do not split into %d equal groups", plural(out, "filter"), groups)
		}
		l.errorf(i, GroupsDiffer, "%s", what).
			WithHelp("groups has to divide the channels, %d, and the filters, %d", in, out)
		return nil
	}
	if groups > 1 {
		a.Groups = groups
	}
	kernel := op.ConvKernel(a, in, out)
	if !l.countParams(i, "kernel", kernel) {
		return nil
	}
	if groups > 1 && groups == in && out > in {
		// One channel a group, several filters: depthwise on repeated channels. The
		// kernel keeps its shape, rows x columns x 1 x filters.
		x, a.Groups = l.repeat(x, out/in), out
	}
	return l.weighted(i, "conv2d", a, x, kernel)
}

// repeat makes times channels of each one.
func (l *lowerer) repeat(x *ir.Value, times int) *ir.Value {
	if times == 1 {
		return x
	}
	return l.b.Op("repeat_channels", l.b.Layer+".repeat", ir.RepeatAttr{Times: times}, x)
}

// depthwiseAttr is the convolution of a layer with a filter for each channel, and
// x with its channels repeated; nil when it is not known or does not fit.
func (l *lowerer) depthwiseAttr(i int, x *ir.Value) (a ir.ConvAttr, repeated *ir.Value) {
	args := l.p.Layers[i].Args
	k, s, d, m := args["kernel"].Dims, args["stride"].Dims, args["dilation"].Dims, args["multiplier"].Int()
	a = ir.ConvAttr{KH: k[0], KW: k[1], SH: s[0], SW: s[1], DH: d[0], DW: d[1], Multiplier: m}
	if !l.stepsFit(i, a) || x == nil || !l.isImage(i, x) {
		return a, nil
	}
	a = padded(a, x, args["pad"])
	a.Groups = x.Shape[2] * m
	h, w, err := op.ConvOut(a)
	if err != nil {
		l.doesNotFit(i, x, err)
		return a, nil
	}
	if !l.countParams(i, "kernel", op.ConvKernel(a, a.Groups, a.Groups)) || !l.countValues(i, ir.Shape{max(h, a.InH), max(w, a.InW), a.Groups}) {
		return a, nil
	}
	return a, l.repeat(x, m)
}

// depthwise lowers a convolution of each channel with filters of its own (spec:
// layers, DepthwiseConv2D).
func (l *lowerer) depthwise(i int, x *ir.Value) *ir.Value {
	a, x := l.depthwiseAttr(i, x)
	if x == nil {
		return nil
	}
	return l.weighted(i, "conv2d", a, x, op.ConvKernel(a, a.Groups, a.Groups))
}

// separable lowers to a depthwise and a 1x1 convolution (spec: layers,
// SeparableConv2D).
func (l *lowerer) separable(i int, x *ir.Value) *ir.Value {
	a, x := l.depthwiseAttr(i, x)
	if x == nil {
		return nil
	}
	kernel := ir.Shape{1, 1, a.Groups, l.p.Layers[i].Args["filters"].Int()}
	if !l.countParams(i, "pointwise kernel", kernel) {
		return nil
	}
	w := l.kernel(i, "depthwise_kernel", "depthwise_", op.ConvKernel(a, a.Groups, a.Groups))
	y := l.b.Op("conv2d", l.b.Layer+".depthwise", a, x, w.Value)
	if l.b.Err() != nil {
		return nil
	}
	point := ir.ConvAttr{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, InH: y.Shape[0], InW: y.Shape[1]}
	return l.weighted(i, "conv2d", point, y, kernel)
}

// deconv lowers a transposed convolution (spec: layers, Conv2DTranspose): its
// attribute is the convolution that it is the backward-data of.
func (l *lowerer) deconv(i int, x *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	k, s, d := args["kernel"].Dims, args["stride"].Dims, args["dilation"].Dims
	a := ir.ConvAttr{KH: k[0], KW: k[1], SH: s[0], SW: s[1], DH: d[0], DW: d[1], Exact: l.exact}
	if !l.stepsFit(i, a) {
		return nil
	}
	extra := [2]int{-1, -1} // not given
	if v, ok := args["output_padding"]; ok {
		extra = [2]int{v.Dims[0], v.Dims[1]}
		if extra[0] >= s[0] || extra[1] >= s[1] {
			l.errorf(i, diag.Conflict, "an output_padding of %s with a stride of %s", v, args["stride"]).
				WithHelp("it has to be below the stride: what a stride can leave open")
			return nil
		}
	}
	if x == nil || !l.isImage(i, x) {
		return nil
	}
	same := args["pad"].Str == "same"
	a.InH, a.Pad.Top, a.Pad.Bottom = op.DeconvAxis(x.Shape[0], k[0], s[0], d[0], extra[0], same)
	a.InW, a.Pad.Left, a.Pad.Right = op.DeconvAxis(x.Shape[1], k[1], s[1], d[1], extra[1], same)
	if a.InH < 1 || a.InW < 1 {
		l.errorf(i, EmptyOutput, "deconv %s on %s: output would be %dx%d: same with an even kernel gives (input - 1)*stride + output_padding; %s",
			args["kernel"], l.shape(i, x), max(0, a.InH), max(0, a.InW), l.follows(i)).
			WithHelp("leave output_padding out: then same gives input*stride")
		return nil
	}
	filters := args["filters"].Int()
	kernel := ir.Shape{a.KH, a.KW, filters, x.Shape[2]}
	if !l.countParams(i, "kernel", kernel) || !l.countValues(i, ir.Shape{a.InH, a.InW, filters}) {
		return nil
	}
	return l.weighted(i, "deconv2d", a, x, kernel)
}
