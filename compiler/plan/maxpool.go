package plan

// MaxPool is max pooling. With Mask set it also writes which cell won.
type MaxPool struct {
	Info
	X, Y   *Buffer
	Mask   *Buffer // nil in inference
	KH, KW int
	SH, SW int
	// PadTop, PadLeft: windows reaching outside are clipped, so no halo is read.
	PadTop, PadLeft int
	// ReLU is applied to the result, and to the mask: a maximum that is not
	// above zero marks no cell.
	ReLU bool
}

// Kernel implements Call.
func (c *MaxPool) Kernel() string {
	s := "maxpool"
	if c.ReLU {
		s += "ReLU"
	}
	if c.Mask != nil {
		s += "Bits"
	}
	return s
}

func (c *MaxPool) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y, c.Mask)
}

func (c *MaxPool) check(v *verifier) {
	v.pool(c, c.X, c.Y, c.Mask, c.KH*c.KW)
}

// MaxPoolGrad sends DY to the winning cells. Overlap (windows share cells)
// adds into DX, otherwise cells are written once. With Overlap, or when cells
// exist that no window covers (Uncovered), the call first clears the pixels of
// DX.
type MaxPoolGrad struct {
	Info
	DY, Mask, DX    *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
	Overlap         bool
	Uncovered       bool
}

// Kernel implements Call.
func (c *MaxPoolGrad) Kernel() string { return "maxpoolGrad" }

func (c *MaxPoolGrad) accesses(a *accesses) {
	a.read(c.DY, c.Mask)
	a.write(c.DX)
}

func (c *MaxPoolGrad) check(v *verifier) {
	v.pool(c, c.DX, c.DY, c.Mask, c.KH*c.KW)
}
