package plan

// Dropout applies layer Stream's mask with rate Scalars[Rate]; forward and
// backward alike. X and Y may be one buffer.
type Dropout struct {
	Info
	X, Y   *Buffer
	Rate   int
	Stream int
}

// Kernel implements Call.
func (c *Dropout) Kernel() string { return "dropout" }

func (c *Dropout) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Dropout) check(v *verifier) {
	v.like(c, c.X, c.Y)
}
