package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/rng"
)

// each calls f for every element of the pixels of buffers of one geometry, with
// its number in an image without halo (channels padded) and its place in each
// buffer's image.
func (m *Machine) each(b *plan.Buffer, f func(i, e, at int)) {
	for i := range m.n {
		e := 0
		for y := range b.H {
			for x := range b.W {
				for c := range b.Cp {
					f(i, e, b.Origin()+y*b.RowFloats()+x*b.Cp+c)
					e++
				}
			}
		}
	}
}

// cell is one element of image i.
func (m *Machine) cell(b *plan.Buffer, i, at int) *float64 {
	mem, base := m.image(b, i)
	return &mem[base+at]
}

func (m *Machine) act(c *plan.Act) {
	f := op.LookupActivation(c.Func)
	p := f.Attr(c.Params...).Params
	m.each(c.Y, func(i, _, at int) { *m.cell(c.Y, i, at) = f.F(*m.cell(c.X, i, at), p) })
}

func (m *Machine) actGrad(c *plan.ActGrad) {
	f := op.LookupActivation(c.Func)
	p := f.Attr(c.Params...).Params
	m.each(c.DX, func(i, _, at int) {
		*m.cell(c.DX, i, at) = *m.cell(c.DY, i, at) * f.D(*m.cell(c.R, i, at), p)
	})
}

func (m *Machine) dropout(c *plan.Dropout) {
	rate := m.scalars[c.Rate]
	threshold, _ := rng.DropoutThreshold(float32(rate))
	scale := 0.0
	if rate < 1 {
		scale = 1 / (1 - rate)
	}
	m.each(c.Y, func(i, e, at int) {
		key := rng.DropoutKey(m.in.Keys[m.first+i], c.Stream)
		x := *m.cell(c.X, i, at) * scale
		if rng.DropoutWord(key, e) < threshold {
			x *= 0 // NaN stays visible
		}
		*m.cell(c.Y, i, at) = x
	})
}

func (m *Machine) add(c *plan.Add) {
	m.each(c.Y, func(i, _, at int) {
		s := *m.cell(c.A, i, at) + *m.cell(c.B, i, at)
		if c.ReLU {
			s = max(s, 0)
		}
		*m.cell(c.Y, i, at) = s
	})
}

func (m *Machine) copyChannels(c *plan.CopyChannels) {
	for i := range m.n {
		for y := range c.Y.H {
			for x := range c.Y.W {
				xs, xAt := m.at(c.X, i, y, x)
				ys, yAt := m.at(c.Y, i, y, x)
				for k := range c.N {
					v := xs[xAt+c.XFrom+k]
					if c.Accumulate {
						v += ys[yAt+c.YFrom+k]
					}
					ys[yAt+c.YFrom+k] = v
				}
				if c.YFrom+c.N == c.Y.C {
					clear(ys[yAt+c.Y.C : yAt+c.Y.Cp])
				}
			}
		}
	}
}

func (m *Machine) reshape(c *plan.Reshape) {
	for i := range m.n {
		e := 0
		for y := range c.Y.H {
			for x := range c.Y.W {
				ys, yAt := m.at(c.Y, i, y, x)
				clear(ys[yAt : yAt+c.Y.Cp])
				for k := range c.Y.C {
					pixel := e / c.X.C
					xs, xAt := m.at(c.X, i, pixel/c.X.W, pixel%c.X.W)
					ys[yAt+k] = xs[xAt+e%c.X.C]
					e++
				}
			}
		}
	}
}

func (m *Machine) load(c *plan.Load) {
	b := c.Y
	for i := range m.n {
		for y := range b.H {
			for x := range b.W {
				ys, at := m.at(b, i, y, x)
				clear(ys[at : at+b.Cp])
				copy(ys[at:at+b.C], m.in.X[(((m.first+i)*b.H+y)*b.W+x)*b.C:])
				if c.Scale != nil {
					for ch := range b.C {
						ys[at+ch] = ys[at+ch]*c.Scale[ch%len(c.Scale)] + c.Offset[ch%len(c.Offset)]
					}
				}
			}
		}
	}
}

