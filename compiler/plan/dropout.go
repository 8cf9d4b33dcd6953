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

// dropoutWork is what drawing a random number and comparing it takes, in FLOPs at
// the peak: half a nanosecond of a Zen 5 core under AVX2.
const dropoutWork = 72

// Arithmetic implements Call.
func (c *Dropout) Arithmetic() int64 { return dropoutWork * int64(c.Y.H*c.Y.W*c.Y.C) }

func (c *Dropout) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Dropout) check(v *verifier) {
	v.like(c, c.X, c.Y)
}
