package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// globalmaxpool is the maximum of each channel over the image. Unlike that of
// maxpool2d its gradient is that of a reduction: equal largest cells share it
// (spec: layers, GlobalMaxPooling2D).
var globalmaxpoolDef = Def{
	Name: "globalmaxpool", Args: []string{"x"},
	Doc: "largest value of each channel of an image, as a vector [C]",
	Infer: func(v *ir.Value) (ir.Type, error) {
		_, _, c, err := image(v.Args[0])
		return f32(c), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("globalmaxpool_dx", "dx", nil, dy, v.Args[0], v)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		c, size := v.Shape[0], v.Args[0].Shape.Size()
		for i := range out {
			out[i] = math.Inf(-1)
		}
		for e, x := range args[0] {
			o := e/size*c + e%c
			out[o] = max(out[o], x)
		}
	},
}

var globalmaxpoolDxDef = Def{
	Name: "globalmaxpool_dx", Args: []string{"dy", "x", "y"},
	Doc: "gradient of globalmaxpool: dy shared by the cells of x that equal the maximum y",
	Infer: func(v *ir.Value) (ir.Type, error) {
		_, _, c, err := image(v.Args[1])
		if err != nil {
			return ir.Type{}, err
		}
		if n, err := vector(v.Args[0]); err != nil || n != c {
			return ir.Type{}, same(v.Args[0], v.Args[2])
		}
		return v.Args[1].Type(), same(v.Args[0], v.Args[2])
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		dy, x, y := args[0], args[1], args[2]
		c, size := v.Shape[2], v.Shape.Size()
		ties := make([]float64, len(y))
		for e := range x {
			if o := e/size*c + e%c; x[e] == y[o] {
				ties[o]++
			}
		}
		for e := range x {
			if o := e/size*c + e%c; x[e] == y[o] {
				out[e] = dy[o] / ties[o]
			}
		}
	},
}
