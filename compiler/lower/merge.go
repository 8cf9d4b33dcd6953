package lower

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
)

// Help for values that do not fit together.
const (
	oneIsFlat = "one is an image and the other a vector: flatten both, or put flatten behind"
	keepSize  = "pad=same and the same stride on both ways keep rows and columns equal"
)

// merge lowers functions of two or more values, element by element. Axes of size 1
// stretch; a vector beside an image is one of 1 x 1 pixels (spec: layers, merging
// layers).
func (l *lowerer) merge(i int, _ *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	values, ok := l.operands(i)
	if !ok {
		return known(values)
	}
	if layer.Kind == "subtract" && len(values) != 2 {
		l.errorf(i, diag.ExtraArgument, "subtract takes one value from another, got %d", len(values)).
			WithHelp("the first is the current value, unless that is named; from NAME goes elsewhere before it")
		return values[0]
	}
	result := values[0]
	for j, v := range values[1:] {
		a, b := result, v
		stretched, ok := op.Stretched(ranked(a.Shape, b.Shape), ranked(b.Shape, a.Shape))
		if !ok {
			l.cannotMerge(i, j+1, result, v)
			return result
		}
		if !a.Shape.Equal(b.Shape) {
			a, b = l.asRank(a, stretched), l.asRank(b, stretched)
		}
		name := layer.Name
		if j < len(values)-2 || layer.Kind == "average" {
			name = fmt.Sprintf("%s.sum%d", layer.Name, j+1)
			if layer.Kind != "add" && layer.Kind != "average" {
				name = fmt.Sprintf("%s.part%d", layer.Name, j+1)
			}
		}
		f := layer.Kind
		if f == "average" {
			f = "add"
		}
		if f == "add" && a.Shape.Equal(b.Shape) {
			result = l.b.Op("add", name, nil, a, b)
		} else {
			result = l.b.Op("binary", name, ir.BinaryAttr{Func: f}, a, b)
		}
	}
	if layer.Kind == "average" {
		share := ir.AffineAttr{Scale: []float64{1 / float64(len(values))}, Offset: []float64{0}}
		result = l.b.Op("affine", layer.Name, share, result)
	}
	return result
}

// ranked is the shape s beside t: a vector counts as an image of one pixel where
// the other is an image.
func ranked(s, t ir.Shape) ir.Shape {
	for len(s) < len(t) {
		s = append(ir.Shape{1}, s...)
	}
	return s
}

// asRank gives a vector the rank of the shape.
func (l *lowerer) asRank(v *ir.Value, s ir.Shape) *ir.Value {
	if len(v.Shape) == len(s) {
		return v
	}
	return l.b.Shaped("reshape", l.b.Layer+".image", ir.Type{Shape: ranked(v.Shape, s), Batched: true}, nil, v)
}

// cannotMerge reports that input j of layer i does not fit what the inputs before
// it make.
func (l *lowerer) cannotMerge(i, j int, first, v *ir.Value) {
	layer := &l.p.Layers[i]
	d := l.errorf(i, ShapesDiffer, "%s needs values of the same shape, or with axes of size 1 that stretch: %s and %s",
		layer.Kind, l.named(layer.Inputs[0], first), l.named(layer.Inputs[j], v))
	a, b := v.Shape, first.Shape
	switch images := len(a) == 3 && len(b) == 3; {
	case len(a) != len(b):
		d.WithHelp(oneIsFlat)
	case images && a[0] == b[0] && a[1] == b[1]:
		d.WithHelp("a 1x1 convolution gives one of them as many channels as the other has")
	case images && a[2] == b[2]:
		d.WithHelp(keepSize)
	}
}

// concat lowers values side by side along the channels.
func (l *lowerer) concat(i int, _ *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	values, ok := l.operands(i)
	if !ok {
		return nil // unknown channels
	}
	first := values[0].Shape
	for j, v := range values[1:] {
		if s := v.Shape; len(s) != len(first) || !s[:len(s)-1].Equal(first[:len(first)-1]) {
			help := keepSize
			if len(s) != len(first) {
				help = oneIsFlat
			}
			l.errorf(i, ShapesDiffer, "concat needs values that differ in their channels only: %s and %s",
				l.named(layer.Inputs[0], values[0]), l.named(layer.Inputs[j+1], v)).WithHelp("%s", help)
			return nil
		}
	}
	return l.b.Op("concat", layer.Name, nil, values...)
}

// operands returns the results of the inputs of layer i, and whether all are
// known.
func (l *lowerer) operands(i int) ([]*ir.Value, bool) {
	var values []*ir.Value
	ok := true
	for _, in := range l.p.Layers[i].Inputs {
		values = append(values, l.results[in])
		ok = ok && l.results[in] != nil
	}
	return values, ok
}

// known returns the first known value, nil when there is none.
func known(values []*ir.Value) *ir.Value {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

// named describes the result of a layer: "conv1 (line 14) is 8x8x4".
func (l *lowerer) named(layer int, v *ir.Value) string {
	s := v.Shape
	if l.sequences[layer] && len(s) == 3 { // as its user wrote it
		s = s[1:]
	}
	return fmt.Sprintf("%s (line %d) is %s", l.p.Layers[layer].Name, l.p.Layers[layer].Pos.Start.Line, s)
}
