package lower

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// pool lowers maxpool and avgpool (spec: layers, pooling). Without a stride it
// is the size of the window.
func (l *lowerer) pool(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	if x == nil || !l.isImage(i, x) {
		return nil
	}
	k := layer.Args["size"].Dims
	s := k
	if stride, ok := layer.Args["stride"]; ok {
		s = stride.Dims
	}
	a := ir.PoolAttr{KH: k[0], KW: k[1], SH: s[0], SW: s[1], InH: x.Shape[0], InW: x.Shape[1]}
	if layer.Args["pad"].Str == "same" {
		a.Pad.Top, a.Pad.Bottom = op.SamePad(a.InH, a.KH, a.SH, 1)
		a.Pad.Left, a.Pad.Right = op.SamePad(a.InW, a.KW, a.SW, 1)
	}
	if _, _, err := op.PoolOut(a); err != nil {
		l.doesNotFit(i, x, err)
		return nil
	}
	return l.b.Op(layer.Kind+"2d", layer.Name, a, x)
}

// globalPool lowers globalavgpool and globalmaxpool, to a vector or an image of
// one pixel.
func (l *lowerer) globalPool(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	if x == nil || !l.hasPixels(i, x) {
		return nil
	}
	if !layer.Args["keepdims"].Bool {
		return l.b.Op(layer.Kind, layer.Name, nil, x)
	}
	y := l.b.Op(layer.Kind, layer.Name+".vector", nil, x)
	return l.b.Shaped("reshape", layer.Name, ir.Type{Shape: ir.Shape{1, 1, x.Shape[2]}, Batched: true}, nil, y)
}

func (l *lowerer) flatten(_ int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	return l.b.Op("flatten", l.b.Layer, nil, x)
}
