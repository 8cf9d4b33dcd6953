package op

import (
	"github.com/cnnc/cnnc/compiler/ir"
)

// avgpool2d is the mean of the real cells of each window; cells of the padding
// are not counted (spec: layers, pooling).
var avgpool2dDef = Def{
	Name: "avgpool2d", Args: []string{"x"}, Attr: ir.PoolAttr{},
	Doc:   "mean of the real cells of each window of an image",
	Infer: inferPool2d,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("avgpool2d_dx", "dx", v.Attr, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, x := v.Attr.(ir.PoolAttr), args[0]
		eachWindow(a, env.N, v.Shape, func(yi int, at func(cell int) int) {
			sum, cells := 0.0, 0
			for cell := range a.KH * a.KW {
				if xi := at(cell); xi >= 0 {
					sum += x[xi]
					cells++
				}
			}
			out[yi] = sum / float64(cells)
		})
	},
}

var avgpool2dDxDef = Def{
	Name: "avgpool2d_dx", Args: []string{"dy"}, Attr: ir.PoolAttr{},
	Doc: "gradient of avgpool2d: dy spread evenly over the real cells of each window",
	Infer: func(v *ir.Value) (ir.Type, error) {
		return inferPoolDx(v.Attr.(ir.PoolAttr), v.Args[0])
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		a, dy := v.Attr.(ir.PoolAttr), args[0]
		eachWindow(a, env.N, v.Args[0].Shape, func(yi int, at func(cell int) int) {
			cells := 0
			for cell := range a.KH * a.KW {
				if at(cell) >= 0 {
					cells++
				}
			}
			for cell := range a.KH * a.KW {
				if xi := at(cell); xi >= 0 {
					out[xi] += dy[yi] / float64(cells)
				}
			}
		})
	},
}
