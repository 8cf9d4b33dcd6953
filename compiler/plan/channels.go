package plan

// RepeatChannels makes Times channels of each one: y[c*Times+m] = x[c].
type RepeatChannels struct {
	Info
	X, Y  *Buffer
	Times int
}

// Kernel implements Call.
func (c *RepeatChannels) Kernel() string { return "gatherSum" }

func (c *RepeatChannels) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *RepeatChannels) check(v *verifier) { v.times(c, c.X, c.Y, c.Times) }

// SumChannels adds Times channels in a row to one, the way back of
// RepeatChannels: y[c] = sum over m of x[c*Times+m].
type SumChannels struct {
	Info
	X, Y  *Buffer
	Times int
}

// Kernel implements Call.
func (c *SumChannels) Kernel() string { return "gatherSum" }

func (c *SumChannels) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *SumChannels) check(v *verifier) { v.times(c, c.Y, c.X, c.Times) }

// times checks that many is few with each channel so many times.
func (v *verifier) times(c Call, few, many *Buffer, times int) {
	if times < 1 || few.C*times != many.C || few.H != many.H || few.W != many.W || few.Cp%8 != 0 || many.Cp%8 != 0 {
		v.fail("%s: %dx%dx%d and %dx%dx%d, %d times", c.Base().Name, few.H, few.W, few.C, many.H, many.W, many.C, times)
	}
}
