package plan

// LossGrad computes each example's loss and the gradient of the loss with
// respect to X. With Loss.Softmax, X are logits, and their softmax goes to the
// caller's scores too. DX is scaled by the run-time factor 1/batch and, where
// the caller gives them, the weights of the examples. DX may be X.
type LossGrad struct {
	Info
	Loss  Loss
	X, DX *Buffer
}

// Kernel implements Call.
func (c *LossGrad) Kernel() string { return "loss" }

// Arithmetic implements Call.
func (c *LossGrad) Arithmetic() int64 {
	if c.Loss.Softmax {
		return softmaxWork * int64(c.X.Cp)
	}
	return 0
}

func (c *LossGrad) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.DX)
}

func (c *LossGrad) check(v *verifier) {
	v.vectors(c, c.X, c.DX)
	v.loss(c, c.Loss, c.X)
}

// LossValue computes each example's loss of X in inference, where the caller
// asks for it. Packages that only infer leave it out.
type LossValue struct {
	Info
	Loss Loss
	X    *Buffer
}

// Kernel implements Call.
func (c *LossValue) Kernel() string { return "loss" }

func (c *LossValue) accesses(a *accesses) { a.read(c.X) }

func (c *LossValue) check(v *verifier) {
	v.vectors(c, c.X)
	v.loss(c, c.Loss, c.X)
}

// loss checks the operand of a loss.
func (v *verifier) loss(c Call, l Loss, x *Buffer) {
	if x.C != l.Outputs || l.Kernel == "" {
		v.fail("%s: %s of %d scores, %d outputs", c.Base().Name, l.Kind, x.C, l.Outputs)
	}
}
