package plan

// Zero clears the pixels of a buffer, or only the border around them when
// HaloOnly.
type Zero struct {
	Info
	X        *Buffer
	HaloOnly bool
}

// Kernel implements Call.
func (c *Zero) Kernel() string { return "clear" }

func (c *Zero) accesses(a *accesses) {
	a.write(c.X)
}

func (c *Zero) check(*verifier) {}
