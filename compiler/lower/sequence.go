package lower

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// A sequence, length x channels, is compiled as an image of one row. The lowerer
// knows which values are sequences, since layers along one axis and layers over
// rows and columns are different words: conv on a sequence, or conv1d on an image,
// is a mistake.

// alongSequence maps layers over rows and columns to those along a sequence.
var alongSequence = map[string]string{"conv": "conv1d", "maxpool": "maxpool1d", "avgpool": "avgpool1d"}

// isSequence reports whether the first input of layer i is a sequence.
func (l *lowerer) isSequence(i int) bool {
	in := l.p.Layers[i].Inputs
	return len(in) > 0 && l.sequences[in[0]]
}

// markSequence notes whether the result v of layer i is a sequence: the input says
// so, and layers keep it until the one row is gone.
func (l *lowerer) markSequence(i int, v *ir.Value) {
	of := l.isSequence(i)
	switch layer := &l.p.Layers[i]; layer.Kind {
	case "input":
		of = len(layer.Args["shape"].Dims) == 2
	case "reshape":
		of = len(layer.Args["sizes"].List) == 2
	}
	l.sequences[i] = of && v != nil && len(v.Shape) == 3 && v.Shape[0] == 1
}

// shape is the shape of x, the first input of layer i, as its user wrote it.
func (l *lowerer) shape(i int, x *ir.Value) ir.Shape {
	if l.isSequence(i) && len(x.Shape) == 3 {
		return x.Shape[1:]
	}
	return x.Shape
}

// isImage reports whether x is an image, and says so when it is not.
func (l *lowerer) isImage(i int, x *ir.Value) bool {
	kind := l.p.Layers[i].Kind
	switch {
	case !l.hasPixels(i, x):
		return false
	case !l.isSequence(i):
		return true
	}
	d := l.errorf(i, NeedsImage, "%s needs an image, got a sequence of %s; %s", kind, l.shape(i, x), l.follows(i))
	if other := alongSequence[kind]; other != "" {
		d.WithHelp("%s is the layer for sequences; an image has three axes: input 1x%s", other, l.shape(i, x))
	} else {
		d.WithHelp("an image has three axes: input 1x%s", l.shape(i, x))
	}
	return false
}

// hasPixels reports whether x is an image or a sequence, and says so when it is
// not.
func (l *lowerer) hasPixels(i int, x *ir.Value) bool {
	if len(x.Shape) == 3 {
		return true
	}
	l.errorf(i, NeedsImage, "%s needs an image, got a vector of %s; %s", l.p.Layers[i].Kind, x.Shape, l.follows(i)).
		WithHelp("put it before flatten")
	return false
}

// needsSequence reports whether x is a sequence, and says so when it is not.
func (l *lowerer) needsSequence(i int, x *ir.Value) bool {
	if l.isSequence(i) && len(x.Shape) == 3 {
		return true
	}
	kind := l.p.Layers[i].Kind
	if len(x.Shape) != 3 {
		l.errorf(i, NeedsSequence, "%s needs a sequence, got a vector of %s; %s", kind, x.Shape, l.follows(i)).
			WithHelp("put it before flatten")
		return false
	}
	l.errorf(i, NeedsSequence, "%s needs a sequence, got an image of %s; %s", kind, x.Shape, l.follows(i)).
		WithHelp("%s is the layer for images; a sequence has two axes, length x channels: input 128x6", kind[:len(kind)-len("1d")])
	return false
}

// conv1d lowers a convolution along a sequence (spec: layers, Conv1D).
func (l *lowerer) conv1d(i int, x *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	a := ir.ConvAttr{KH: 1, SH: 1, DH: 1, KW: args["kernel"].Int(), SW: args["stride"].Int(), DW: args["dilation"].Int()}
	if !l.stepsFit(i, a) || x == nil || !l.needsSequence(i, x) {
		return nil
	}
	a = padded(a, x, args["pad"])
	if args["pad"].Str == "causal" {
		a.Pad.Left = a.DW * (a.KW - 1)
	}
	if n, how := op.OutLength(a.InW, a.KW, a.SW, a.DW, a.Pad.Left+a.Pad.Right); n < 1 {
		l.tooShort(i, x, a.KW, how)
		return nil
	}
	return l.grouped(i, a, x)
}

// pool1d lowers maxpool1d and avgpool1d.
func (l *lowerer) pool1d(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	if x == nil || !l.needsSequence(i, x) {
		return nil
	}
	k := layer.Args["size"].Int()
	a := ir.PoolAttr{KH: 1, SH: 1, KW: k, SW: k, InH: x.Shape[0], InW: x.Shape[1]}
	if stride, ok := layer.Args["stride"]; ok {
		a.SW = stride.Int()
	}
	if layer.Args["pad"].Str == "same" {
		a.Pad.Left, a.Pad.Right = op.SamePad(a.InW, a.KW, a.SW, 1)
	}
	if n, how := op.OutLength(a.InW, a.KW, a.SW, 1, a.Pad.Left+a.Pad.Right); n < 1 {
		l.tooShort(i, x, k, how)
		return nil
	}
	return l.b.Op(layer.Kind[:len("maxpool")]+"2d", layer.Name, a, x)
}

// tooShort reports a window longer than its sequence.
func (l *lowerer) tooShort(i int, x *ir.Value, k int, how string) {
	layer := &l.p.Layers[i]
	l.errorf(i, EmptyOutput, "%s %d on %s: output would have length 0: %s; %s", layer.Kind, k, l.shape(i, x), how, l.follows(i)).
		WithHelp("pad=same fits any length; or take a shorter window here, or less pooling and striding before it")
}
