package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
)

// Where gradients meet, behind a value that several layers read, autodiff adds
// them up, and the derivative of a relu may follow:
//
//	act_grad(add(p, conv2d_dx(dy, w)), y)
//
// The kernel of backward-data can do both on its way out: it adds p and applies
// the mask of y before it stores. absorb finds these and turns the three
// operations into one step. That is a choice of kernels and not a rewriting of
// the graph: there is no operation for it, and none is needed.

// absorbed are the steps that absorb makes, by the value they compute, and the
// values that are no steps of their own because of them.
type absorbed struct {
	steps map[*ir.Value]step
	inner map[*ir.Value]bool
}

// absorb finds the additions that a backward-data product can do. after marks the
// values of the backward pass: inference may compute gradients as well.
func (l *legal) absorb(after map[*ir.Value]bool) absorbed {
	a := absorbed{map[*ir.Value]step{}, map[*ir.Value]bool{}}
	users := l.Users()
	for _, sum := range l.Values {
		if sum.Op != "add" || !sum.Batched {
			continue
		}
		// The later product takes the addition: the earlier has been computed.
		product, other := sum.Args[0], sum.Args[1]
		if !l.absorbs(product, users) || l.absorbs(other, users) && other.ID > product.ID {
			product, other = other, product
		}
		if !l.absorbs(product, users) || l.forms[other].geom != l.forms[product].geom {
			continue
		}
		s := step{out: sum, product: product, add: other, backward: after[sum]}
		a.inner[product] = true
		if u := users[sum.ID]; len(u) == 1 && isReLUGrad(u[0]) && u[0].Args[0] == sum {
			a.inner[sum] = true
			s.out, s.relu = u[0], u[0].Args[1]
		}
		a.steps[s.out] = s
	}
	return a
}

// absorbs reports whether v is backward-data without a mask, written to every
// pixel, that only one operation reads.
func (l *legal) absorbs(v *ir.Value, users [][]*ir.Value) bool {
	if len(users[v.ID]) != 1 {
		return false
	}
	switch v.Op {
	case "dense_dx":
		return true
	case "conv2d_dx":
		return !hasEmptyPhase(v.Attr.(ir.ConvAttr))
	}
	return false
}

// isReLUGrad reports whether v is the derivative of a relu.
func isReLUGrad(v *ir.Value) bool {
	a, ok := v.Attr.(ir.ActAttr)
	return ok && v.Op == "act_grad" && a.Func == "relu"
}