// vector returns the logical elements of image i, which is 1x1xD.
func (m *Machine) vector(b *plan.Buffer, i int) []float64 {
	mem, at := m.at(b, i, 0, 0)
	return mem[at : at+b.C]
}

// padding returns the elements behind them.
func (m *Machine) padding(b *plan.Buffer, i int) []float64 {
	mem, at := m.at(b, i, 0, 0)
	return mem[at+b.C : at+b.Cp]
}

// scoresOf is the caller's place for the scores of example i.
func (m *Machine) scoresOf(i int) []float64 {
	o := m.plan.Outputs
	return m.scores[(m.first+i)*o : (m.first+i+1)*o]
}

func (m *Machine) store(c *plan.Store) {
	for i := range m.n {
		copy(m.scoresOf(i), m.vector(c.X, i))
	}
}

// softmaxInto sets p to the softmax of z and returns ln(sum e^z).
func softmaxInto(p, z []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for _, v := range z {
		top = max(top, v)
	}
	for j, v := range z {
		p[j] = math.Exp(v - top)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return top + math.Log(sum)
}

// perPixel calls do with each pixel's channels in buffers of the same pixels, and
// clears the padding of the last.
func (m *Machine) perPixel(do func(at [][]float64), bs ...*plan.Buffer) {
	last := bs[len(bs)-1]
	for i := range m.n {
		for y := range last.H {
			for x := range last.W {
				var all [][]float64
				for _, b := range bs {
					mem, at := m.at(b, i, y, x)
					all = append(all, mem[at:at+b.C])
				}
				do(all)
				mem, at := m.at(last, i, y, x)
				clear(mem[at+last.C : at+last.Cp])
			}
		}
	}
}

func (m *Machine) softmax(c *plan.Softmax) {
	m.perPixel(func(at [][]float64) {
		x, y := at[0], at[1]
		if !c.Log {
			softmaxInto(y, x)
			return
		}
		all := softmaxInto(make([]float64, len(x)), x)
		for j, v := range x {
			y[j] = v - all
		}
	}, c.X, c.Y)
}

func (m *Machine) softmaxGrad(c *plan.SoftmaxGrad) {
	m.perPixel(func(at [][]float64) {
		dy, y, dx := at[0], at[1], at[2]
		sum := 0.0
		for j, d := range dy {
			if c.Log {
				sum += d
			} else {
				sum += d * y[j]
			}
		}
		for j := range y {
			if c.Log {
				dx[j] = dy[j] - math.Exp(y[j])*sum
			} else {
				dx[j] = y[j] * (dy[j] - sum)
			}
		}
	}, c.DY, c.Y, c.DX)
}

// lossOf returns the row of a loss, its numbers and the target of example e.
func (m *Machine) lossOf(l plan.Loss, e int) (row *op.Loss, o *ir.LossOptions, t []float64) {
	row, o = op.LookupLoss(l.Kind), &ir.LossOptions{}
	if row == nil || row.Classes == l.Vector || len(l.Options) != len(row.Options) {
		panic("no loss " + l.Kind)
	}
	copy(o[:], l.Options)
	if l.Vector {
		return row, o, m.in.Targets[e*l.Outputs : (e+1)*l.Outputs]
	}
	return row, o, []float64{float64(m.in.Labels[e])}
}

func (m *Machine) lossGrad(c *plan.LossGrad) {
	for i := range m.n {
		row, o, t := m.lossOf(c.Loss, m.first+i)
		x := append([]float64(nil), m.vector(c.X, i)...)
		dx := m.vector(c.DX, i)
		if c.Loss.Softmax {
			softmaxInto(m.scoresOf(i), x)
		}
		m.loss[m.first+i] = row.F(o, x, t)
		clear(dx)
		row.Grad(o, dx, x, t)
		clear(m.padding(c.DX, i))
	}
}

func (m *Machine) lossValue(c *plan.LossValue) {
	for i := range m.n {
		row, o, t := m.lossOf(c.Loss, m.first+i)
		m.loss[m.first+i] = row.F(o, m.vector(c.X, i), t)
	}
}
