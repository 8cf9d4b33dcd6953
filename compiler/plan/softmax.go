package plan

// Softmax writes probabilities; X and Y may be one buffer.
type Softmax struct {
	Info
	X, Y *Buffer
}

// Kernel implements Call.
func (c *Softmax) Kernel() string { return "softmax" }

func (c *Softmax) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Softmax) check(v *verifier) {
	v.vectors(c, c.X, c.Y)
}

// SoftmaxGrad is DX = Y * (DY - sum over classes of DY*Y) for Y the
// probabilities. DX may be DY.
type SoftmaxGrad struct {
	Info
	DY, Y, DX *Buffer
}

// Kernel implements Call.
func (c *SoftmaxGrad) Kernel() string { return "softmax" }

func (c *SoftmaxGrad) accesses(a *accesses) {
	a.read(c.DY, c.Y)
	a.write(c.DX)
}

func (c *SoftmaxGrad) check(v *verifier) {
	v.vectors(c, c.DY, c.Y, c.DX)
}
