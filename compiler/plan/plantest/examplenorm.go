package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/plan"
)

// part is what is normalized together: places in the first buffer's image and,
// for each, those in the others', and its channel.
type part struct {
	at [][]*float64
	ch []int
}

// parts lists the parts of image i of buffers of one size.
func (m *Machine) parts(i, groups int, bs ...*plan.Buffer) []part {
	b := bs[0]
	count := groups
	if groups == 0 {
		count = b.H * b.W
	}
	list := make([]part, count)
	for y := range b.H {
		for x := range b.W {
			for c := range b.C {
				at := y*b.W + x
				if groups > 0 {
					at = c / (b.C / groups)
				}
				p := &list[at]
				var cells []*float64
				for _, o := range bs {
					mem, base := m.at(o, i, y, x)
					cells = append(cells, &mem[base+c])
				}
				p.at, p.ch = append(p.at, cells), append(p.ch, c)
			}
		}
	}
	return list
}

// stats is mean and 1/sqrt(variance+epsilon) over cell k of a part.
func (p *part) stats(k int, epsilon float64) (mean, inv float64) {
	n := float64(len(p.at))
	for _, at := range p.at {
		mean += *at[k] / n
	}
	for _, at := range p.at {
		d := *at[k] - mean
		inv += d * d / n
	}
	return mean, 1 / math.Sqrt(inv+epsilon)
}

// gammaOf is element c of the parameter at offset, otherwise without one.
func (m *Machine) gammaOf(offset, c int, otherwise float64) float64 {
	if offset < 0 {
		return otherwise
	}
	return m.params[offset+c]
}

func (m *Machine) exampleNorm(c *plan.ExampleNorm) {
	for i := range m.n {
		m.clearPadding(c.Y, i)
		for _, p := range m.parts(i, c.Groups, c.X, c.Y) {
			mean, inv := p.stats(0, c.Epsilon)
			for k, at := range p.at {
				y := (*at[0]-mean)*inv*m.gammaOf(c.Gamma, p.ch[k], 1) + m.gammaOf(c.Beta, p.ch[k], 0)
				if c.ReLU && y < 0 {
					y = 0
				}
				*at[1] = y
			}
		}
	}
}

func (m *Machine) exampleNormGrad(c *plan.ExampleNormGrad) {
	dx := c.DX
	if dx == nil {
		dx = c.DY // not written
	}
	for i := range m.n {
		for _, p := range m.parts(i, c.Groups, c.X, c.DY, dx) {
			mean, inv := p.stats(0, c.Epsilon)
			n, d, dh := float64(len(p.at)), 0.0, 0.0
			for k, at := range p.at {
				g := *at[1] * m.gammaOf(c.Gamma, p.ch[k], 1)
				d += g / n
				dh += g * (*at[0] - mean) * inv / n
			}
			for k, at := range p.at {
				g, h := *at[1], (*at[0]-mean)*inv
				if c.DGamma >= 0 {
					m.grads[c.DGamma+p.ch[k]] += g * h
				}
				if c.DX != nil {
					*at[2] = inv * (g*m.gammaOf(c.Gamma, p.ch[k], 1) - d - h*dh)
				}
			}
		}
		if c.DX != nil {
			m.clearPadding(c.DX, i)
		}
	}
}

// clearPadding clears the channels of image i beyond those that count.
func (m *Machine) clearPadding(b *plan.Buffer, i int) {
	for y := range b.H {
		for x := range b.W {
			mem, at := m.at(b, i, y, x)
			clear(mem[at+b.C : at+b.Cp])
		}
	}
}
