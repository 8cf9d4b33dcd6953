package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// activity is the identity. On its way it adds l1*sum(|x|) + l2*sum(x^2) to the
// penalty of the example, which is part of what is minimized beside the loss
// (spec: initializers and regularizers, section 5): its gradient adds the
// derivative of that to dy. Weights of examples do not multiply it.
var activityDef = Def{
	Name: "activity", Args: []string{"x"}, Attr: ir.ActivityAttr{},
	Doc:   "x, penalized: l1*sum|x| + l2*sum x^2 of each example is minimized with the loss",
	Infer: func(v *ir.Value) (ir.Type, error) { return inferActivity(v) },
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("activity_grad", "dactivity", v.Attr, dy, v.Args[0])}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		l1, l2 := activityFactors(env, v)
		size := v.Shape.Size()
		for i := range env.N {
			for _, x := range args[0][i*size : (i+1)*size] {
				if env.Penalty != nil {
					env.Penalty[i] += l1*math.Abs(x) + l2*x*x
				}
			}
		}
		copy(out, args[0])
	},
}

var activityGradDef = Def{
	Name: "activity_grad", Args: []string{"dy", "x"}, Attr: ir.ActivityAttr{},
	Doc: "dy + l1*sign(x) + 2*l2*x",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if !v.Args[0].Shape.Equal(v.Args[1].Shape) {
			return ir.Type{}, fmt.Errorf("gradient %s and value %s differ", v.Args[0].Shape, v.Args[1].Shape)
		}
		return inferActivity(v)
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		l1, l2 := activityFactors(env, v)
		for i, x := range args[1] {
			out[i] = args[0][i] + 2*l2*x
			switch {
			case x > 0:
				out[i] += l1
			case x < 0:
				out[i] -= l1
			}
		}
	},
}

func inferActivity(v *ir.Value) (ir.Type, error) {
	for _, a := range v.Args {
		if err := batched(a); err != nil {
			return ir.Type{}, err
		}
	}
	return v.Args[0].Type(), nil
}

func activityFactors(env *Env, v *ir.Value) (l1, l2 float64) {
	a := v.Attr.(ir.ActivityAttr)
	if a.L1 >= 0 {
		l1 = env.Scalars[a.L1]
	}
	if a.L2 >= 0 {
		l2 = env.Scalars[a.L2]
	}
	return l1, l2
}
