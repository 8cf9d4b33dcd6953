package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/runtime/rng"
)

func (m *Machine) copyWindow(c *plan.CopyWindow) {
	m.clearPixels(c.Y)
	for i := range m.n {
		for y := range c.H {
			for x := range c.W {
				xs, xAt := m.at(c.X, i, c.XTop+y, c.XLeft+x)
				ys, yAt := m.at(c.Y, i, c.YTop+y, c.YLeft+x)
				copy(ys[yAt:yAt+c.Y.Cp], xs[xAt:xAt+c.X.Cp])
			}
		}
	}
}

func (m *Machine) permute(c *plan.Permute) {
	for i := range m.n {
		for y := range c.Y.H {
			for x := range c.Y.W {
				ys, yAt := m.at(c.Y, i, y, x)
				clear(ys[yAt : yAt+c.Y.Cp])
				for ch := range c.Y.C {
					var from [3]int
					for k, at := range [3]int{y, x, ch} {
						from[c.Axes[k]] = at
					}
					xs, xAt := m.at(c.X, i, from[0], from[1])
					ys[yAt+ch] = xs[xAt+from[2]]
				}
			}
		}
	}
}

// blends calls f for the pixels of the small image that pixel (y, x) of the large
// one is a mean of.
func blends(small *plan.Buffer, sh, sw, y, x int, f func(y, x int, weight float64)) {
	axis := func(i, size, n int) (first, second int, weight float64) {
		at := (float64(i)+0.5)/float64(size) - 0.5
		low := int(math.Floor(at))
		return max(low, 0), min(low+1, n-1), at - float64(low)
	}
	y0, y1, wy := axis(y, sh, small.H)
	x0, x1, wx := axis(x, sw, small.W)
	f(y0, x0, (1-wy)*(1-wx))
	f(y0, x1, (1-wy)*wx)
	f(y1, x0, wy*(1-wx))
	f(y1, x1, wy*wx)
}

func (m *Machine) upsample(c *plan.Upsample) {
	m.clearPixels(c.Y)
	for i := range m.n {
		for y := range c.Y.H {
			for x := range c.Y.W {
				ys, yAt := m.at(c.Y, i, y, x)
				blends(c.X, c.SH, c.SW, y, x, func(y, x int, weight float64) {
					xs, xAt := m.at(c.X, i, y, x)
					for ch := range c.Y.Cp {
						ys[yAt+ch] += weight * xs[xAt+ch]
					}
				})
			}
		}
	}
}

func (m *Machine) upsampleGrad(c *plan.UpsampleGrad) {
	m.clearPixels(c.DX)
	for i := range m.n {
		for y := range c.DY.H {
			for x := range c.DY.W {
				dys, dyAt := m.at(c.DY, i, y, x)
				blends(c.DX, c.SH, c.SW, y, x, func(y, x int, weight float64) {
					dxs, dxAt := m.at(c.DX, i, y, x)
					for ch := range c.DX.Cp {
						dxs[dxAt+ch] += weight * dys[dyAt+ch]
					}
				})
			}
		}
	}
}

// stretched is element (y, x, ch) of image i of a buffer that may have a single
// row, column or channel for all of an image of wide channels.
func (m *Machine) stretched(b *plan.Buffer, wide, i, y, x, ch int) float64 {
	if b.C == 1 && wide > 1 {
		ch = 0
	}
	mem, at := m.at(b, i, min(y, b.H-1), min(x, b.W-1))
	return mem[at+ch]
}

// eachCell calls f for every element of the pixels of b, padding channels included.
func (m *Machine) eachCell(b *plan.Buffer, f func(i, y, x, ch int, cell *float64)) {
	for i := range m.n {
		for y := range b.H {
			for x := range b.W {
				mem, at := m.at(b, i, y, x)
				for ch := range b.Cp {
					f(i, y, x, ch, &mem[at+ch])
				}
			}
		}
	}
}

var binaries = map[string]func(a, b float64) float64{
	"add":      func(a, b float64) float64 { return a + b },
	"subtract": func(a, b float64) float64 { return a - b },
	"multiply": func(a, b float64) float64 { return a * b },
	"maximum":  func(a, b float64) float64 { return max(a, b) },
	"minimum":  func(a, b float64) float64 { return min(a, b) },
}

func (m *Machine) binary(c *plan.Binary) {
	m.eachCell(c.Y, func(i, y, x, ch int, cell *float64) {
		r := binaries[c.Func](m.stretched(c.A, c.Y.C, i, y, x, ch), m.stretched(c.B, c.Y.C, i, y, x, ch))
		if c.ReLU {
			r = max(r, 0)
		}
		*cell = r
	})
}

func (m *Machine) binaryGrad(c *plan.BinaryGrad) {
	m.eachCell(c.DX, func(i, y, x, ch int, cell *float64) {
		a, b := m.stretched(c.A, c.DX.C, i, y, x, ch), m.stretched(c.B, c.DX.C, i, y, x, ch)
		if c.Func == "minimum" {
			a, b = -a, -b
		}
		g := m.stretched(c.DY, c.DX.C, i, y, x, ch)
		if (a >= b) != (c.Operand == 0) {
			g *= 0 // NaN stays visible
		}
		*cell = g
	})
}

