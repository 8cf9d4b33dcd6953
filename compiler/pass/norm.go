package pass

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// foldNorms gives convolutions and dense layers the batchnorm behind them: with
// fixed statistics it is a factor and a summand for each output channel, which
// kernel and bias take in. It does nothing to training graphs, whose kernels
// change while they run.
//
//	batchnorm(conv2d(x, w) [+ b], moving_stats)
//	    conv2d(x, folded_kernel(w)) + folded_bias(b)
func foldNorms(g *ir.Graph) {
	if g.Loss != nil || g.Grads != nil {
		return
	}
	users := g.Users()
	root := map[*ir.Value]bool{}
	for _, v := range g.Roots() {
		root[v] = v.Op != "param"
	}
	only := func(v *ir.Value) bool { return len(users[v.ID]) == 1 && !root[v] }
	gone := map[*ir.Value]bool{}
	var values []*ir.Value
	for _, v := range g.Values {
		if v.Op == "batchnorm" && v.Args[1].Op == "moving_stats" {
			if made := folded(v, only); made != nil {
				product := made[2]
				copied := *product
				copied.Args = []*ir.Value{product.Args[0], made[0]}
				values = append(values, made[0], made[1], &copied)
				gone[product], gone[v.Args[0]] = true, true // v.Args[0] is product or its bias
				v.Op, v.Attr, v.Args = "bias", nil, []*ir.Value{&copied, made[1]}
			}
		}
		values = append(values, v)
	}
	g.Values = slices.DeleteFunc(values, func(v *ir.Value) bool { return gone[v] })
	g.Renumber()
}

// folded returns folded kernel and bias for batchnorm v and the product they
// are for, nil when there is none.
func folded(v *ir.Value, only func(*ir.Value) bool) []*ir.Value {
	a, y := v.Attr.(ir.NormAttr), v.Args[0]
	var bias *ir.Value
	if y.Op == "bias" && only(y) {
		bias, y = y.Args[1], y.Args[0]
	}
	if !isProduct(y) || !only(y) || !only(y.Args[1]) || y.Args[1].Op != "param" {
		return nil
	}
	w, stats, params := y.Args[1], v.Args[1], v.Args[2:]
	inner := 0
	if y.Op == "deconv2d" {
		inner = w.Shape.Last()
	}
	kernel := &ir.Value{
		Op: "folded_kernel", Name: w.Name + ".folded", Layer: w.Layer, Pos: w.Pos, Shape: w.Shape,
		Attr: ir.NormAttr{Epsilon: a.Epsilon, Scale: a.Scale, Inner: inner}, Args: []*ir.Value{w, stats},
	}
	if a.Scale {
		kernel.Args = append(kernel.Args, params[0])
	}
	b := &ir.Value{
		Op: "folded_bias", Name: w.Layer + ".bias.folded", Layer: w.Layer, Pos: w.Pos, Shape: ir.Shape{stats.Shape[0] / 2},
		Args: append([]*ir.Value{stats}, params...),
	}
	if a.Bias = bias != nil; bias != nil {
		b.Args = append(b.Args, bias)
	}
	b.Attr = a
	return []*ir.Value{kernel, b, y}
}

// norms fuses batchnorm with the addition and the relu behind it.
func (f *fuser) norms() {
	for _, v := range f.g.Values {
		if v.Op != "batchnorm" || f.dead(v) {
			continue
		}
		attr, args, last := ir.NormActAttr{Norm: v.Attr.(ir.NormAttr)}, slices.Clone(v.Args), v
		if add := f.only(v); add != nil && add.Op == "add" && add.Args[0] != add.Args[1] {
			skip := add.Args[0]
			if skip == v {
				skip = add.Args[1]
			}
			// Of two normalized summands the later takes the addition.
			if !(skip.Op == "batchnorm" && skip.ID > v.ID && f.only(skip) == add) {
				attr.Add, last = true, add
				args = append(args, skip)
			}
		}
		if u := f.only(last); isReLU(u, "act") {
			attr.ReLU, last = true, u
		}
		if last == v {
			continue
		}
		last.Op, last.Attr = "batchnorm_act", attr
		f.setArgs(last, args)
	}
}
