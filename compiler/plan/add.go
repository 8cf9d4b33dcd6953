package plan

// Add is Y = A + B, with relu when set. Y may be A or B.
type Add struct {
	Info
	A, B, Y *Buffer
	ReLU    bool
}

// Kernel implements Call.
func (c *Add) Kernel() string {
	if c.ReLU {
		return "addReLU"
	}
	return "add"
}

func (c *Add) accesses(a *accesses) {
	a.read(c.A, c.B)
	a.write(c.Y)
}

func (c *Add) check(v *verifier) {
	v.like(c, c.A, c.B, c.Y)
}
