package plan

// Activity adds the penalty Scalars[L1]*sum(|x|) + Scalars[L2]*sum(x^2) of each
// image to that of its example; an index of -1 stands for 0.
type Activity struct {
	Info
	X      *Buffer
	L1, L2 int
}

// Kernel implements Call.
func (c *Activity) Kernel() string { return "penalty" }

func (c *Activity) accesses(a *accesses) { a.read(c.X) }

func (c *Activity) check(v *verifier) { v.penalized(c, c.L1, c.L2) }

// ActivityGrad is DX = DY + scale*(l1*sign(X) + 2*l2*X), where the run-time scale
// is 1/batch, whatever the weights of the examples. DX may be DY.
type ActivityGrad struct {
	Info
	DY, X, DX *Buffer
	L1, L2    int
}

// Kernel implements Call.
func (c *ActivityGrad) Kernel() string { return "penaltyGrad" }

func (c *ActivityGrad) accesses(a *accesses) {
	a.read(c.DY)
	a.read(c.X)
	a.write(c.DX)
}

func (c *ActivityGrad) check(v *verifier) {
	v.like(c, c.DY, c.DX)
	v.like(c, c.X, c.DX)
	v.penalized(c, c.L1, c.L2)
}

// penalized checks the factors of a penalty.
func (v *verifier) penalized(c Call, factors ...int) {
	some := false
	for _, f := range factors {
		if f >= len(v.plan.Scalars) {
			v.fail("%s: scalar %d of %d", c.Base().Name, f, len(v.plan.Scalars))
		}
		some = some || f >= 0
	}
	if !some {
		v.fail("%s: a penalty without factors", c.Base().Name)
	}
}
