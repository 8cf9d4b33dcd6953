package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/plan"
)

// penaltyFactors are the run-time factors of a penalty.
func (m *Machine) penaltyFactors(i1, i2 int) (l1, l2 float64) {
	if i1 >= 0 {
		l1 = m.scalars[i1]
	}
	if i2 >= 0 {
		l2 = m.scalars[i2]
	}
	return l1, l2
}

func (m *Machine) activity(c *plan.Activity) {
	l1, l2 := m.penaltyFactors(c.L1, c.L2)
	m.each(c.X, func(i, e, at int) {
		if e%c.X.Cp < c.X.C {
			x := *m.cell(c.X, i, at)
			m.penalty[m.first+i] += l1*math.Abs(x) + l2*x*x
		}
	})
}

func (m *Machine) activityGrad(c *plan.ActivityGrad) {
	l1, l2 := m.penaltyFactors(c.L1, c.L2)
	m.each(c.DX, func(i, e, at int) {
		d := *m.cell(c.DY, i, at)
		if e%c.DX.Cp < c.DX.C {
			x := *m.cell(c.X, i, at)
			d += 2 * l2 * x
			if x != 0 {
				d += math.Copysign(l1, x)
			}
		}
		*m.cell(c.DX, i, at) = d
	})
}
