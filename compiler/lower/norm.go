package lower

import (
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/dsl/elab"
)

// batchnorm lowers batch normalization (spec: layers 9.1): the statistics, then
// what they do to x. A frozen one uses its moving statistics in training, too.
func (l *lowerer) batchnorm(i int, x *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	if x == nil || !l.countParams(i, "moving statistics", ir.Shape{2 * x.Shape.Last()}) {
		return x
	}
	shape, name := ir.Shape{x.Shape.Last()}, l.b.Layer
	operands, attr, ok := l.gammaBeta(i, shape)
	if !ok {
		return x
	}
	l.initFits(i, args["mean_init"], 1)
	l.initFits(i, args["variance_init"], 1)
	mean := l.b.Param(name+".moving_mean", initializer(args["mean_init"], "zeros"), shape)
	variance := l.b.Param(name+".moving_variance", initializer(args["variance_init"], "ones"), shape)
	mean.Frozen, variance.Frozen = true, true
	var stats *ir.Value
	if frozen(args) {
		stats = l.b.Suffixed("moving_stats", "stats", nil, mean.Value, variance.Value)
	} else {
		stats = l.b.Suffixed("batch_stats", "stats", ir.MomentAttr{Momentum: args["momentum"].Num}, x, mean.Value, variance.Value)
	}
	return l.normalized(i, "batchnorm", attr, append([]*ir.Value{x, stats}, operands...))
}

// layernorm lowers normalization over the last axis (spec: layers 9.2).
func (l *lowerer) layernorm(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	operands, attr, ok := l.gammaBeta(i, ir.Shape{x.Shape.Last()})
	if !ok {
		return x
	}
	return l.normalized(i, "layernorm", attr, append([]*ir.Value{x}, operands...))
}

// groupnorm lowers normalization over groups of channels (spec: layers 9.3).
func (l *lowerer) groupnorm(i int, x *ir.Value) *ir.Value {
	if x == nil {
		return nil
	}
	c, groups := x.Shape.Last(), l.p.Layers[i].Args["groups"].Int()
	switch {
	case groups == -1:
		groups = c
	case groups < 1:
		l.errorf(i, BadGroups, "%d groups: at least 1 is needed, or -1 for as many as there are channels", groups)
		return x
	case groups > c:
		l.errorf(i, BadGroups, "%s cannot make %d groups of %s: %d < %d; %s", l.p.Layers[i].Name, groups, plural(c, "channel"), c, groups, l.follows(i)).
			WithHelp("take %s", divisors(c))
		return x
	case c%groups != 0:
		l.errorf(i, BadGroups, "%d channels cannot be cut into %d groups: %d = %d*%d + %d; %s", c, groups, c, groups, c/groups, c%groups, l.follows(i)).
			WithHelp("take %s", divisors(c))
		return x
	}
	operands, attr, ok := l.gammaBeta(i, ir.Shape{c})
	if !ok {
		return x
	}
	attr.Groups = groups
	return l.normalized(i, "groupnorm", attr, append([]*ir.Value{x}, operands...))
}

// gammaBeta makes the trained operands of a normalization of so many channels,
// as far as the layer has them, and its attribute.
func (l *lowerer) gammaBeta(i int, shape ir.Shape) (operands []*ir.Value, a ir.NormAttr, ok bool) {
	args, name := l.p.Layers[i].Args, l.b.Layer
	a = ir.NormAttr{Epsilon: args["epsilon"].Num, Scale: !args["noscale"].Bool, Center: !args["nocenter"].Bool}
	for _, p := range []struct {
		there           bool
		name, otherwise string
	}{{a.Scale, "gamma", "ones"}, {a.Center, "beta", "zeros"}} {
		if !p.there {
			continue
		}
		if !l.countParams(i, p.name, shape) {
			return nil, a, false
		}
		l.initFits(i, args[p.name+"_init"], 1)
		v := l.b.Param(name+"."+p.name, initializer(args[p.name+"_init"], p.otherwise), shape)
		if v.Frozen = frozen(args); !v.Frozen {
			v.L1 = l.penalty(name+"."+p.name+"_l1", args[p.name+"_l1"])
			v.L2 = l.penalty(name+"."+p.name+"_l2", args[p.name+"_l2"])
		}
		operands = append(operands, v.Value)
	}
	return operands, a, true
}

// normalized appends a normalization and the activation behind it. The last of
// them gets the layer's name.
func (l *lowerer) normalized(i int, op string, a ir.NormAttr, operands []*ir.Value) *ir.Value {
	activation := l.p.Layers[i].Args["activation"]
	name := l.b.Layer
	acts := activation.Str != "" && activation.Str != "linear"
	if acts {
		name += ".preact"
	}
	y := l.b.Op(op, name, a, operands...)
	if acts {
		y = l.activate(i, y, activation.Str, activation.Args)
	}
	return y
}

// frozen reports whether a layer says trainable=false.
func frozen(args map[string]elab.Value) bool {
	return args["trainable"].Kind == elab.Bool && !args["trainable"].Bool
}

// divisors lists the numbers of groups that c channels can be cut into, as a
// sentence: "1, 2, 3 or 6 groups", the largest few when there are many.
func divisors(c int) string {
	var list []string
	for g := 1; g <= c; g++ {
		if c%g == 0 {
			list = append(list, strconv.Itoa(g))
		}
	}
	if n := len(list); n > 6 {
		list = append([]string{list[0]}, list[n-5:]...)
	}
	n := len(list)
	if n == 1 {
		return list[0] + " group"
	}
	return strings.Join(list[:n-1], ", ") + " or " + list[n-1] + " groups"
}
