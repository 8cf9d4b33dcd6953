package plan

// Affine is Y = X*Scale + Offset, with one number for all channels or one for
// each. With one, padding channels get it, too; otherwise they become 0. Y may be X.
type Affine struct {
	Info
	Scale, Offset []float64
	X, Y          *Buffer
}

// Kernel implements Call.
func (c *Affine) Kernel() string { return "affine" }

// PerChannel reports whether channels have numbers of their own.
func (c *Affine) PerChannel() bool { return len(c.Scale) > 1 || len(c.Offset) > 1 }

func (c *Affine) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Affine) check(v *verifier) {
	v.like(c, c.X, c.Y)
	for _, list := range [][]float64{c.Scale, c.Offset} {
		if len(list) != 1 && len(list) != c.X.C {
			v.fail("%s: %d numbers for %d channels", c.Name, len(list), c.X.C)
		}
	}
}
