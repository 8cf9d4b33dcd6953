package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Batch normalization (spec: layers 9.1) is two operations, so that what concerns
// the whole batch has a value of its own: batch_stats makes the statistics of a
// batch, mean[C] and variance[C] one behind the other, and batchnorm applies
// statistics to examples. In inference and in frozen layers moving_stats stands
// in the place of batch_stats.
//
// The backward pass has the same form: batchnorm_sums is what the whole batch has
// to say, batchnorm_dx applies it to examples.

// batch_stats also names the moving statistics it updates: new = momentum*old +
// (1-momentum)*that of the batch. Its result does not depend on them.
var batchStatsDef = Def{
	Name: "batch_stats", Args: []string{"x", "moving_mean", "moving_variance"}, Attr: ir.MomentAttr{},
	Doc: "mean and biased variance of each channel over the examples and pixels of the batch",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x := v.Args[0]
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if m := v.Attr.(ir.MomentAttr).Momentum; !(m >= 0 && m <= 1) {
			return ir.Type{}, fmt.Errorf("a momentum of %v", m)
		}
		return statsType(x, v.Args[1:]...)
	},
	// The gradient with respect to x is part of batchnorm's.
	VJP: func(*Builder, *ir.Value, *ir.Value, []bool) []*ir.Value { return []*ir.Value{nil, nil, nil} },
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x, c := args[0], v.Shape[0]/2
		m := float64(len(x) / c)
		for i, e := range x {
			out[i%c] += e / m
		}
		for i, e := range x {
			d := e - out[i%c]
			out[c+i%c] += d * d / m
		}
	},
}

var movingStatsDef = Def{
	Name: "moving_stats", Args: []string{"moving_mean", "moving_variance"},
	Doc: "the statistics that inference uses in place of the batch's",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return statsType(v.Args[0], v.Args...)
	},
	Eval: func(_ *Env, _ *ir.Value, args [][]float64, out []float64) {
		copy(out[copy(out, args[0]):], args[1])
	},
}

// statsType is the type of statistics of the channels of x, whose vectors have
// one element a channel.
func statsType(x *ir.Value, vectors ...*ir.Value) (ir.Type, error) {
	if len(x.Shape) == 0 {
		return ir.Type{}, fmt.Errorf("operand %s has no channels", x.Name)
	}
	c := x.Shape.Last()
	for _, p := range vectors {
		if err := channelVector(p, c); err != nil {
			return ir.Type{}, err
		}
	}
	return ir.Type{Shape: ir.Shape{2 * c}}, nil
}

// channelVector checks that p has one element for each of c channels.
func channelVector(p *ir.Value, c int) error {
	if err := weights(p, 1); err != nil {
		return err
	}
	if p.Shape[0] != c {
		return fmt.Errorf("%s has %d elements for %d channels", p.Name, p.Shape[0], c)
	}
	return nil
}

// batchnorm is y = gamma*(x - mean)/sqrt(variance + epsilon) + beta.
var batchnormDef = Def{
	Name: "batchnorm", Args: []string{"x", "stats", "gamma?", "beta?"}, Attr: ir.NormAttr{},
	Doc: "x normalized with given statistics, scaled and shifted",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return normType(v, v.Args[0], 1)
	},
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		a, x, stats := v.Attr.(ir.NormAttr), v.Args[0], v.Args[1]
		gamma, beta := normParams(v, 1)
		grads := make([]*ir.Value, len(v.Args))
		fixed := stats.Op == "moving_stats"
		sums := (*ir.Value)(nil)
		if !fixed || gamma != nil && need[gamma.at] || beta != nil && need[beta.at] {
			sums = b.Suffixed("batchnorm_sums", "sums", a, dy, x, stats)
		}
		if beta != nil && need[beta.at] {
			grads[beta.at] = b.Suffixed("sums_row", "dbeta", ir.SliceAttr{From: 0, N: v.Shape.Last()}, sums)
		}
		if gamma != nil && need[gamma.at] {
			grads[gamma.at] = b.Suffixed("sums_row", "dgamma", ir.SliceAttr{From: v.Shape.Last(), N: v.Shape.Last()}, sums)
		}
		if need[0] {
			op, args := "batchnorm_dx", []*ir.Value{dy, x, stats, sums}
			if fixed {
				op, args = "batchnorm_fixed_dx", []*ir.Value{dy, stats}
			}
			if gamma != nil {
				args = append(args, gamma.Value)
			}
			grads[0] = b.Suffixed(op, "dx", ir.NormAttr{Epsilon: a.Epsilon, Scale: a.Scale}, args...)
		}
		return grads
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), v.Shape.Last()
		scale, shift := normOperands(a, c, args[2:])
		for i, x := range args[0] {
			k := i % c
			out[i] = scale[k]*(x-args[1][k])/math.Sqrt(args[1][c+k]+a.Epsilon) + shift[k]
		}
	},
}