func (m *Machine) reduce(c *plan.Reduce) {
	m.clearPixels(c.Y)
	m.eachCell(c.A, func(i, y, x, ch int, cell *float64) {
		if ch >= c.A.C {
			return
		}
		v := *cell
		if c.B != nil {
			bs, at := m.at(c.B, i, y, x)
			v *= bs[at+ch]
		}
		if c.Channels() {
			ch = 0
		}
		ys, at := m.at(c.Y, i, min(y, c.Y.H-1), min(x, c.Y.W-1))
		ys[at+ch] += v
	})
}

func (m *Machine) affine(c *plan.Affine) {
	number := func(list []float64, ch int) float64 {
		switch {
		case len(list) == 1 && !c.PerChannel() || len(list) == 1 && ch < c.X.C:
			return list[0]
		case ch < len(list):
			return list[ch]
		}
		return 0
	}
	m.each(c.Y, func(i, e, at int) {
		ch := e % c.Y.Cp
		*m.cell(c.Y, i, at) = *m.cell(c.X, i, at)*number(c.Scale, ch) + number(c.Offset, ch)
	})
}

// slope is the place of the slope of a channel of a pixel.
func slope(s plan.Slopes, pixel, ch int) int {
	if s.Pixels == 1 {
		pixel = 0
	}
	return s.Offset + ch/16*16*s.Pixels + pixel*16 + ch%16
}

func (m *Machine) prelu(c *plan.PReLU) {
	m.each(c.Y, func(i, e, at int) {
		x := *m.cell(c.X, i, at)
		if !(x > 0) {
			x *= m.params[slope(c.Alpha, e/c.Y.Cp, e%c.Y.Cp)]
		}
		*m.cell(c.Y, i, at) = x
	})
}

func (m *Machine) preluGrad(c *plan.PReLUGrad) {
	m.each(c.DX, func(i, e, at int) {
		g := *m.cell(c.DY, i, at)
		switch x := *m.cell(c.X, i, at); {
		case x > 0:
		case x == 0:
			g *= 0
		default:
			g *= m.params[slope(c.Alpha, e/c.DX.Cp, e%c.DX.Cp)]
		}
		*m.cell(c.DX, i, at) = g
	})
}

func (m *Machine) preluWeights(c *plan.PReLUWeights) {
	m.each(c.X, func(i, e, at int) {
		m.grads[slope(c.DAlpha, e/c.X.Cp, e%c.X.Cp)] += *m.cell(c.DY, i, at) * min(*m.cell(c.X, i, at), 0)
	})
}

func (m *Machine) globalMaxPoolGrad(c *plan.GlobalMaxPoolGrad) {
	for i := range m.n {
		dys, dyAt := m.at(c.DY, i, 0, 0)
		ys, yAt := m.at(c.Y, i, 0, 0)
		ties := make([]float64, c.X.Cp)
		each := func(f func(ch int, x, dx *float64)) {
			for y := range c.X.H {
				for x := range c.X.W {
					xs, xAt := m.at(c.X, i, y, x)
					dxs, dxAt := m.at(c.DX, i, y, x)
					for ch := range c.X.Cp {
						f(ch, &xs[xAt+ch], &dxs[dxAt+ch])
					}
				}
			}
		}
		each(func(ch int, x, _ *float64) {
			if *x == ys[yAt+ch] {
				ties[ch]++
			}
		})
		each(func(ch int, x, dx *float64) {
			*dx = 0
			if *x == ys[yAt+ch] {
				*dx = dys[dyAt+ch] / ties[ch]
			}
		})
	}
}

// word is the random word of element e of image i.
func (m *Machine) word(i, stream, e int) uint32 {
	return rng.DropoutWord(rng.DropoutKey(m.in.Keys[m.first+i], stream), e)
}

func (m *Machine) spatialDropout(c *plan.SpatialDropout) {
	rate := m.scalars[c.Rate]
	threshold, _ := rng.DropoutThreshold(float32(rate))
	m.each(c.Y, func(i, e, at int) {
		x := *m.cell(c.X, i, at)
		if m.word(i, c.Stream, e%c.Y.Cp) < threshold || rate >= 1 {
			x *= 0 // NaN stays visible
		} else {
			x /= 1 - rate
		}
		*m.cell(c.Y, i, at) = x
	})
}

func (m *Machine) alphaDropout(c *plan.AlphaDropout) {
	rate := m.scalars[c.Rate]
	threshold, _ := rng.DropoutThreshold(float32(rate))
	low, scale, shift := rng.AlphaDropout(rate)
	if c.Grad {
		low, shift = 0, 0
	}
	m.each(c.Y, func(i, e, at int) {
		x := *m.cell(c.X, i, at)
		if m.word(i, c.Stream, e) < threshold {
			x = low + 0*x
		}
		*m.cell(c.Y, i, at) = scale*x + shift
	})
}

func (m *Machine) noise(c *plan.Noise) {
	s := m.scalars[c.Rate]
	if c.Multiply {
		s = math.Sqrt(s / (1 - s))
	}
	m.each(c.Y, func(i, e, at int) {
		x, noise := *m.cell(c.X, i, at), s*rng.WordNormal(m.word(i, c.Stream, e))
		if c.Multiply {
			x *= 1 + noise
		} else {
			x += noise
		}
		*m.cell(c.Y, i, at) = x
	})
}
