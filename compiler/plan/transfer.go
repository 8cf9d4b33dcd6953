package plan

// Load copies the caller's images into a buffer with a halo or with padded
// channels, which it clears.
type Load struct {
	Info
	Y *Buffer
	// Scale and Offset, when not nil, make of each value x*Scale + Offset, with one
	// number for all channels or one for each.
	Scale, Offset []float64
}

// Kernel implements Call.
func (c *Load) Kernel() string { return "copy" }

func (c *Load) accesses(a *accesses) {
	a.write(c.Y)
}

func (c *Load) check(v *verifier) {
	if c.Y.H != v.plan.InputH || c.Y.W != v.plan.InputW || c.Y.C != v.plan.InputC {
		v.fail("%s: the buffer is not the input's size", c.Name)
	}
	for _, list := range [][]float64{c.Scale, c.Offset} {
		if n := len(list); n > 1 && n != c.Y.C || (n == 0) != (c.Scale == nil) {
			v.fail("%s: %d numbers for %d channels", c.Name, n, c.Y.C)
		}
	}
}

// Store copies a vector (1x1xOutputs) to the caller's scores.
type Store struct {
	Info
	X *Buffer
}

// Kernel implements Call.
func (c *Store) Kernel() string { return "copy" }

func (c *Store) accesses(a *accesses) {
	a.read(c.X)
}

func (c *Store) check(v *verifier) {
	v.vectors(c, c.X)
	if c.X.C != v.plan.Outputs {
		v.fail("%s: %d scores, %d outputs", c.Name, c.X.C, v.plan.Outputs)
	}
}