// batchnorm_sums is the sum of dy and, behind it, of dy*xhat for each channel,
// with xhat = (x - mean)/sqrt(variance + epsilon): the gradients of beta and gamma.
var batchnormSumsDef = Def{
	Name: "batchnorm_sums", Args: []string{"dy", "x", "stats"}, Attr: ir.NormAttr{},
	Doc: "sums over the batch of dy and of dy times the normalized x, for each channel",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if err := same(v.Args[0], v.Args[1]); err != nil {
			return ir.Type{}, err
		}
		if err := batched(v.Args[0]); err != nil {
			return ir.Type{}, err
		}
		t, err := statsType(v.Args[0])
		if err == nil {
			err = channelVector(v.Args[2], t.Shape[0])
		}
		return t, err
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), v.Shape[0]/2
		dy, x, stats := args[0], args[1], args[2]
		for i, g := range dy {
			k := i % c
			out[k] += g
			out[c+k] += g * (x[i] - stats[k]) / math.Sqrt(stats[c+k]+a.Epsilon)
		}
	},
}

// batchnorm_dx is gamma/sqrt(variance+epsilon) * (dy - sums[0]/m - xhat*sums[1]/m)
// with m the number of elements of a channel in the batch: the gradient through
// the statistics included.
var batchnormDxDef = Def{
	Name: "batchnorm_dx", Args: []string{"dy", "x", "stats", "sums", "gamma?"}, Attr: ir.NormAttr{},
	Doc: "gradient of batchnorm and its statistics with respect to x",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if err := same(v.Args[0], v.Args[1]); err != nil {
			return ir.Type{}, err
		}
		if err := channelVector(v.Args[3], 2*max(1, v.Args[0].Shape.Last())); err != nil {
			return ir.Type{}, err
		}
		return normType(v, v.Args[0], 2)
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), v.Shape.Last()
		dy, x, stats, sums := args[0], args[1], args[2], args[3]
		gamma, _ := normOperands(a, c, args[4:])
		m := float64(len(dy) / c)
		for i, g := range dy {
			k := i % c
			inv := 1 / math.Sqrt(stats[c+k]+a.Epsilon)
			out[i] = gamma[k] * inv * (g - sums[k]/m - (x[i]-stats[k])*inv*sums[c+k]/m)
		}
	},
}

// batchnorm_fixed_dx is dy*gamma/sqrt(variance + epsilon).
var batchnormFixedDxDef = Def{
	Name: "batchnorm_fixed_dx", Args: []string{"dy", "stats", "gamma?"}, Attr: ir.NormAttr{},
	Doc: "gradient of batchnorm with respect to x when the statistics are fixed",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return normType(v, v.Args[0], 1)
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), v.Shape.Last()
		gamma, _ := normOperands(a, c, args[2:])
		for i, g := range args[0] {
			out[i] = g * gamma[i%c] / math.Sqrt(args[1][c+i%c]+a.Epsilon)
		}
	},
}

// sums_row is elements From..From+N-1 of a vector of the whole batch.
var sumsRowDef = Def{
	Name: "sums_row", Args: []string{"sums"}, Attr: ir.SliceAttr{},
	Doc: "one of the vectors of batchnorm_sums",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a, s := v.Attr.(ir.SliceAttr), v.Args[0]
		if s.Batched || len(s.Shape) != 1 || a.From < 0 || a.N < 1 || a.From+a.N > s.Shape[0] {
			return ir.Type{}, fmt.Errorf("elements %s of %s", a, s.Type())
		}
		return ir.Type{Shape: ir.Shape{a.N}}, nil
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		copy(out, args[0][v.Attr.(ir.SliceAttr).From:])
	},
}

// folded_kernel is kernel w whose outputs are multiplied by
// gamma/sqrt(variance + epsilon), folded_bias the bias that goes with it: both
// together compute what the layer and the batchnorm behind it do.
var foldedKernelDef = Def{
	Name: "folded_kernel", Args: []string{"w", "stats", "gamma?"}, Attr: ir.NormAttr{},
	Doc: "a kernel with the scale of the batchnorm behind it",
	Infer: func(v *ir.Value) (ir.Type, error) {
		w := v.Args[0]
		stats := v.Args[1]
		if w.Batched || len(w.Shape) < 2 {
			return ir.Type{}, fmt.Errorf("a kernel of type %s", w.Type())
		}
		if stats.Batched || len(stats.Shape) != 1 || stats.Shape[0]%2 != 0 {
			return ir.Type{}, fmt.Errorf("statistics of type %s", stats.Type())
		}
		c := stats.Shape[0] / 2
		if n := max(1, v.Attr.(ir.NormAttr).Inner) * c; w.Shape.Size()%n != 0 {
			return ir.Type{}, fmt.Errorf("a kernel of type %s for %d channels", w.Type(), c)
		}
		if err := optional(v, 2, c); err != nil {
			return ir.Type{}, err
		}
		return w.Type(), nil
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), len(args[1])/2
		gamma, _ := normOperands(a, c, args[2:])
		for i, w := range args[0] {
			k := i / max(1, a.Inner) % c
			out[i] = w * gamma[k] / math.Sqrt(args[1][c+k]+a.Epsilon)
		}
	},
}

