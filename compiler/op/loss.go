package op

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
)

// lossEpsilon bounds probabilities before their logarithm is taken (spec:
// losses, probabilistic losses).
const lossEpsilon = 1e-7

// softmax_crossentropy is -ln of the softmax of the logits at the target class,
// computed as ln(sum e^z) - z[target] without ever forming the probability.
var softmaxCrossentropyDef = Def{
	Name: "softmax_crossentropy", Args: []string{"logits", "target"}, Attr: ir.LossAttr{}, Loss: true,
	Doc:   "-ln softmax(logits)[target], stable for any logits",
	Infer: func(v *ir.Value) (ir.Type, error) { return f32(), classLoss(v) },
	VJP:   lossVJP("softmax_crossentropy_grad"),
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Args[0].Shape[0]
		p := make([]float64, d)
		for i := range env.N {
			z := args[0][i*d : (i+1)*d]
			out[i] = softmax(p, z) - z[int(args[1][i])]
		}
	},
}

var softmaxCrossentropyGradDef = Def{
	Name: "softmax_crossentropy_grad", Args: []string{"logits", "target"}, Attr: ir.LossAttr{},
	Doc:   "softmax(logits), minus 1 at the target",
	Infer: func(v *ir.Value) (ir.Type, error) { return v.Args[0].Type(), classLoss(v) },
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Shape[0]
		for i := range env.N {
			softmax(out[i*d:(i+1)*d], args[0][i*d:(i+1)*d])
			out[i*d+int(args[1][i])]--
		}
	},
}

// crossentropy is -ln of the target class's share of the scores, which are
// divided by their sum first and bounded to [1e-7, 1-1e-7] (spec: losses).
var crossentropyDef = Def{
	Name: "crossentropy", Args: []string{"scores", "target"}, Attr: ir.LossAttr{}, Loss: true,
	Doc:   "-ln of the target's share of the scores",
	Infer: func(v *ir.Value) (ir.Type, error) { return f32(), classLoss(v) },
	VJP:   lossVJP("crossentropy_grad"),
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Args[0].Shape[0]
		for i := range env.N {
			q, _ := share(args[0][i*d:(i+1)*d], int(args[1][i]))
			out[i] = -math.Log(min(max(q, lossEpsilon), 1-lossEpsilon))
		}
	},
}

// crossentropy_grad is 0 where the share was bounded, since there the loss does
// not move (clip has derivative 1 on its bounds, 0 outside).
var crossentropyGradDef = Def{
	Name: "crossentropy_grad", Args: []string{"scores", "target"}, Attr: ir.LossAttr{},
	Doc:   "gradient of crossentropy: 1/sum, minus 1/score at the target",
	Infer: func(v *ir.Value) (ir.Type, error) { return v.Args[0].Type(), classLoss(v) },
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Shape[0]
		for i := range env.N {
			p, t := args[0][i*d:(i+1)*d], int(args[1][i])
			q, sum := share(p, t)
			if q < lossEpsilon || q > 1-lossEpsilon {
				continue
			}
			for j := range d {
				out[i*d+j] = 1 / sum
			}
			out[i*d+t] -= 1 / p[t]
		}
	},
}

// mse is the mean over the outputs of the squared difference.
var mseDef = Def{
	Name: "mse", Args: []string{"scores", "target"}, Attr: ir.LossAttr{}, Loss: true,
	Doc:   "mean over the outputs of (score - target)^2",
	Infer: func(v *ir.Value) (ir.Type, error) { return f32(), vectorLoss(v) },
	VJP:   lossVJP("mse_grad"),
	Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
		d := v.Args[0].Shape[0]
		for i := range env.N {
			for j := i * d; j < (i+1)*d; j++ {
				e := args[0][j] - args[1][j]
				out[i] += e * e / float64(d)
			}
		}
	},
}

var mseGradDef = Def{
	Name: "mse_grad", Args: []string{"scores", "target"}, Attr: ir.LossAttr{},
	Doc:   "gradient of mse: 2 (score - target) over the number of outputs",
	Infer: func(v *ir.Value) (ir.Type, error) { return v.Args[0].Type(), vectorLoss(v) },
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		for j := range out {
			out[j] = 2 * (args[0][j] - args[1][j]) / float64(v.Shape[0])
		}
	},
}

// lossVJP makes the VJP of a loss from its gradient operation, which has the
// same operands and attribute. The upstream gradient of a loss is 1.
func lossVJP(grad string) func(b *Builder, v, dy *ir.Value, need []bool) []*ir.Value {
	return func(b *Builder, v, _ *ir.Value, need []bool) []*ir.Value {
		g := make([]*ir.Value, 2)
		if need[0] {
			g[0] = b.Suffixed(grad, "dscores", v.Attr, v.Args...)
		}
		return g
	}
}

// classLoss checks the operands of a loss against a class index.
func classLoss(v *ir.Value) error {
	d, err := vector(v.Args[0])
	if err != nil {
		return err
	}
	if t := v.Args[1]; t.DType != ir.Label || !t.Batched || len(t.Shape) != 0 {
		return fmt.Errorf("operand %s is a %s, want one class index for each example", t.Name, t.Type())
	}
	return classes(v, d)
}

// vectorLoss checks the operands of a loss against a vector.
func vectorLoss(v *ir.Value) error {
	d, err := vector(v.Args[0])
	if err != nil {
		return err
	}
	if err := same(v.Args[0], v.Args[1]); err != nil {
		return err
	}
	return classes(v, d)
}

func classes(v *ir.Value, d int) error {
	if a := v.Attr.(ir.LossAttr); a.Classes != d {
		return fmt.Errorf("a loss over %d classes on %d scores", a.Classes, d)
	}
	return nil
}

// share returns the part of the sum of p that p[t] is, and the sum.
func share(p []float64, t int) (q, sum float64) {
	for _, x := range p {
		sum += x
	}
	return p[t] / sum, sum
}
