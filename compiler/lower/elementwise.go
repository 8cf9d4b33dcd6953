package lower

import (
	"math"
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

// activate appends the activation of layer i, with the arguments it was given,
// as the layer's result.
func (l *lowerer) activate(i int, x *ir.Value, name string, args map[string]elab.Value) *ir.Value {
	if name == "softmax" || name == "log_softmax" {
		return l.b.Op(name, l.b.Layer, nil, x)
	}
	f := op.FormOf(name, given(name, args))
	if f == nil {
		l.errorf(i, diag.Unsupported, "%s is not compiled by this version", name)
		return x
	}
	a := f.Attr()
	for k, p := range f.Params {
		if v, ok := args[p.Name]; ok {
			a.Params[k] = v.Num
		}
	}
	return l.b.Op("act", l.b.Layer, a, x)
}

// given are the options of an activation that do not have their default.
func given(name string, args map[string]elab.Value) []string {
	e := lang.Find(lang.Layers, name)
	if e == nil {
		return nil
	}
	var names []string
	for _, o := range slices.Concat(e.Args, e.Options) {
		if v, ok := args[o.Name]; ok && (v.Bool || v.Kind != elab.Bool && v.String() != o.Default) {
			names = append(names, o.Name)
		}
	}
	return names
}

// lastActivation is the activation that a layer ends in: its own word where the
// layer is an activation, otherwise that of its option, "" for none.
func lastActivation(layer *elab.Layer) string {
	if e := lang.Find(lang.Layers, layer.Kind); e != nil && e.Activation {
		return layer.Kind
	}
	return layer.Args["activation"].Str
}

// random lowers dropout and its relatives to operations that passes take out for
// inference.
func (l *lowerer) random(i int, x *ir.Value) *ir.Value {
	layer := &l.p.Layers[i]
	if x == nil || layer.Kind == "spatial_dropout" && !l.hasPixels(i, x) {
		return nil
	}
	number := "rate"
	if layer.Kind == "gaussian_noise" {
		number = "stddev"
	}
	l.streams++
	a := ir.DropoutAttr{
		Rate:     l.b.Scalar(l.b.Layer+"."+number, layer.Args[number].Num),
		Stream:   l.streams,
		Channels: l.layouts.Of(x).Last(),
	}
	return l.b.Op(layer.Kind, l.b.Layer, a, x)
}

// rescale lowers x*scale + offset (spec: layers, Rescaling).
func (l *lowerer) rescale(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	args := l.p.Layers[i].Args
	return l.b.Op("affine", l.b.Layer, ir.AffineAttr{Scale: []float64{args["scale"].Num}, Offset: []float64{args["offset"].Num}}, x)
}

// normalize lowers (x - mean) / max(sqrt(variance), 1e-7), or its inverse, to one
// multiplication and addition (spec: layers, Normalization).
func (l *lowerer) normalize(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	args := l.p.Layers[i].Args
	mean, variance := args["mean"].List, args["variance"].List
	n := max(len(mean), len(variance))
	for _, name := range []string{"mean", "variance"} {
		if k := len(args[name].List); k != 1 && k != x.Shape.Last() {
			l.errorf(i, ShapesDiffer, "normalize needs one %s or one for each channel: %d numbers for the %d channels of %s; %s",
				name, k, x.Shape.Last(), x.Shape, l.follows(i))
			return x
		}
	}
	if n == 0 { // a mistake that has been reported
		return x
	}
	var a ir.AffineAttr
	for c := range n {
		m, deviation := mean[c%len(mean)].Num, max(math.Sqrt(variance[c%len(variance)].Num), 1e-7)
		if args["invert"].Bool {
			a.Scale, a.Offset = append(a.Scale, deviation), append(a.Offset, m)
		} else {
			a.Scale, a.Offset = append(a.Scale, 1/deviation), append(a.Offset, -m/deviation)
		}
	}
	return l.b.Op("affine", l.b.Layer, a, x)
}

// prelu lowers a relu with trained slopes (spec: layers, PReLU).
func (l *lowerer) prelu(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	args, name := l.p.Layers[i].Args, l.b.Layer
	shape := slices.Clone(x.Shape)
	if args["shared"].Bool {
		for k := range len(shape) - 1 {
			shape[k] = 1
		}
	}
	if !l.countParams(i, "slopes", shape) {
		return x
	}
	rank := len(shape)
	if rank == 2 {
		rank = 3 // of a sequence: no matrix that maps anything
	}
	l.initFits(i, args["init"], rank)
	alpha := l.b.Param(name+".alpha", initializer(args["init"], "zeros"), shape)
	alpha.Frozen = args["trainable"].Kind == elab.Bool && !args["trainable"].Bool
	if !alpha.Frozen {
		alpha.L1, alpha.L2 = l.penalty(name+".l1", args["l1"]), l.penalty(name+".l2", args["l2"])
	}
	return l.b.Op("prelu", name, nil, x, alpha.Value)
}
