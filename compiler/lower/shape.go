package lower

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
)

// frame lowers zeropad and crop (spec: layers, padding, cropping, resizing).
func (l *lowerer) frame(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	border := layer.Args["border"]
	if x == nil || !l.isImage(i, x) || border.Kind != elab.Dims {
		return nil
	}
	d := border.Dims
	p := ir.Pad{Top: d[0], Left: d[1], Bottom: d[2], Right: d[3]}
	if layer.Kind == "crop" {
		if err := op.CropFits(x.Shape[0], x.Shape[1], p); err != nil {
			l.errorf(i, EmptyOutput, "crop on %s: %v; %s", x.Shape, err, l.follows(i))
			return nil
		}
	}
	return l.b.Op(layer.Kind, layer.Name, ir.FrameAttr{Pad: p}, x)
}

// upsample lowers to repetition or interpolation (spec: layers, UpSampling2D).
func (l *lowerer) upsample(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	if x == nil || !l.isImage(i, x) {
		return nil
	}
	size := layer.Args["size"].Dims
	if len(size) != 2 {
		return nil
	}
	large := ir.Shape{x.Shape[0] * size[0], x.Shape[1] * size[1], x.Shape[2]}
	if large.Size() > MaxActivations {
		l.errorf(i, diag.TooLarge, "upsample %s on %s would have %s values for each example; a network may have %d",
			layer.Args["size"], x.Shape, product(large), MaxActivations)
		return nil
	}
	a := ir.UpsampleAttr{SH: size[0], SW: size[1], Bilinear: layer.Args["interpolation"].Str == "bilinear"}
	return l.b.Op("upsample", layer.Name, a, x)
}

// reshape lowers to another shape of as many values, of which one side may be
// what is left (spec: layers, Reshape).
func (l *lowerer) reshape(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	var s ir.Shape
	for _, v := range layer.Args["sizes"].List {
		s = append(s, v.Int())
	}
	open, rest := -1, 1
	for k, n := range s {
		switch {
		case n == 0 || n == -1 && open >= 0:
			l.errorf(i, diag.OutOfRange, "reshape: sizes are at least 1, but for one that may be -1, got %s", layer.Args["sizes"])
			return nil
		case n == -1:
			open = k
		default:
			rest = ir.Shape{rest, n}.Size()
		}
	}
	switch len(s) {
	case 1, 3:
	case 2: // a sequence is an image of one row
		s, open = append(ir.Shape{1}, s...), open+min(open+1, 1)
	default:
		l.errorf(i, diag.WrongForm, "reshape makes a vector of one size, a sequence of two or an image of three, got %d", len(s)).
			WithHelp("rows, columns and channels: reshape 7 7 -1")
		return nil
	}
	if x == nil {
		if open < 0 {
			return l.guess(s...)
		}
		return nil
	}
	size := x.Shape.Size()
	if open >= 0 {
		if size%rest != 0 {
			l.errorf(i, SizesDiffer, "reshape %s on %s: %s values are no multiple of %d; %s", layer.Args["sizes"], l.shape(i, x), product(l.shape(i, x)), rest, l.follows(i))
			return nil
		}
		s[open] = size / rest
	}
	if s.Size() != size {
		l.errorf(i, SizesDiffer, "reshape %s on %s: %s values, but there are %s; %s", layer.Args["sizes"], l.shape(i, x), product(s), product(l.shape(i, x)), l.follows(i))
		return l.guess(s...)
	}
	if len(s) == 1 {
		return l.b.Op("flatten", layer.Name, nil, x)
	}
	return l.b.Shaped("reshape", layer.Name, ir.Type{Shape: s, Batched: true}, nil, x)
}

// permute lowers to another order of the axes (spec: layers, Permute).
func (l *lowerer) permute(i int, x *ir.Value) *ir.Value {
	if x == nil || !l.isImage(i, x) {
		return nil
	}
	var axes []int
	for _, v := range l.p.Layers[i].Args["axes"].List {
		axes = append(axes, v.Int()-1)
	}
	sorted := slices.Sorted(slices.Values(axes))
	if !slices.Equal(sorted, []int{0, 1, 2}) {
		l.errorf(i, diag.WrongForm, "permute names each of the axes 1 (rows), 2 (columns) and 3 (channels) once, got %s", l.p.Layers[i].Args["axes"])
		return nil
	}
	return l.b.Op("permute", l.b.Layer, ir.PermuteAttr{Axes: [3]int(axes)}, x)
}
