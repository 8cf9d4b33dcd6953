package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// globalavgpool is the mean of each channel over the image (spec: layers,
// GlobalAveragePooling2D).
var globalavgpoolDef = Def{
	Name: "globalavgpool", Args: []string{"x"},
	Doc: "mean of each channel of an image, as a vector [C]",
	Infer: func(v *ir.Value) (ir.Type, error) {
		_, _, c, err := image(v.Args[0])
		return f32(c), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		x := v.Args[0]
		return []*ir.Value{b.Shaped("globalavgpool_dx", b.Layer+".dx", x.Type(), nil, dy)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		x := args[0]
		pixels, c := v.Args[0].Shape[0]*v.Args[0].Shape[1], v.Shape[0]
		for i := range env.N {
			for p := range pixels {
				for j := range c {
					out[i*c+j] += x[(i*pixels+p)*c+j] / float64(pixels)
				}
			}
		}
	},
}

// globalavgpool_dx takes the image's height and width from its own declared
// shape.
var globalavgpoolDxDef = Def{
	Name: "globalavgpool_dx", Args: []string{"dy"},
	Doc: "gradient of globalavgpool: dy spread evenly over the image",
	Infer: func(v *ir.Value) (ir.Type, error) {
		c, err := vector(v.Args[0])
		if err != nil {
			return ir.Type{}, err
		}
		if _, _, vc, err := image(v); err != nil || vc != c {
			return ir.Type{}, fmt.Errorf("a %s cannot be the gradient of an average with %d channels", v.Type(), c)
		}
		return v.Type(), nil
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		dy := args[0]
		pixels, c := v.Shape[0]*v.Shape[1], v.Shape[2]
		for i := range env.N {
			for p := range pixels {
				for j := range c {
					out[(i*pixels+p)*c+j] = dy[i*c+j] / float64(pixels)
				}
			}
		}
	},
}
