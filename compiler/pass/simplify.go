package pass

import (
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Simplify replaces operations by simpler ones that compute the same values:
//
//	flatten of a vector, reshape to the same shape     its operand
//	reshape of reshape or flatten                      one reshape
//	pooling of single pixels, concat of one value      its operand
//	zeropad and crop by 0, upsample to 1x1,
//	permute to the same order, affine of 1 and 0       their operand
//	affine of affine, with the same numbers everywhere one affine
//	conv2d of zeropad                                  conv2d with that padding
//	channels repeated once                             their operand
//	global pooling of a single pixel                   flatten
//	relu of relu                                       one relu
//	leaky_relu and elu with parameter 0                relu
//	relu with options that another function has        relu, relu6, leaky_relu
//	crossentropies of softmax or sigmoid               the loss of their logits (op.Loss.Logits)
//	losses of logits that are a log_softmax            of its operand
//	the same operation on the same operands twice      one of them
//
// The rule of losses changes the loss where a probability is below 1e-7: the
// joined form is not bounded there, nor is its gradient lost (spec: losses,
// common traps). It needs a graph without gradients of a loss; it leaves
// replaced values to DCE.
func Simplify(g *ir.Graph) error {
	replaced := make(map[*ir.Value]*ir.Value)
	seen := make(map[string]*ir.Value)
	current := func(v *ir.Value) *ir.Value {
		if r := replaced[v]; r != nil {
			return r
		}
		return v
	}
	for _, v := range g.Values {
		for i, a := range v.Args {
			v.Args[i] = current(a)
		}
		if g.Grads == nil {
			joinLoss(g, v)
			skipLogSoftmax(g, v)
		}
		rewrite(v)
		if a := identity(v); a != nil {
			replaced[v] = a
			continue
		}
		if len(v.Args) == 0 || !v.Batched {
			continue // leaves are never the same, and each parameter has a gradient of its own
		}
		key := expression(v)
		if first := seen[key]; first != nil {
			replaced[v] = first
		} else {
			seen[key] = v
		}
	}
	for _, f := range []**ir.Value{&g.Scores, &g.Logits, &g.Loss} {
		*f = current(*f)
	}
	for i, v := range g.Grads {
		g.Grads[i] = current(v)
	}
	return nil
}

// identity returns the value that v equals, or nil.
func identity(v *ir.Value) *ir.Value {
	if len(v.Args) == 0 {
		return nil
	}
	x := v.Args[0]
	switch v.Op {
	case "flatten", "reshape":
		if v.Type().Equal(x.Type()) {
			return x
		}
	case "maxpool2d", "avgpool2d": // a window of one pixel has no padding
		if a := v.Attr.(ir.PoolAttr); a.KH == 1 && a.KW == 1 && a.SH == 1 && a.SW == 1 {
			return x
		}
	case "repeat_channels", "sum_channels":
		if v.Attr.(ir.RepeatAttr).Times == 1 {
			return x
		}
	case "concat":
		if len(v.Args) == 1 {
			return x
		}
	case "zeropad", "crop":
		if v.Attr == (ir.FrameAttr{}) {
			return x
		}
	case "upsample":
		if a := v.Attr.(ir.UpsampleAttr); a.SH == 1 && a.SW == 1 {
			return x
		}
	case "permute":
		if v.Attr.(ir.PermuteAttr).Axes == [3]int{0, 1, 2} {
			return x
		}
	case "affine":
		if a := v.Attr.(ir.AffineAttr); !slices.ContainsFunc(a.Scale, func(s float64) bool { return s != 1 }) &&
			!slices.ContainsFunc(a.Offset, func(o float64) bool { return o != 0 }) {
			return x
		}
	case "act":
		if relu := (ir.ActAttr{Func: "relu"}); v.Attr == relu && x.Op == "act" && x.Attr == relu {
			return x
		}
	}
	return nil
}

// rewrite turns v into a simpler operation of the same type.
func rewrite(v *ir.Value) {
	switch v.Op {
	case "reshape":
		for v.Args[0].Op == "reshape" || v.Args[0].Op == "flatten" {
			v.Args = []*ir.Value{v.Args[0].Args[0]}
		}
	case "globalavgpool", "globalmaxpool":
		if s := v.Args[0].Shape; s[0] == 1 && s[1] == 1 {
			v.Op = "flatten"
		}
	case "conv2d":
		if pad := v.Args[0]; pad.Op == "zeropad" {
			a, p := v.Attr.(ir.ConvAttr), pad.Attr.(ir.FrameAttr).Pad
			a.InH, a.InW = pad.Args[0].Shape[0], pad.Args[0].Shape[1]
			a.Pad = ir.Pad{Top: a.Pad.Top + p.Top, Left: a.Pad.Left + p.Left, Bottom: a.Pad.Bottom + p.Bottom, Right: a.Pad.Right + p.Right}
			v.Attr, v.Args = a, []*ir.Value{pad.Args[0], v.Args[1]}
		}
	case "affine":
		if x := v.Args[0]; op.IsScalarAffine(v) && x.Op == "affine" && op.IsScalarAffine(x) {
			a, b := x.Attr.(ir.AffineAttr), v.Attr.(ir.AffineAttr)
			v.Attr = ir.AffineAttr{
				Scale:  []float64{a.Scale[0] * b.Scale[0]},
				Offset: []float64{a.Offset[0]*b.Scale[0] + b.Offset[0]},
			}
			v.Args = []*ir.Value{x.Args[0]}
		}
	case "act":
		v.Attr = simplerAct(v.Attr.(ir.ActAttr))
	}
}

// simplerAct is the simplest function that is the same.
func simplerAct(a ir.ActAttr) ir.ActAttr {
	p := a.Params
	if a.Func == "general_relu" {
		switch most, slope, threshold := p[0], p[1], p[2]; {
		case threshold != 0:
		case slope == 0 && most == 6:
			return ir.ActAttr{Func: "relu6"}
		case math.IsInf(most, 1):
			a = ir.ActAttr{Func: "leaky_relu", Params: ir.ActParams{slope}}
		}
	}
	if (a.Func == "leaky_relu" || a.Func == "elu") && a.Params[0] == 0 {
		return ir.ActAttr{Func: "relu"}
	}
	return a
}

// joinLoss makes the loss read the logits instead of their softmax or sigmoid,
// which stays for the scores.
func joinLoss(g *ir.Graph, v *ir.Value) {
	if logits := logitsOf(v); logits != nil {
		v.Op = op.Lookup(v.Op).Loss.Logits
		v.Args = []*ir.Value{logits, v.Args[1]}
		g.Logits = logits
	}
}

// logitsOf returns what a loss is better computed from than from its operand,
// nil when v is no such loss.
func logitsOf(v *ir.Value) *ir.Value {
	if !op.IsLoss(v) {
		return nil
	}
	row, y := op.Lookup(v.Op).Loss, v.Args[0]
	if row.Logits == "" || !isActivation(y, row.Of) {
		return nil
	}
	return y.Args[0]
}

// skipLogSoftmax makes the loss of the softmax of logarithms of probabilities read
// what these are made of: the softmax of both is the same.
func skipLogSoftmax(g *ir.Graph, v *ir.Value) {
	if op.IsLoss(v) && op.IsOfLogits(v.Op, "softmax") && v.Args[0].Op == "log_softmax" {
		v.Args = []*ir.Value{v.Args[0].Args[0], v.Args[1]}
		g.Logits = v.Args[0]
	}
}

// isActivation reports whether v is the activation of that name.
func isActivation(v *ir.Value, name string) bool {
	a, ok := v.Attr.(ir.ActAttr)
	return v.Op == name || v.Op == "act" && ok && a.Func == name
}

// expression is equal for two values that compute the same.
func expression(v *ir.Value) string {
	key := fmt.Sprintf("%s %v %s", v.Op, v.Attr, v.Type())
	for _, a := range v.Args {
		key += fmt.Sprintf(" %d", a.ID)
	}
	return key
}
