package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// permute reorders the axes of an image (spec: layers, Permute).
var permuteDef = Def{
	Name: "permute", Args: []string{"x"}, Attr: ir.PermuteAttr{},
	Doc: "an image with its axes in another order",
	Infer: func(v *ir.Value) (ir.Type, error) {
		if _, _, _, err := image(v.Args[0]); err != nil {
			return ir.Type{}, err
		}
		s, a := v.Args[0].Shape, v.Attr.(ir.PermuteAttr).Axes
		seen := [3]bool{}
		for _, i := range a {
			if i < 0 || i > 2 || seen[i] {
				return ir.Type{}, fmt.Errorf("%s is no order of three axes", v.Attr)
			}
			seen[i] = true
		}
		return f32(s[a[0]], s[a[1]], s[a[2]]), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		var back ir.PermuteAttr
		for i, from := range v.Attr.(ir.PermuteAttr).Axes {
			back.Axes[from] = i
		}
		return []*ir.Value{b.Suffixed("permute", "dx", back, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		s, x, a := v.Shape, v.Args[0].Shape, v.Attr.(ir.PermuteAttr).Axes
		size := s.Size()
		for e := range out {
			to := [3]int{e % size / (s[1] * s[2]), e / s[2] % s[1], e % s[2]}
			var from [3]int
			for i := range to {
				from[a[i]] = to[i]
			}
			out[e] = args[0][e/size*size+(from[0]*x[1]+from[1])*x[2]+from[2]]
		}
	},
}
