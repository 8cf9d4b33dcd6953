package plan

// LossGrad computes each example's loss and the gradient of the loss with
// respect to X: for softmax_crossentropy X are logits and the probabilities go
// to the caller's scores too; for crossentropy and mse X are scores. DX is
// scaled by the run-time factor 1/batch. DX may be X.
type LossGrad struct {
	Info
	Loss  Loss
	X, DX *Buffer
}

// Kernel implements Call.
func (c *LossGrad) Kernel() string { return "loss" }

func (c *LossGrad) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.DX)
}

func (c *LossGrad) check(v *verifier) {
	v.vectors(c, c.X, c.DX)
	if c.X.C != c.Loss.Outputs {
		v.fail("%s: %d scores, %d outputs", c.Name, c.X.C, c.Loss.Outputs)
	}
}
