package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// step is one piece of work: the operations that one plan call, or a few in a
// row, compute together.
type step struct {
	// out is the main operation. For gradients of weights it is the kernel's
	// gradient, or the bias' when the kernel has none.
	out *ir.Value
	// mask is the pooling mask computed along with out, nil in inference.
	mask *ir.Value
	// product, when set, is the backward-data whose kernel computes out, which is
	// the sum with add, masked by relu unless that is nil (absorb).
	product, add, relu *ir.Value
	// bias is the bias gradient computed along with a kernel's.
	bias *ir.Value
	// gamma is the gradient of gamma computed along with that of a normalization.
	gamma *ir.Value
	// backward is set from the loss gradient on.
	backward bool
	// level is the stage that the step runs in.
	level int
	// store marks the step that hands the scores to the caller; out is the
	// value stored. measure marks the one that computes the loss of out in
	// inference.
	store, measure bool
}

// weightGrad reports whether the step adds to the gradients of parameters.
func (s step) weightGrad() bool { return !s.out.Batched && !isWhole(s.out.Op) }

// reads lists the values whose buffers the step reads.
func (s step) reads() []*ir.Value {
	if s.store || s.measure {
		return []*ir.Value{s.out}
	}
	if s.product != nil {
		args := []*ir.Value{s.product.Args[0], s.add}
		if s.relu != nil {
			args = append(args, s.relu)
		}
		return args
	}
	var args []*ir.Value
	for _, a := range s.out.Args {
		if a.Batched && a.DType != ir.Label && a.Op != "target" {
			args = append(args, a)
		}
	}
	return args
}

// order returns the steps in the order they run: the graph's own order, but
// everything that does not depend on the loss gradient first, and gradients of
// weights as soon as the gradient they are made from exists, so that both it
// and the activation can die.
func (l *legal) order(unfused bool) []step {
	l.recompute()
	after := l.dependsOnLoss()
	masks := l.pairMasks()
	gammas := l.gammaGrads()
	var sums absorbed
	if !unfused {
		sums = l.absorb(after)
	}
	weights := map[*ir.Value][]step{} // by the root of the gradient they read
	for _, w := range l.weightSteps() {
		root := l.forms[w.from].root
		weights[root] = append(weights[root], w.step)
	}
	var forward, backward []step
	for _, v := range l.Values {
		if !l.runs(v) || sums.inner[v] {
			continue
		}
		s, ok := sums.steps[v]
		if !ok {
			s = step{out: v, mask: masks[v], gamma: gammas[v], backward: after[v]}
		}
		if !s.backward {
			if v == l.Scores && l.early() {
				forward = append(forward, step{out: l.measured, measure: true})
			}
			forward = append(forward, s)
			continue
		}
		backward = append(append(backward, s), weights[v]...)
	}
	if l.measured != nil && !l.early() {
		forward = append(forward, step{out: l.measured, measure: true})
	}
	if !l.lossWritesScores() {
		forward = append(forward, step{out: l.Scores, store: true})
	}
	return l.byLevel(append(forward, backward...))
}

// runs reports whether v is a step of its own.
func (l *legal) runs(v *ir.Value) bool {
	if op.IsLoss(v) {
		return false // computed along with its gradient
	}
	switch v.Op {
	case "input", "target", "param", "flatten", "reshape", "maxpool2d_mask", "conv2d_fused_mask":
		return false
	case "affine":
		return v != l.loaded
	case "softmax":
		return !(v == l.Scores && l.lossWritesScores())
	}
	return v.Batched || isWhole(v.Op)
}

// lossWritesScores reports whether the loss call makes the scores on its way.
func (l *legal) lossWritesScores() bool {
	return l.Grads != nil && fromSoftmax(l.Graph)
}

// fromSoftmax reports whether the loss takes the logits of the final softmax and
// is computed together with it.
func fromSoftmax(g *ir.Graph) bool {
	return g.Loss != nil && op.Lookup(g.Loss.Op).Loss.FromSoftmax && g.Scores.Op == "softmax" && g.Scores.Args[0] == g.Loss.Args[0]
}

