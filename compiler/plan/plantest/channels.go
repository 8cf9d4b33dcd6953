package plantest

import "github.com/cnnc/cnnc/compiler/plan"

func (m *Machine) repeatChannels(c *plan.RepeatChannels) {
	m.channels(c.X, c.Y, func(x, y []float64) {
		for i := range y {
			y[i] = x[i/c.Times]
		}
	})
}

func (m *Machine) sumChannels(c *plan.SumChannels) {
	m.channels(c.X, c.Y, func(x, y []float64) {
		clear(y)
		for i := range c.Y.C * c.Times {
			y[i/c.Times] += x[i]
		}
	})
}

// channels calls f with the channels of each pixel.
func (m *Machine) channels(xb, yb *plan.Buffer, f func(x, y []float64)) {
	for i := range m.n {
		for r := range xb.H {
			for q := range xb.W {
				xs, x := m.at(xb, i, r, q)
				ys, y := m.at(yb, i, r, q)
				f(xs[x:x+xb.Cp], ys[y:y+yb.Cp])
			}
		}
	}
}

// arrange makes derived weights.
func (m *Machine) arrange(c *plan.Arrange, raw []float64) {
	c.Each(func(to, from int) {
		w := raw[c.From+from]
		if c.Fold != nil {
			w *= scaleOf(&c.Fold.FixedNorm, raw, c.Channel(to))
		}
		m.derived[c.To+to] = w
	})
}
