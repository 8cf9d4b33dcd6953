package op

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// softmax turns a vector of logits into probabilities (spec: activations).
var softmaxDef = Def{
	Name: "softmax", Args: []string{"x"},
	Doc: "probabilities: e^x over the sum of all e^x of the vector",
	Infer: func(v *ir.Value) (ir.Type, error) {
		d, err := vector(v.Args[0])
		return f32(d), err
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("softmax_grad", "dlogits", nil, dy, v)}
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Shape[0]
		for i := range env.N {
			softmax(out[i*d:(i+1)*d], args[0][i*d:(i+1)*d])
		}
	},
}

var softmaxGradDef = Def{
	Name: "softmax_grad", Args: []string{"dy", "y"},
	Doc: "gradient of softmax from its output y: y * (dy - sum of dy*y)",
	Infer: func(v *ir.Value) (ir.Type, error) {
		d, err := vector(v.Args[1])
		if err != nil {
			return ir.Type{}, err
		}
		return f32(d), same(v.Args[0], v.Args[1])
	},
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Shape[0]
		for i := range env.N {
			dy, y := args[0][i*d:(i+1)*d], args[1][i*d:(i+1)*d]
			dot := 0.0
			for j := range d {
				dot += dy[j] * y[j]
			}
			for j := range d {
				out[i*d+j] = y[j] * (dy[j] - dot)
			}
		}
	},
}

// softmax writes e^(z-max) over their sum and returns the logarithm of the sum
// of all e^z.
func softmax(p, z []float64) (logSumExp float64) {
	top := math.Inf(-1)
	for _, x := range z {
		top = max(top, x)
	}
	sum := 0.0
	for j, x := range z {
		p[j] = math.Exp(x - top)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return top + math.Log(sum)
}
