package plan

// AvgPool is average pooling over the real cells of each window; a global
// average is one window of the whole image.
type AvgPool struct {
	Info
	X, Y            *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
	// Sum leaves out the division: the gradient of repetition, or of rows and
	// columns that stretched.
	Sum bool
}

// Kernel implements Call.
func (c *AvgPool) Kernel() string { return "avgpool" }

func (c *AvgPool) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *AvgPool) check(v *verifier) {
	v.pool(c, c.X, c.Y, nil, 0)
}

// AvgPoolGrad spreads DY evenly. Overlap and Uncovered as in MaxPoolGrad.
type AvgPoolGrad struct {
	Info
	DY, DX          *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
	Overlap         bool
	Uncovered       bool
	// Sum leaves out the division: DY is repeated.
	Sum bool
}

// Kernel implements Call.
func (c *AvgPoolGrad) Kernel() string { return "avgpoolGrad" }

func (c *AvgPoolGrad) accesses(a *accesses) {
	a.read(c.DY)
	a.write(c.DX)
}

func (c *AvgPoolGrad) check(v *verifier) {
	v.pool(c, c.DX, c.DY, nil, 0)
}