var foldedBiasDef = Def{
	Name: "folded_bias", Args: []string{"stats", "gamma?", "beta?", "b?"}, Attr: ir.NormAttr{},
	Doc: "the bias of a layer with the batchnorm behind it",
	Infer: func(v *ir.Value) (ir.Type, error) {
		s := v.Args[0]
		if s.Batched || len(s.Shape) != 1 || s.Shape[0]%2 != 0 {
			return ir.Type{}, fmt.Errorf("statistics of type %s", s.Type())
		}
		if err := optional(v, 1, s.Shape[0]/2); err != nil {
			return ir.Type{}, err
		}
		return ir.Type{Shape: ir.Shape{s.Shape[0] / 2}}, nil
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.NormAttr), v.Shape.Last()
		gamma, beta := normOperands(a, c, args[1:])
		for k := range out {
			b := 0.0
			if a.Bias {
				b = args[len(args)-1][k]
			}
			out[k] = gamma[k]*(b-args[0][k])/math.Sqrt(args[0][c+k]+a.Epsilon) + beta[k]
		}
	},
}

// normType is the type of an operation on x whose operand stats has the
// statistics and whose operands behind the last required one follow the
// attribute.
func normType(v, x *ir.Value, stats int) (ir.Type, error) {
	if err := batched(x); err != nil {
		return ir.Type{}, err
	}
	if len(x.Shape) == 0 {
		return ir.Type{}, fmt.Errorf("operand %s has no channels", x.Name)
	}
	c := x.Shape.Last()
	if err := channelVector(v.Args[stats], 2*c); err != nil {
		return ir.Type{}, err
	}
	required := 0
	for _, name := range Lookup(v.Op).Args {
		if name[len(name)-1] != '?' {
			required++
		}
	}
	return x.Type(), optional(v, required, c)
}

// optional checks the operands from i on: a vector of c for each flag of the
// attribute.
func optional(v *ir.Value, i, c int) error {
	a := v.Attr.(ir.NormAttr)
	if !(a.Epsilon > 0) {
		return fmt.Errorf("an epsilon of %v", a.Epsilon)
	}
	if want := btoi(a.Scale) + btoi(a.Center) + btoi(a.Bias); len(v.Args)-i != want {
		return fmt.Errorf("%d optional operands, the attribute says %d", len(v.Args)-i, want)
	}
	for _, p := range v.Args[i:] {
		if err := channelVector(p, c); err != nil {
			return err
		}
	}
	return nil
}

// normParam is an operand and its place.
type normParam struct {
	*ir.Value
	at int
}

// normParams are gamma and beta among the operands behind the one at last, nil
// for those that are not there.
func normParams(v *ir.Value, last int) (gamma, beta *normParam) {
	a, at := v.Attr.(ir.NormAttr), last+1
	if a.Scale {
		gamma = &normParam{v.Args[at], at}
		at++
	}
	if a.Center {
		beta = &normParam{v.Args[at], at}
	}
	return gamma, beta
}

// normOperands returns gamma and beta of c channels from the optional operands,
// ones and zeros where they are not there.
func normOperands(a ir.NormAttr, c int, args [][]float64) (gamma, beta []float64) {
	gamma, beta = make([]float64, c), make([]float64, c)
	for i := range gamma {
		gamma[i] = 1
	}
	if a.Scale {
		gamma, args = args[0], args[1:]
	}
	if a.Center {
		beta = args[0]
	}
	return gamma, beta
}

// batchnorm_act is relu(batchnorm(x, ...) + skip); the attribute says which of
// the parts are there.
var batchnormActDef = Def{
	Name: "batchnorm_act", Args: []string{"x", "stats", "gamma?", "beta?", "skip?"}, Attr: ir.NormActAttr{},
	Doc: "batchnorm with addition and relu in one",
	Expand: func(b *Builder, v *ir.Value) *ir.Value {
		a := v.Attr.(ir.NormActAttr)
		n := 2 + btoi(a.Norm.Scale) + btoi(a.Norm.Center)
		if len(v.Args) != n+btoi(a.Add) {
			b.fail(fmt.Errorf("%d operands, the attribute says %d", len(v.Args), n+btoi(a.Add)))
			return v
		}
		y := b.Op("batchnorm", "norm", a.Norm, v.Args[:n]...)
		if a.Add {
			y = b.Op("add", "sum", nil, y, v.Args[n])
		}
		if a.ReLU {
			y = b.Op("act", "act", ir.ActAttr{Func: "relu"}, y)
		}
		return y
	},
}
