package plan

// Act applies an elementwise function; X and Y may be one buffer. Here and in
// all elementwise calls the buffers have one geometry, and only pixels are
// written (all Cp channels), never the halo.
type Act struct {
	Info
	Func   string
	Params []float64 // of the function, in order
	X, Y   *Buffer
}

// Kernel implements Call.
func (c *Act) Kernel() string { return "act" }

func (c *Act) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Act) check(v *verifier) {
	v.like(c, c.X, c.Y)
}

// ActGrad is DX = DY * Func'(at R), R being the function's output or input as
// codegen/simd documents for each. DX may be DY.
type ActGrad struct {
	Info
	Func      string
	Params    []float64
	DY, R, DX *Buffer
}

// Kernel implements Call.
func (c *ActGrad) Kernel() string { return "actGrad" }

func (c *ActGrad) accesses(a *accesses) {
	a.read(c.DY, c.R)
	a.write(c.DX)
}

func (c *ActGrad) check(v *verifier) {
	v.like(c, c.DY, c.R, c.DX)
}
