package lower

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
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

// applySoftmax appends a softmax, which must be the end of the network: behind
// it the probabilities would only be squeezed together.
func (l *lowerer) applySoftmax(i int, x *ir.Value) *ir.Value {
	last := len(l.p.Layers) - 1
	switch {
	case len(x.Shape) != 1:
		l.errorf(i, NeedsVector, "softmax needs a vector, got %s", x.Shape).
			WithHelp("put flatten (or globalavgpool) before it")
		return nil
	case i != last:
		d := l.errorf(i, SoftmaxInside, "softmax makes the probabilities of the classes and belongs at the end of the network")
		for j := i + 1; j <= last; j++ {
			for _, in := range l.p.Layers[j].Inputs {
				if in == i {
					d.WithNote(l.p.Layers[j].Pos.Start, "but %s reads it", l.p.Layers[j].Name)
				}
			}
		}
		return x // as if it were not there
	}
	return l.b.Op("softmax", l.b.Layer, nil, x)
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
		Channels: channels(x),
	}
	return l.b.Op("dropout", l.b.Layer, a, x)
}

// channels is the last axis of the image that x lies in memory as: a flatten
// only renames, and what works element by element keeps the layout.
func channels(x *ir.Value) int {
	switch x.Op {
	case "flatten", "act", "dropout":
		return channels(x.Args[0])
	}
	return x.Shape.Last()
}
