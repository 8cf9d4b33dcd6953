package plan

// GlobalMaxPoolGrad shares DY among the pixels of X that equal Y, the maximum of
// their channel: DX = DY / how many where X = Y, else 0.
type GlobalMaxPoolGrad struct {
	Info
	DY, X, Y, DX *Buffer
}

// Kernel implements Call.
func (c *GlobalMaxPoolGrad) Kernel() string { return "globalmaxpoolGrad" }

func (c *GlobalMaxPoolGrad) accesses(a *accesses) {
	a.read(c.DY, c.X, c.Y)
	a.write(c.DX)
}

func (c *GlobalMaxPoolGrad) check(v *verifier) {
	v.like(c, c.X, c.DX)
	v.pixels(c, c.DY, c.Y)
	if c.Y.H != 1 || c.Y.W != 1 {
		v.fail("%s: %s is no maximum of all pixels", c.Name, c.Y.Name)
	}
	v.pool(c, c.X, c.Y, nil, 0)
}
