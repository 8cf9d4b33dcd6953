package plan

// Slopes are the trained numbers of a PReLU: alpha of channel c is at Offset + c,
// or, when every pixel has its own, that of pixel p at
// Offset + c/16*16*pixels + p*16 + c%16.
type Slopes struct {
	Space  Space // Params, or Grads for their gradient
	Offset int
	// Pixels is 1 for slopes that all pixels share, else the number of pixels.
	Pixels int
}

// PReLU is Y = X where X > 0, else alpha*X. Y may be X.
type PReLU struct {
	Info
	Alpha Slopes
	X, Y  *Buffer
}

// Kernel implements Call.
func (c *PReLU) Kernel() string { return "prelu" }

func (c *PReLU) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *PReLU) check(v *verifier) {
	v.like(c, c.X, c.Y)
	v.slopes(c, c.Alpha, c.X)
}

// PReLUGrad is DX = DY where X > 0, alpha*DY where X < 0, else 0. DX may be DY.
type PReLUGrad struct {
	Info
	Alpha     Slopes
	DY, X, DX *Buffer
}

// Kernel implements Call.
func (c *PReLUGrad) Kernel() string { return "preluGrad" }

func (c *PReLUGrad) accesses(a *accesses) {
	a.read(c.DY, c.X)
	a.write(c.DX)
}

func (c *PReLUGrad) check(v *verifier) {
	v.like(c, c.DY, c.X, c.DX)
	v.slopes(c, c.Alpha, c.DX)
}

// PReLUWeights adds DY*min(X, 0) to the gradient of alpha, pixels and examples in
// order.
type PReLUWeights struct {
	Info
	DAlpha Slopes
	DY, X  *Buffer
}

// Kernel implements Call.
func (c *PReLUWeights) Kernel() string { return "preluWeights" }

func (c *PReLUWeights) accesses(a *accesses) { a.read(c.DY, c.X) }

func (c *PReLUWeights) check(v *verifier) {
	v.like(c, c.DY, c.X)
	v.slopes(c, c.DAlpha, c.X)
}

func (v *verifier) slopes(c Call, s Slopes, x *Buffer) {
	if s.Pixels != 1 && s.Pixels != x.H*x.W {
		v.fail("%s: slopes of %d pixels on %s", c.Base().Name, s.Pixels, x.Name)
	}
	if end := s.Offset + (x.C+15)/16*16*s.Pixels; s.Offset < 0 || end > v.plan.ParamFloats {
		v.fail("%s: slopes at %d to %d of %d", c.Base().Name, s.Offset, end, v.plan.ParamFloats)
	}
}