// early reports whether the loss of an inference program is computed before the
// scores, which may take the place of the logits it reads.
func (l *legal) early() bool {
	return l.measured != nil && len(l.Scores.Args) == 1 && l.Scores.Args[0] == l.measured
}

// dependsOnLoss marks the values of the backward pass.
func (l *legal) dependsOnLoss() map[*ir.Value]bool {
	after := map[*ir.Value]bool{}
	for _, v := range l.Values {
		after[v] = op.IsLossGrad(v)
		for _, a := range v.Args {
			// A mask is made in the forward pass whatever it stands on.
			after[v] = after[v] || after[a]
		}
	}
	return after
}

// pairMasks maps each pooling to the mask that is computed with it.
func (l *legal) pairMasks() map[*ir.Value]*ir.Value {
	of := map[*ir.Value]*ir.Value{}
	users := l.Users()
	for _, m := range l.Values {
		if m.DType != ir.Mask {
			continue
		}
		for _, v := range users[m.Args[0].ID] {
			if samePool(v, m) {
				of[v] = m
				break
			}
		}
	}
	return of
}

// samePool reports whether m is the mask of pooling v.
func samePool(v, m *ir.Value) bool {
	if len(v.Args) != len(m.Args) || v.Op+"_mask" != m.Op {
		return false
	}
	for i, a := range v.Args {
		if m.Args[i] != a {
			return false
		}
	}
	switch a := v.Attr.(type) {
	case ir.PoolAttr:
		return m.Attr.(ir.PoolMaskAttr).Pool == a
	case ir.FusedConvAttr:
		b := m.Attr.(ir.FusedConvAttr)
		return a.Conv == b.Conv && a.Act == b.Act && a.Pool != nil && b.Pool != nil && *a.Pool == *b.Pool
	}
	return false
}

// weightStep is a step that adds to gradients, and the gradient it reads.
type weightStep struct {
	step
	from *ir.Value
}

// weightSteps joins the gradients of a layer's kernel and bias.
func (l *legal) weightSteps() []weightStep {
	var steps []weightStep
	made := map[*ir.Value][]int{} // dy -> steps that read it
	after := l.dependsOnLoss()
	for _, v := range l.Values {
		if v.Op == "conv2d_dw" && !after[v.Args[1]] {
			// A transposed convolution: the gradient takes the place of the image, and
			// the kernels' sums over the other do not give that of the bias.
			steps = append(steps, weightStep{step{out: v, backward: true}, v.Args[0]})
			continue
		}
		if v.Op == "conv2d_dw" || v.Op == "dense_dw" {
			made[v.Args[1]] = append(made[v.Args[1]], len(steps))
			steps = append(steps, weightStep{step{out: v, backward: true}, v.Args[1]})
		}
	}
	along := map[*ir.Value]bool{}
	for _, u := range l.gammaGrads() {
		along[u] = true
	}
	for _, v := range l.Values {
		if v.Op == "prelu_dw" || isGammaGrad(v.Op) && !along[v] {
			steps = append(steps, weightStep{step{out: v, backward: true}, v.Args[0]})
		}
		if v.Op != "bias_grad" {
			continue
		}
		// Two layers whose results are added share their dy; each bias goes with
		// its own layer's kernel.
		joined := false
		for _, i := range made[v.Args[0]] {
			if s := &steps[i]; s.bias == nil && s.out.Layer == v.Layer {
				s.bias, joined = v, true
				break
			}
		}
		if !joined {
			steps = append(steps, weightStep{step{out: v, bias: v, backward: true}, v.Args[0]})
		}
	}
	return steps
}

// targets maps each value that adds to a parameter's gradient to the index of
// that parameter. A parameter used twice has the sum of two gradients: both add
// in place.
func (l *legal) targets() map[*ir.Value]int {
	of := map[*ir.Value]int{}
	var walk func(v *ir.Value, i int)
	walk = func(v *ir.Value, i int) {
		if v.Op == "add" && !v.Batched {
			for _, a := range v.Args {
				walk(a, i)
			}
			return
		}
		of[v] = i
	}
	for i, v := range l.Grads {
		if v != nil {
			walk(v, i)
		}
	}
	return of
}
