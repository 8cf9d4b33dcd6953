package plantest

import (
	"math"

	"github.com/cnnc/cnnc/compiler/plan"
)

// window lists the cells of a window on an image of h x w that lie inside:
// their number in the window and their pixel.
func window(oy, ox, kh, kw, sh, sw, top, left, h, w int, f func(cell, y, x int)) {
	for i := range kh {
		for j := range kw {
			y, x := oy*sh-top+i, ox*sw-left+j
			if y >= 0 && y < h && x >= 0 && x < w {
				f(i*kw+j, y, x)
			}
		}
	}
}

// at is the place of channel 0 of a pixel.
func (m *Machine) at(b *plan.Buffer, i, y, x int) (mem []float64, at int) {
	mem, base := m.image(b, i)
	return mem, base + b.Origin() + y*b.RowFloats() + x*b.Cp
}

// bit returns the byte and bit of a mask cell.
func (m *Machine) bit(b *plan.Buffer, i, y, x, cell, c int) (*byte, byte) {
	at := 4*(b.Offset+i*b.ImageFloats) + ((y*b.W+x)*b.MaskCells+cell)*b.Cp/8 + c/8
	_, bits := m.space(b)
	return &bits[at], 1 << (c % 8)
}

func (m *Machine) maxPool(c *plan.MaxPool) {
	for i := range m.n {
		for oy := range c.Y.H {
			m.poolRow(c, i, oy*c.SH-c.PadTop, c.X.H, oy)
		}
	}
}

// poolRow makes row oy of the pooled image from the rows of X that begin at
// row; X has h rows.
func (m *Machine) poolRow(c *plan.MaxPool, i, row, h, oy int) {
	for ox := range c.Y.W {
		for ch := range c.Y.Cp {
			best, won := math.Inf(-1), -1
			window(0, ox, c.KH, c.KW, c.SH, c.SW, -row, c.PadLeft, h, c.X.W, func(cell, y, x int) {
				mem, at := m.at(c.X, i, y, x)
				if v := mem[at+ch]; v > best || v != v {
					best, won = v, cell
				}
			})
			if c.ReLU {
				if !(best > 0) {
					won = -1
				}
				best = max(best, 0)
			}
			mem, at := m.at(c.Y, i, oy, ox)
			mem[at+ch] = best
			if c.Mask != nil {
				window(0, ox, c.KH, c.KW, c.SH, c.SW, -row, c.PadLeft, h, c.X.W, func(cell, _, _ int) {
					b, bit := m.bit(c.Mask, i, oy, ox, cell, ch)
					*b &^= bit
					if cell == won {
						*b |= bit
					}
				})
			}
		}
	}
}

func (m *Machine) maxPoolGrad(c *plan.MaxPoolGrad) {
	if c.Overlap || c.Uncovered {
		m.clearPixels(c.DX)
	}
	for i := range m.n {
		for oy := range c.DY.H {
			for ox := range c.DY.W {
				window(oy, ox, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.DX.H, c.DX.W, func(cell, y, x int) {
					dys, dy := m.at(c.DY, i, oy, ox)
					dxs, dx := m.at(c.DX, i, y, x)
					for ch := range c.DX.Cp {
						b, bit := m.bit(c.Mask, i, oy, ox, cell, ch)
						g := 0.0
						if *b&bit != 0 {
							g = dys[dy+ch]
						}
						if c.Overlap {
							g += dxs[dx+ch]
						}
						dxs[dx+ch] = g
					}
				})
			}
		}
	}
}

func (m *Machine) avgPool(c *plan.AvgPool) {
	for i := range m.n {
		for oy := range c.Y.H {
			for ox := range c.Y.W {
				for ch := range c.Y.Cp {
					sum, n := 0.0, 0
					window(oy, ox, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.X.H, c.X.W, func(_, y, x int) {
						mem, at := m.at(c.X, i, y, x)
						sum += mem[at+ch]
						n++
					})
					if c.Sum {
						n = 1
					}
					mem, at := m.at(c.Y, i, oy, ox)
					mem[at+ch] = sum / float64(n)
				}
			}
		}
	}
}

func (m *Machine) avgPoolGrad(c *plan.AvgPoolGrad) {
	if c.Overlap || c.Uncovered {
		m.clearPixels(c.DX)
	}
	for i := range m.n {
		for oy := range c.DY.H {
			for ox := range c.DY.W {
				n := 0
				window(oy, ox, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.DX.H, c.DX.W, func(_, _, _ int) { n++ })
				if c.Sum {
					n = 1
				}
				window(oy, ox, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.DX.H, c.DX.W, func(_, y, x int) {
					dys, dy := m.at(c.DY, i, oy, ox)
					dxs, dx := m.at(c.DX, i, y, x)
					for ch := range c.DX.Cp {
						g := dys[dy+ch] / float64(n)
						if c.Overlap {
							g += dxs[dx+ch]
						}
						dxs[dx+ch] = g
					}
				})
			}
		}
	}
}

func (m *Machine) clearPixels(b *plan.Buffer) {
	mem, _ := m.memory(b)
	m.eachPixel(b, m.n, func(at int) { clear(mem[at : at+b.Cp]) })
}

// zero clears pixels, or everything of each image but the pixels.
func (m *Machine) zero(c *plan.Zero) {
	if !c.HaloOnly {
		m.clearPixels(c.X)
		return
	}
	for i := range m.n {
		mem, base := m.image(c.X, i)
		b := c.X
		for y := range b.Top + b.H + b.Bottom {
			for x := range b.Left + b.W + b.Right {
				if y < b.Top || y >= b.Top+b.H || x < b.Left || x >= b.Left+b.W {
					at := base + y*b.RowFloats() + x*b.Cp
					clear(mem[at : at+b.Cp])
				}
			}
		}
	}
}
