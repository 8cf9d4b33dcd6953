package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// add is the sum of two values of one type. Autodiff also uses it where
// gradients meet.
var addDef = Def{
	Name: "add", Args: []string{"a", "b"},
	Doc: "sum of two values of the same shape",
	Infer: func(v *ir.Value) (ir.Type, error) {
		a, b := v.Args[0], v.Args[1]
		if err := same(a, b); err != nil {
			return ir.Type{}, err
		}
		if a.DType != ir.F32 {
			return ir.Type{}, fmt.Errorf("operand %s is a %s", a.Name, a.Type())
		}
		return a.Type(), nil
	},
	VJP: func(_ *Builder, _, dy *ir.Value, _ []bool) []*ir.Value { return []*ir.Value{dy, dy} },
	Eval: func(_ *Env, _ *ir.Value, args [][]float64, out []float64) {
		for i := range out {
			out[i] = args[0][i] + args[1][i]
		}
	},
}

// concat joins values on the last axis; all other axes must agree.
var concatDef = Def{
	Name: "concat", Args: []string{"x..."},
	Doc: "values joined on their channels, in order",
	Infer: func(v *ir.Value) (ir.Type, error) {
		first := v.Args[0]
		if err := batched(first); err != nil {
			return ir.Type{}, err
		}
		rank := len(first.Shape)
		if rank == 0 {
			return ir.Type{}, fmt.Errorf("operand %s has no channels", first.Name)
		}
		t := f32(append(ir.Shape(nil), first.Shape...)...)
		for _, a := range v.Args[1:] {
			if err := batched(a); err != nil {
				return ir.Type{}, err
			}
			if len(a.Shape) != rank || !a.Shape[:rank-1].Equal(first.Shape[:rank-1]) {
				return ir.Type{}, fmt.Errorf("%s is %s and %s is %s: all but the channels must agree", first.Name, first.Shape, a.Name, a.Shape)
			}
			t.Shape[rank-1] += a.Shape[rank-1]
		}
		return t, nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		g := make([]*ir.Value, len(v.Args))
		from := 0
		for i, a := range v.Args {
			n := a.Shape.Last()
			if need[i] {
				g[i] = b.Suffixed("slice", "dx", ir.SliceAttr{From: from, N: n}, dy)
			}
			from += n
		}
		return g
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		c, from := v.Shape.Last(), 0
		for i, a := range v.Args {
			n := a.Shape.Last()
			for p := range len(out) / c {
				copy(out[p*c+from:p*c+from+n], args[i][p*n:])
			}
			from += n
		}
	},
}

// slice takes a range of channels: the gradient of concat.
var sliceDef = Def{
	Name: "slice", Args: []string{"x"}, Attr: ir.SliceAttr{},
	Doc: "a range of the channels of x",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x, a := v.Args[0], v.Attr.(ir.SliceAttr)
		if err := batched(x); err != nil {
			return ir.Type{}, err
		}
		if c := x.Shape.Last(); len(x.Shape) == 0 || a.From < 0 || a.N < 1 || a.From+a.N > c {
			return ir.Type{}, fmt.Errorf("channels %s of %s", a, x.Shape)
		}
		s := append(ir.Shape(nil), x.Shape...)
		s[len(s)-1] = a.N
		return f32(s...), nil
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a, c := v.Attr.(ir.SliceAttr), v.Args[0].Shape.Last()
		for p := range len(out) / a.N {
			copy(out[p*a.N:(p+1)*a.N], args[0][p*c+a.From:])
		}
	},
}
