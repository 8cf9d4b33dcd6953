package plan

// Upsample is bilinear interpolation: every pixel of X becomes SH x SW pixels of
// Y, weighted means of neighbours by the distance of centres, clamped at the
// edges. (Repetition is an AvgPoolGrad with Sum.)
type Upsample struct {
	Info
	X, Y   *Buffer
	SH, SW int
}

// Kernel implements Call.
func (c *Upsample) Kernel() string { return "blend" }

func (c *Upsample) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Upsample) check(v *verifier) { v.upsample(c, c.X, c.Y, c.SH, c.SW) }

// UpsampleGrad adds every pixel of DY, weighted, to the pixels of DX that it is
// a mean of; it clears DX first.
type UpsampleGrad struct {
	Info
	DY, DX *Buffer
	SH, SW int
}

// Kernel implements Call.
func (c *UpsampleGrad) Kernel() string { return "blendGrad" }

func (c *UpsampleGrad) accesses(a *accesses) {
	a.read(c.DY)
	a.write(c.DX)
}

func (c *UpsampleGrad) check(v *verifier) { v.upsample(c, c.DX, c.DY, c.SH, c.SW) }

func (v *verifier) upsample(c Call, small, large *Buffer, sh, sw int) {
	if small.Cp != large.Cp || small.Cp%8 != 0 || small.H*sh != large.H || small.W*sw != large.W {
		v.fail("%s: %s is not %dx%d times %s", c.Base().Name, large.Name, sh, sw, small.Name)
	}
}
