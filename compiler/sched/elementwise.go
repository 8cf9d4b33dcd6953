package sched

import (
	"slices"
	"strings"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// elementwise plans operations that read and write element by element, over
// their operand wherever it dies.
func (b *builder) elementwise(i int, s step) error {
	v := s.out
	x := b.buf(v.Args[0])
	var y *plan.Buffer
	var c plan.Call
	switch v.Op {
	case "act":
		a := v.Attr.(ir.ActAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.Act{Info: b.info(v, callName(s, camel(a.Func)), pass(s)), Func: a.Func, Params: actParams(a), X: x, Y: y}
	case "act_grad":
		a := v.Attr.(ir.ActAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.ActGrad{Info: b.info(v, callName(s, camel(a.Func)), pass(s)), Func: a.Func, Params: actParams(a), DY: x, R: b.buf(v.Args[1]), DX: y}
	case "activity_grad":
		a := v.Attr.(ir.ActivityAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.ActivityGrad{Info: b.info(v, callName(s, "Activity"), pass(s)), DY: x, X: b.buf(v.Args[1]), DX: y, L1: a.L1, L2: a.L2}
	case "dropout":
		a := v.Attr.(ir.DropoutAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.Dropout{Info: b.info(v, callName(s, ""), pass(s)), X: x, Y: y, Rate: a.Rate, Stream: a.Stream}
	case "add", "add_act":
		a, _ := v.Attr.(ir.ActAttr)
		if v.Op == "add_act" && a.Func != "relu" {
			return internal(v, "addition with %s", a.Func)
		}
		y = b.inPlace(i, s, v.Args[0], v.Args[1])
		c = &plan.Add{Info: b.info(v, callName(s, "Add"), pass(s)), A: x, B: b.buf(v.Args[1]), Y: y, ReLU: v.Op == "add_act"}
	}
	c.Base().Comment = size(y)
	if y == x {
		c.Base().Comment += ", in place"
	}
	b.call(s.backward, c)
	return nil
}

// activity plans the penalty of an activity: in training, and in inference where
// a loss is measured.
func (b *builder) activity(s step) {
	if b.Grads == nil && b.loss.Kernel == "" {
		return
	}
	a, x := s.out.Attr.(ir.ActivityAttr), b.buf(s.out)
	c := &plan.Activity{Info: b.info(s.out, callName(s, "Activity"), pass(s)), X: x, L1: a.L1, L2: a.L2}
	c.Comment = size(x)
	b.call(s.backward, c)
}

// actParams are the parameters that the function has.
func actParams(a ir.ActAttr) []float64 {
	f := op.LookupActivation(a.Func)
	return slices.Clone(a.Params[:len(f.Params)])
}

// softmax plans softmax and its gradient.
func (b *builder) softmax(i int, s step) {
	v := s.out
	x := b.buf(v.Args[0])
	y := b.inPlace(i, s, v.Args[0])
	var c plan.Call
	switch v.Op {
	case "softmax", "log_softmax":
		c = &plan.Softmax{Info: b.info(v, callName(s, camel(v.Op)), pass(s)), X: x, Y: y, Log: v.Op == "log_softmax"}
	case "softmax_grad", "log_softmax_grad":
		log := v.Op == "log_softmax_grad"
		c = &plan.SoftmaxGrad{Info: b.info(v, callName(s, camel(strings.TrimSuffix(v.Op, "_grad"))), pass(s)), DY: x, Y: b.buf(v.Args[1]), DX: y, Log: log}
	}
	c.Base().Comment = size(x)
	b.call(s.backward, c)
}

// camel turns leaky_relu into LeakyRelu.
func camel(s string) string {
	var b strings.Builder
	for _, p := range strings.Split(s, "_") {
		if p != "" {
			b.WriteString(title(p))
		}
	}
	return b.String()
}
