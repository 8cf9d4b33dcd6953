package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// act applies an elementwise function of the table in activation.go.
var actDef = Def{
	Name: "act", Args: []string{"x"}, Attr: ir.ActAttr{},
	Doc: "an activation function, element by element",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if _, err := activation(v); err != nil {
			return ir.Type{}, err
		}
		return v.Args[0].Type(), batched(v.Args[0])
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		r := v.Args[0]
		if f := LookupActivation(v.Attr.(ir.ActAttr).Func); f != nil && f.FromOutput {
			r = v
		}
		return []*ir.Value{b.Suffixed("act_grad", "dact", v.Attr, dy, r)}
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a := v.Attr.(ir.ActAttr)
		f := LookupActivation(a.Func)
		for i, x := range args[0] {
			out[i] = f.F(x, a.Params)
		}
	},
}

// act_grad is dy times the derivative, which is taken from r: the function's
// output where Activation.FromOutput says so, its input otherwise.
var actGradDef = Def{
	Name: "act_grad", Args: []string{"dy", "r"}, Attr: ir.ActAttr{},
	Doc: "dy times the derivative of an activation function",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if _, err := activation(v); err != nil {
			return ir.Type{}, err
		}
		if err := same(v.Args[0], v.Args[1]); err != nil {
			return ir.Type{}, err
		}
		return v.Args[0].Type(), batched(v.Args[0])
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		a := v.Attr.(ir.ActAttr)
		f := LookupActivation(a.Func)
		dy, r := args[0], args[1]
		for i := range out {
			out[i] = dy[i] * f.D(r[i], a.Params)
		}
	},
}

// activation is the row of v's function, an error when there is none or when its
// parameters are not what it takes.
func activation(v *ir.Value) (*Activation, error) {
	a := v.Attr.(ir.ActAttr)
	f := LookupActivation(a.Func)
	if f == nil {
		return nil, fmt.Errorf("no activation %q", a.Func)
	}
	for i, x := range a.Params {
		switch {
		case i < len(f.Params):
			if p := f.Params[i]; !(x >= p.Least) {
				return nil, fmt.Errorf("%s needs %s of at least %v, got %v", a.Func, p.Name, p.Least, x)
			}
		case x != 0:
			return nil, fmt.Errorf("%s has %d parameters, got another, %v", a.Func, len(f.Params), x)
		}
	}
	return f, nil
}
