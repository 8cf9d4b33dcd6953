package lower

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Help for values that do not fit together.
const (
	oneIsFlat = "one is an image and the other a vector: flatten both, or put flatten behind"
	keepSize  = "pad=same and the same stride on both ways keep rows and columns equal"
)

// add lowers the sum of two or more values of one shape (spec: layers, merging
// layers).
func (l *lowerer) add(i int, _ *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	values, ok := l.operands(i)
	if !ok {
		return known(values)
	}
	sum := values[0]
	for j, v := range values[1:] {
		if !v.Shape.Equal(sum.Shape) {
			d := l.errorf(i, ShapesDiffer, "add needs values of the same shape: %s and %s",
				l.named(layer.Inputs[0], values[0]), l.named(layer.Inputs[j+1], v))
			switch images := len(v.Shape) == 3 && len(sum.Shape) == 3; {
			case len(v.Shape) != len(sum.Shape):
				d.WithHelp(oneIsFlat)
			case images && v.Shape[0] == sum.Shape[0] && v.Shape[1] == sum.Shape[1]:
				d.WithHelp("a 1x1 convolution gives one of them as many channels as the other has")
			case images && v.Shape[2] == sum.Shape[2]:
				d.WithHelp(keepSize)
			}
			return sum
		}
		name := layer.Name
		if j < len(values)-2 {
			name = fmt.Sprintf("%s.sum%d", layer.Name, j+1)
		}
		sum = l.b.Op("add", name, nil, sum, v)
	}
	return sum
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
	return fmt.Sprintf("%s (line %d) is %s", l.p.Layers[layer].Name, l.p.Layers[layer].Pos.Start.Line, v.Shape)
}
