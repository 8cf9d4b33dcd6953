package plan

// Reshape copies the elements of X in row-major order to Y, whose H, W, C
// differ but hold as many, and clears the padding channels of Y. It is needed
// only where an image with padded channels must become a plain vector or the
// reverse; elsewhere flatten costs nothing.
type Reshape struct {
	Info
	X, Y *Buffer
}

// Kernel implements Call.
func (c *Reshape) Kernel() string { return "copy" }

func (c *Reshape) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Reshape) check(v *verifier) {
	if c.X.H*c.X.W*c.X.C != c.Y.H*c.Y.W*c.Y.C {
		v.fail("%s: sizes differ", c.Name)
	}
}
