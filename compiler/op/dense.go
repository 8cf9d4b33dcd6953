package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// dense is the product of a vector [D] with weights [D U] (spec: layers,
// Dense), without bias or activation.
var denseDef = Def{
	Name: "dense", Args: []string{"x", "w"},
	Doc: "product of a vector [D] with weights [D U]",
	Infer: func(v *ir.Value) (ir.Type, error) {
		x, w := v.Args[0], v.Args[1]
		d, err := vector(x)
		if err != nil {
			return ir.Type{}, err
		}
		if err := weights(w, 2); err != nil {
			return ir.Type{}, err
		}
		if w.Shape[0] != d {
			return ir.Type{}, fmt.Errorf("weights %s on a vector of %d", w.Shape, d)
		}
		return f32(w.Shape[1]), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
		x, w := v.Args[0], v.Args[1]
		g := make([]*ir.Value, 2)
		if need[0] {
			g[0] = b.Suffixed("dense_dx", "dx", nil, dy, w)
		}
		if need[1] {
			g[1] = b.Suffixed("dense_dw", "dw", nil, x, dy)
		}
		return g
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x, w := args[0], args[1]
		in, units := v.Args[1].Shape[0], v.Shape[0]
		for i := range env.N {
			for d := range in {
				for u := range units {
					out[i*units+u] += x[i*in+d] * w[d*units+u]
				}
			}
		}
	},
	FLOPs: func(v *ir.Value) int64 { return 2 * int64(v.Args[1].Shape.Size()) },
}

var denseDxDef = Def{
	Name: "dense_dx", Args: []string{"dy", "w"},
	Doc: "gradient of dense with respect to its vector",
	Infer: func(v *ir.Value) (ir.Type, error) {
		dy, w := v.Args[0], v.Args[1]
		u, err := vector(dy)
		if err != nil {
			return ir.Type{}, err
		}
		if err := weights(w, 2); err != nil {
			return ir.Type{}, err
		}
		if w.Shape[1] != u {
			return ir.Type{}, fmt.Errorf("weights %s for a gradient of %d", w.Shape, u)
		}
		return f32(w.Shape[0]), nil
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		dy, w := args[0], args[1]
		in, units := v.Shape[0], v.Args[0].Shape[0]
		for i := range env.N {
			for d := range in {
				for u := range units {
					out[i*in+d] += dy[i*units+u] * w[d*units+u]
				}
			}
		}
	},
	FLOPs: func(v *ir.Value) int64 { return 2 * int64(v.Args[1].Shape.Size()) },
}

var denseDwDef = Def{
	Name: "dense_dw", Args: []string{"x", "dy"},
	Doc: "gradient of dense with respect to its weights, summed over the examples",
	Infer: func(v *ir.Value) (ir.Type, error) {
		d, err := vector(v.Args[0])
		if err != nil {
			return ir.Type{}, err
		}
		u, err := vector(v.Args[1])
		return ir.Type{Shape: ir.Shape{d, u}}, err
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x, dy := args[0], args[1]
		in, units := v.Shape[0], v.Shape[1]
		for i := range env.N {
			for d := range in {
				for u := range units {
					out[d*units+u] += x[i*in+d] * dy[i*units+u]
				}
			}
		}
	},
	FLOPs: func(v *ir.Value) int64 { return 2 * int64(v.Shape.Size()) },
}
