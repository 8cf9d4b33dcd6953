package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// softmax turns logits into probabilities: those of a vector, or at every pixel
// those of its channels (spec: activations, axis -1).
var softmaxDef = Def{
	Name: "softmax", Args: []string{"x"},
	Doc:   "probabilities: e^x over the sum of all e^x along the last axis",
	Infer: lastAxis,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("softmax_grad", "dlogits", nil, dy, v)}
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		eachRow(v, out, func(from, to int) { softmax(out[from:to], args[0][from:to]) })
	},
}

var softmaxGradDef = Def{
	Name: "softmax_grad", Args: []string{"dy", "y"},
	Doc:   "gradient of softmax from its output y: y * (dy - sum of dy*y)",
	Infer: lastAxis,
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		dy, y := args[0], args[1]
		eachRow(v, out, func(from, to int) {
			dot := 0.0
			for j := from; j < to; j++ {
				dot += dy[j] * y[j]
			}
			for j := from; j < to; j++ {
				out[j] = y[j] * (dy[j] - dot)
			}
		})
	},
}

// log_softmax is the logarithm of softmax, without computing that (spec:
// activations).
var logSoftmaxDef = Def{
	Name: "log_softmax", Args: []string{"x"},
	Doc:   "logarithms of probabilities: x minus the logarithm of the sum of all e^x along the last axis",
	Infer: lastAxis,
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("log_softmax_grad", "dlogits", nil, dy, v)}
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		x := args[0]
		eachRow(v, out, func(from, to int) {
			top, sum := math.Inf(-1), 0.0
			for j := from; j < to; j++ {
				top = max(top, x[j])
			}
			for j := from; j < to; j++ {
				sum += math.Exp(x[j] - top)
			}
			for j := from; j < to; j++ {
				out[j] = x[j] - top - math.Log(sum)
			}
		})
	},
}

var logSoftmaxGradDef = Def{
	Name: "log_softmax_grad", Args: []string{"dy", "y"},
	Doc:   "gradient of log_softmax from its output y: dy - e^y * sum of dy",
	Infer: lastAxis,
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		dy, y := args[0], args[1]
		eachRow(v, out, func(from, to int) {
			sum := 0.0
			for j := from; j < to; j++ {
				sum += dy[j]
			}
			for j := from; j < to; j++ {
				out[j] = dy[j] - math.Exp(y[j])*sum
			}
		})
	},
}

// lastAxis is the type of operations along the last axis of vectors and images,
// whose operands and result are of one shape.
func lastAxis(v *ir.Value) (ir.Type, error) {
	x := v.Args[0]
	if len(x.Shape) != 1 && len(x.Shape) != 3 {
		return ir.Type{}, fmt.Errorf("a vector or an image is needed, got %s", x.Shape)
	}
	if len(v.Args) > 1 {
		if err := same(x, v.Args[1]); err != nil {
			return ir.Type{}, err
		}
	}
	return x.Type(), batched(x)
}

// eachRow calls do for each vector along the last axis of v's elements.
func eachRow(v *ir.Value, elements []float64, do func(from, to int)) {
	d := v.Shape.Last()
	for from := 0; from < len(elements); from += d {
		do(from, from+d)
	}
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
