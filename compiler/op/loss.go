package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// Loss is one row of the table of losses: what is computed of the scores of one
// example and its target, and with which heads and data it makes sense. From a
// row follow two operations, NAME and NAME_grad, which the scheduler computes
// together.
type Loss struct {
	// Name is that of the operation and of the loss in the language; Also are
	// other losses of the language that this one computes.
	Name string
	Also []string
	Doc  string
	// Kernel names the functions of codegen/support that compute it: KernelLoss
	// and KernelGrad.
	Kernel string
	// Classes: the target is the index of a class. Otherwise it is a vector as
	// long as that of the scores.
	Classes bool
	// Soft is, of a loss of classes, the loss of targets that are shares of classes,
	// such as those of mixed images; "" when there is none.
	Soft string
	// Binary: each score answers a question of its own, and its target is 0 or 1
	// (or a probability between them).
	Binary bool
	// Draw says what targets and scores the loss is made for.
	Targets, Scores Domain
	// Ends are the activations that the network may end in, nil for any; "linear"
	// stands for none.
	Ends []string
	// Options names the numbers of the loss as the language does, in the order of
	// ir.LossAttr.Options; flags count as 0 and 1.
	Options []string
	// Of and Logits: as a loss of the result of activation Of, it is better
	// computed by loss Logits from the operand. Simplify puts that in its place,
	// and from_logits asks for it directly.
	Of, Logits string
	// FromSoftmax: where the network ends in softmax of the operand, one call
	// computes probabilities, loss and gradient together, with the softmax kernel.
	FromSoftmax bool

	// Nanos is what the loss and the gradient of a score take in training, in nanoseconds
	// of one core, measured; 0 stands for arithmetic alone. ValueNanos is what the loss
	// alone takes in inference, 0 for half of that.
	Nanos, ValueNanos float64

	// F is the loss of one example from its scores x and its target t: the
	// vector, or the index of a class alone.
	F func(o *ir.LossOptions, x, t []float64) float64
	// Grad is the gradient with respect to x; dx is zero before.
	Grad func(o *ir.LossOptions, dx, x, t []float64)
	// Sides calls side with every number at whose change of sign the formula
	// changes; nil for smooth losses.
	Sides func(o *ir.LossOptions, x, t []float64, side func(distance float64))
}

// arithmeticNanos is Nanos of losses that are a few additions and multiplications of a
// score: 0.9 to 1.0 of mean_squared_error, 2.5 of hinge, 2.9 of dice.
const arithmeticNanos = 1.5

// Times are the nanoseconds that a score takes in inference and in training.
func (l *Loss) Times() (value, training float64) {
	value, training = l.ValueNanos, l.Nanos
	if training == 0 {
		training = arithmeticNanos
	}
	if value == 0 {
		value = training / 2
	}
	return value, training
}

// Domain is a set of numbers that scores or targets come from.
type Domain int

// The domains.
const (
	Real         Domain = iota // any number
	Unit                       // 0 to 1
	Distribution               // 0 to 1, with the sum 1
	Sign                       // -1 or 1
	Positive                   // above 0
)

// Contain brings vectors of d numbers each, which may be any, into the domain, in
// place.
func (m Domain) Contain(x []float64, d int) {
	for i := 0; i < len(x); i += d {
		m.contain(x[i : i+d])
	}
}

func (m Domain) contain(x []float64) {
	sum := 0.0
	for i, v := range x {
		switch m {
		case Unit:
			x[i] = logistic(v)
		case Sign:
			x[i] = math.Copysign(1, v)
		case Positive:
			x[i] = math.Exp(0.7 * v)
		case Distribution:
			x[i] = math.Exp(v)
		}
		sum += x[i]
	}
	if m == Distribution {
		for i := range x {
			x[i] /= sum
		}
	}
}

// lossTable has a file of rows for each family. The order is that of the
// language reference.
func lossTable() []Loss {
	return slices.Concat(
		categoricalLosses, binaryLosses, focalLosses, regressionLosses, divergenceLosses, hingeLosses, overlapLosses)
}

var losses = lossTable()

// Losses returns the table of losses. It must not be changed.
func Losses() []Loss { return losses }

// LookupLoss returns the row that computes a loss of the language, or nil when
// there is none.
func LookupLoss(name string) *Loss {
	for i := range losses {
		if l := &losses[i]; l.Name == name || slices.Contains(l.Also, name) {
			return l
		}
	}
	return nil
}

// IsLoss reports whether v is a loss, IsLossGrad whether it is the gradient of
// one, where the backward pass begins.
func IsLoss(v *ir.Value) bool { d := Lookup(v.Op); return d != nil && d.Loss != nil }

// IsLossGrad: see IsLoss.
func IsLossGrad(v *ir.Value) bool { d := Lookup(v.Op); return d != nil && d.LossGrad != nil }

// IsOfLogits reports whether the loss is that of the logits of a softmax or sigmoid.
func IsOfLogits(name, activation string) bool {
	return slices.ContainsFunc(losses, func(l Loss) bool { return l.Logits == name && l.Of == activation })
}

// Target is the type of the target for that many scores.
func (l *Loss) Target(scores int) ir.Type {
	if l.Classes {
		return ir.Type{DType: ir.Label, Batched: true}
	}
	return f32(scores)
}

