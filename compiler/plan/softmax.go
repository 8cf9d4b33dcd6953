package plan

// Softmax writes probabilities, or with Log their logarithms: those of a vector,
// or at every pixel those of its channels. Channels that are padding become 0. X
// and Y may be one buffer.
type Softmax struct {
	Info
	X, Y *Buffer
	Log  bool
}

// Kernel implements Call.
func (c *Softmax) Kernel() string {
	if c.Log {
		return "softmaxLog"
	}
	return "softmax"
}

// softmaxWork is what the exponential of a score takes, in FLOPs at the peak: 0.43 ns of a
// Zen 5 core under AVX2.
const softmaxWork = 62

// Arithmetic implements Call.
func (c *Softmax) Arithmetic() int64 { return softmaxWork * int64(c.X.H*c.X.W*c.X.Cp) }

func (c *Softmax) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Softmax) check(v *verifier) { v.pixels(c, c.X, c.Y) }

// SoftmaxGrad is DX = Y * (DY - sum over channels of DY*Y) for Y the result of a
// Softmax, with Log DX = DY - e^Y * sum over channels of DY. DX may be DY.
type SoftmaxGrad struct {
	Info
	DY, Y, DX *Buffer
	Log       bool
}

// Kernel implements Call.
func (c *SoftmaxGrad) Kernel() string {
	if c.Log {
		return "softmaxBackLog"
	}
	return "softmaxBack"
}

func (c *SoftmaxGrad) accesses(a *accesses) {
	a.read(c.DY, c.Y)
	a.write(c.DX)
}

func (c *SoftmaxGrad) check(v *verifier) { v.pixels(c, c.DY, c.Y, c.DX) }
