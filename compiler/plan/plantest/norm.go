package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/plan"
)

// eachChannel calls f for every element of the pixels of buffers of one size,
// whose borders may differ, with its channel and its place in each.
func (m *Machine) eachChannel(bs []*plan.Buffer, f func(c int, at []*float64)) {
	at := make([]*float64, len(bs))
	for i := range m.n {
		for y := range bs[0].H {
			for x := range bs[0].W {
				for c := range bs[0].Cp {
					for k, b := range bs {
						mem, base := m.at(b, i, y, x)
						at[k] = &mem[base+c]
					}
					f(c, at)
				}
			}
		}
	}
}

func (m *Machine) moments(c *plan.Moments) {
	n := float64(m.n * c.X.H * c.X.W)
	mean, squares := make([]float64, c.X.C), make([]float64, c.X.C)
	m.eachChannel([]*plan.Buffer{c.X}, func(ch int, at []*float64) {
		if ch < c.X.C {
			mean[ch] += *at[0] / n
		}
	})
	m.eachChannel([]*plan.Buffer{c.X}, func(ch int, at []*float64) {
		if ch < c.X.C {
			d := *at[0] - mean[ch]
			squares[ch] += d * d
		}
	})
	s := m.sums[c.At:]
	have := s[0]
	s[0] += n
	for ch := range mean {
		a, q := &s[1+ch], &s[1+c.X.C+ch]
		d := mean[ch] - *a
		*a += d * n / s[0]
		*q += squares[ch] + d*d*have*n/s[0]
	}
}

func (m *Machine) norm(c *plan.Norm) {
	v := m.batch
	if c.Space == plan.Derived {
		v = m.derived
	}
	bs := []*plan.Buffer{c.X, c.Y}
	if c.Add != nil {
		bs = append(bs, c.Add)
	}
	m.eachChannel(bs, func(ch int, at []*float64) {
		y := (*at[0]-v[c.Mean+ch])*v[c.Scale+ch] + v[c.Shift+ch]
		if c.Add != nil {
			y += *at[2]
		}
		if c.ReLU && y < 0 {
			y = 0
		}
		*at[1] = y
	})
}

func (m *Machine) normSums(c *plan.NormSums) {
	s := m.sums[c.At:]
	m.eachChannel([]*plan.Buffer{c.DY, c.X}, func(ch int, at []*float64) {
		if ch < c.X.C {
			s[ch] += *at[0]
			s[c.X.C+ch] += *at[0] * (*at[1] - m.batch[c.Mean+ch])
		}
	})
}

func (m *Machine) normGrad(c *plan.NormGrad) {
	v := m.batch
	m.eachChannel([]*plan.Buffer{c.DY, c.X, c.DX}, func(ch int, at []*float64) {
		*at[2] = v[c.Scale+ch]**at[0] + v[c.Slope+ch]*(*at[1]-v[c.Mean+ch]) + v[c.Offset+ch]
	})
}

// endStage makes what the next stage reads of the sums of all micro-batches.
func (m *Machine) endStage(stage int) {
	for _, n := range m.plan.BatchNorms {
		row := func(i, ch int) *float64 { return &m.batch[n.At+i*n.Pitch+ch] }
		count := m.sums[n.MomentsAt]
		for ch := range n.Channels {
			if n.Moments == stage {
				inv := 1 / math.Sqrt(m.sums[n.MomentsAt+1+n.Channels+ch]/count+n.Epsilon)
				*row(plan.NormMean, ch) = m.sums[n.MomentsAt+1+ch]
				*row(plan.NormInv, ch), *row(plan.NormScale, ch), *row(plan.NormShift, ch) = inv, inv, 0
				if n.Gamma >= 0 {
					*row(plan.NormScale, ch) *= m.params[n.Gamma+ch]
				}
				if n.Beta >= 0 {
					*row(plan.NormShift, ch) = m.params[n.Beta+ch]
				}
			}
			if n.Sums == stage {
				inv, scale := *row(plan.NormInv, ch), *row(plan.NormScale, ch)
				dbeta, dgamma := m.sums[n.SumsAt+ch], m.sums[n.SumsAt+n.Channels+ch]*inv
				*row(plan.NormSlope, ch) = -scale * inv * dgamma / count
				*row(plan.NormOffset, ch) = -scale * dbeta / count
				if n.Gamma >= 0 {
					m.grads[n.Gamma+ch] += dgamma
				}
				if n.Beta >= 0 {
					m.grads[n.Beta+ch] += dbeta
				}
			}
		}
	}
}

// fold makes folded kernel and bias in place of the trained ones.
func (m *Machine) fold(c *plan.Fold, raw []float64) {
	for o := range c.Floats {
		if ch := o/c.Panel*16 + o%16; ch < c.Channels {
			m.params[c.From+o] = raw[c.From+o] * scaleOf(&c.FixedNorm, raw, ch)
		}
	}
	for ch := range c.Channels {
		b := -raw[c.Mean+ch]
		if c.Bias >= 0 {
			b += raw[c.Bias+ch]
		}
		b *= scaleOf(&c.FixedNorm, raw, ch)
		if c.Beta >= 0 {
			b += raw[c.Beta+ch]
		}
		m.params[c.Mean+ch] = b
	}
}

func (m *Machine) normVectors(c *plan.NormVectors, raw []float64) {
	for ch := range c.Channels {
		m.derived[c.To+plan.NormMean*c.Pitch+ch] = raw[c.Mean+ch]
		m.derived[c.To+plan.NormScale*c.Pitch+ch] = scaleOf(&c.FixedNorm, raw, ch)
		if c.Beta >= 0 {
			m.derived[c.To+plan.NormShift*c.Pitch+ch] = raw[c.Beta+ch]
		}
	}
}

func scaleOf(n *plan.FixedNorm, params []float64, ch int) float64 {
	s := 1 / math.Sqrt(params[n.Variance+ch]+n.Epsilon)
	if n.Gamma >= 0 {
		s *= params[n.Gamma+ch]
	}
	return s
}