// lossDefs makes the operations of the losses, and lossGradDefs those of their
// gradients.
func lossDefs() []Def {
	var defs []Def
	for i := range losses {
		l := &losses[i]
		defs = append(defs, Def{
			Name: l.Name, Args: []string{"scores", "target"}, Attr: ir.LossAttr{}, Doc: l.Doc, Loss: l,
			Infer: func(v *ir.Value) (ir.Type, error) { return f32(), l.check(v) },
			VJP: func(b *Builder, v, _ *ir.Value, need []bool) []*ir.Value {
				g := make([]*ir.Value, 2)
				if need[0] {
					g[0] = b.Suffixed(l.Name+"_grad", "dscores", v.Attr, v.Args...)
				}
				return g
			},
			Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
				l.each(env, v, args, func(i int, o *ir.LossOptions, x, t []float64) { out[i] = l.F(o, x, t) })
			},
		})
	}
	return defs
}

func lossGradDefs() []Def {
	var defs []Def
	for i := range losses {
		l := &losses[i]
		defs = append(defs, Def{
			Name: l.Name + "_grad", Args: []string{"scores", "target"}, Attr: ir.LossAttr{},
			Doc: "gradient of " + l.Name + " with respect to the scores", LossGrad: l,
			Infer: func(v *ir.Value) (ir.Type, error) { return v.Args[0].Type(), l.check(v) },
			Eval: func(env *Env, v *ir.Value, args [][]float64, out []float64) {
				d := v.Shape[0]
				l.each(env, v, args, func(i int, o *ir.LossOptions, x, t []float64) { l.Grad(o, out[i*d:(i+1)*d], x, t) })
			},
		})
	}
	return defs
}

// each calls f for every example with its scores and its target.
func (l *Loss) each(env *Env, v *ir.Value, args [][]float64, f func(i int, o *ir.LossOptions, x, t []float64)) {
	a := v.Attr.(ir.LossAttr)
	d, k := a.Scores, a.Scores
	if l.Classes {
		k = 1
	}
	for i := range env.N {
		f(i, &a.Options, args[0][i*d:(i+1)*d], args[1][i*k:(i+1)*k])
	}
}

// Values computes the losses of n examples as v, a loss, does.
func (l *Loss) Values(v *ir.Value, n int, scores, target []float64) []float64 {
	out := make([]float64, n)
	l.each(&Env{N: n}, v, [][]float64{scores, target}, func(i int, o *ir.LossOptions, x, t []float64) { out[i] = l.F(o, x, t) })
	return out
}

// Pieces calls side for all examples of a loss as Sides does.
func (l *Loss) Pieces(v *ir.Value, n int, scores, target []float64, side func(distance float64)) {
	if l.Sides == nil {
		return
	}
	l.each(&Env{N: n}, v, [][]float64{scores, target}, func(_ int, o *ir.LossOptions, x, t []float64) { l.Sides(o, x, t, side) })
}

// check is the shape rule of the operands of a loss.
func (l *Loss) check(v *ir.Value) error {
	d, err := vector(v.Args[0])
	if err != nil {
		return err
	}
	switch t := v.Args[1]; {
	case !l.Classes:
		if err := same(v.Args[0], t); err != nil {
			return err
		}
	case t.DType != ir.Label || !t.Batched || len(t.Shape) != 0:
		return fmt.Errorf("operand %s is a %s, want one class index for each example", t.Name, t.Type())
	}
	if a := v.Attr.(ir.LossAttr); a.Scores != d {
		return fmt.Errorf("a loss of %d scores on %d", a.Scores, d)
	}
	return nil
}

// lossEpsilon bounds probabilities before their logarithm is taken, and what is
// divided by (spec: losses and metrics, epsilon).
const lossEpsilon = 1e-7

// bounded clips a probability; its derivative is 1 on the bounds and 0 outside
// (spec: layers, gradient conventions).
func bounded(p float64) (q, slope float64) {
	if p < lossEpsilon {
		return lossEpsilon, 0
	}
	if p > 1-lossEpsilon {
		return 1 - lossEpsilon, 0
	}
	return p, 1
}

// sign is -1, 0 or 1.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// meanOf makes F and Grad of a loss that is the mean over the scores of f(x, t),
// which also returns the derivative with respect to x.
func meanOf(f func(o *ir.LossOptions, x, t float64) (y, dy float64)) (
	func(o *ir.LossOptions, x, t []float64) float64, func(o *ir.LossOptions, dx, x, t []float64)) {
	return func(o *ir.LossOptions, x, t []float64) (sum float64) {
			for j := range x {
				y, _ := f(o, x[j], t[j])
				sum += y
			}
			return sum / float64(len(x))
		}, func(o *ir.LossOptions, dx, x, t []float64) {
			for j := range x {
				_, dy := f(o, x[j], t[j])
				dx[j] = dy / float64(len(x))
			}
		}
}

// mean is a row of a loss that is a mean over the scores.
func mean(l Loss, f func(o *ir.LossOptions, x, t float64) (y, dy float64)) Loss {
	l.F, l.Grad = meanOf(f)
	return l
}

// eachSide makes Sides of a function of one score and its target.
func eachSide(f func(o *ir.LossOptions, x, t float64) float64) func(o *ir.LossOptions, x, t []float64, side func(float64)) {
	return func(o *ir.LossOptions, x, t []float64, side func(float64)) {
		for j := range x {
			side(f(o, x[j], t[j]))
		}
	}
}
