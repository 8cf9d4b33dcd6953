package lower

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

// activation lowers an activation that is a layer of its own.
func (l *lowerer) activation(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	return l.activate(i, x, l.p.Layers[i].Kind, l.p.Layers[i].Args)
}

func (l *lowerer) softmax(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	return l.activate(i, x, "softmax", nil)
}

// activate appends the activation of layer i, with the arguments it was given,
// as the layer's result.
func (l *lowerer) activate(i int, x *ir.Value, name string, args map[string]elab.Value) *ir.Value {
	if name == "softmax" {
		return l.applySoftmax(i, x)
	}
	f := op.LookupActivation(name)
	if f == nil || args["approximate"].Bool {
		if f != nil {
			name += " in its approximate form"
		}
		l.errorf(i, diag.Unsupported, "%s is not compiled by this version", name)
		return x
	}
	a := ir.ActAttr{Func: name}
	if f.HasAlpha {
		a.Alpha = f.Alpha
		if v, ok := args["alpha"]; ok {
			a.Alpha = v.Num
		}
	}
	return l.b.Op("act", l.b.Layer, a, x)
}

// applySoftmax appends a softmax, unless it stands inside the network, which
// softmaxPlace has reported.
func (l *lowerer) applySoftmax(i int, x *ir.Value) *ir.Value {
	switch {
	case i != len(l.p.Layers)-1:
		return x
	case len(x.Shape) != 1:
		l.errorf(i, NeedsVector, "softmax needs a vector, got %s", x.Shape).
			WithHelp("put flatten (or globalavgpool) before it")
		return nil
	}
	return l.b.Op("softmax", l.b.Layer, nil, x)
}

// softmaxPlace checks that a softmax is the end of the network: behind it the
// probabilities would only be squeezed together.
func (l *lowerer) softmaxPlace(i int) {
	if i == len(l.p.Layers)-1 || lastActivation(&l.p.Layers[i]) != "softmax" {
		return
	}
	d := l.errorf(i, SoftmaxInside, "softmax makes the probabilities of the classes and belongs at the end of the network")
	for _, later := range l.p.Layers[i+1:] {
		if slices.Contains(later.Inputs, i) {
			d.WithNote(later.Pos.Start, "but %s reads it", later.Name)
		}
	}
}

// lastActivation is the activation that a layer ends in: its own word where the
// layer is an activation, otherwise that of its option, "" for none.
func lastActivation(layer *elab.Layer) string {
	if e := lang.Find(lang.Layers, layer.Kind); e != nil && e.Activation {
		return layer.Kind
	}
	return layer.Args["activation"].Str
}

// dropout lowers to an operation that passes take out for inference.
func (l *lowerer) dropout(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	l.streams++
	a := ir.DropoutAttr{
		Rate:     l.b.Scalar(l.b.Layer+".rate", l.p.Layers[i].Args["rate"].Num),
		Stream:   l.streams,
		Channels: l.layouts.Of(x).Last(),
	}
	return l.b.Op("dropout", l.b.Layer, a, x)
}
