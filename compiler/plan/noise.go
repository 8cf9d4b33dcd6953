package plan

// SpatialDropout drops whole channels: the first C draws of layer Stream decide,
// with rate Scalars[Rate]. Forward and backward alike; X and Y may be one buffer.
type SpatialDropout struct {
	Info
	X, Y   *Buffer
	Rate   int
	Stream int
}

// Kernel implements Call.
func (c *SpatialDropout) Kernel() string { return "dropout" }

func (c *SpatialDropout) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *SpatialDropout) check(v *verifier) { v.like(c, c.X, c.Y) }

// AlphaDropout applies layer Stream's mask with rate Scalars[Rate]: what it drops
// becomes the lower limit of selu, and all is scaled and shifted back to mean 0
// and variance 1. With Grad it is the gradient. X and Y may be one buffer.
type AlphaDropout struct {
	Info
	X, Y   *Buffer
	Rate   int
	Stream int
	Grad   bool
}

// Kernel implements Call.
func (c *AlphaDropout) Kernel() string { return "dropout" }

func (c *AlphaDropout) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *AlphaDropout) check(v *verifier) { v.like(c, c.X, c.Y) }

// Noise is Y = X + s*e for standard normal e of layer Stream, s being
// Scalars[Rate]; with Multiply Y = X*(1 + s*e), s*s being rate/(1-rate). X and Y
// may be one buffer.
type Noise struct {
	Info
	X, Y     *Buffer
	Rate     int
	Stream   int
	Multiply bool
}

// Kernel implements Call.
func (c *Noise) Kernel() string { return "noise" }

func (c *Noise) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Noise) check(v *verifier) { v.like(c, c.X, c.Y) }
