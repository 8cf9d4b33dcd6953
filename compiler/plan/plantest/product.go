package plantest

import (
	"github.com/cnnc/cnnc/compiler/plan"
)

func (m *Machine) igemm(c *plan.IGEMM) {
	if c.Tiles.AcrossImages {
		for i := range m.n {
			m.pixel(c, i, 0, 0, 0)
		}
		return
	}
	for i := range m.n {
		for from := 0; from < c.OutH; from += c.Tiles.Rows {
			rows, tiles := c.Tiles.Rows, c.Tiles.Full
			if from+rows > c.OutH {
				rows, tiles = c.OutH-from, c.Tiles.Last
			}
			if c.Window.On() { // the tiles of a row, for each
				tiles = nil
				for range rows {
					tiles = append(tiles, c.Window.Tiles...)
				}
			}
			// Only pixels that a tile covers are computed.
			p := 0
			for _, t := range tiles {
				for range t.N * t.MR {
					yBase := from
					if c.Pool != nil {
						yBase = 0 // the strip is reused
					}
					m.pixel(c, i, from+p/c.OutW, yBase+p/c.OutW, p%c.OutW)
					p++
				}
			}
			if c.Pool != nil {
				pooled := (rows-c.Pool.KH)/c.Pool.SH + 1
				for oy := range pooled {
					m.poolRow(c.Pool, i, oy*c.Pool.SH, c.Pool.X.H, from/c.Pool.SH+oy)
				}
			}
		}
	}
}

// pixel computes all channels of one output pixel: row oy of the image, which
// is row yRow of Y.
func (m *Machine) pixel(c *plan.IGEMM, i, oy, yRow, ox int) {
	xs, xBase := m.image(c.X, i)
	ys, yBase := m.image(c.Y, i)
	x := xBase + c.XOrigin + oy*c.XRow + ox*c.XCol
	at := c.YOrigin + yRow*c.YRow + ox*c.YCol
	acc := make([]float64, c.OutC)
	_, channels, panels := c.Runs()
	weight := func(k, j int) float64 { return m.weight(c.W, k, j/channels*panels*16+j%channels) }
	if c.Narrow > 0 {
		weight = func(k, j int) float64 { return m.derived[c.W.Offset+j*c.W.PanelFloats+k] }
	}
	for j := range acc {
		if c.Bias >= 0 {
			acc[j] = m.params[c.Bias+j]
		}
		if c.Narrow > 0 && j >= c.Narrow {
			continue
		}
		k := 0
		x := x
		if c.Groups.On() {
			x += c.Groups.Base(j)
		}
		for _, s := range c.Seg {
			for e := range c.SegLen {
				acc[j] += xs[x+s+e] * weight(k, j)
				k++
			}
		}
	}
	for j, a := range acc {
		at := at + j/channels*c.YRun + j%channels
		if c.Add != nil {
			s, base := m.image(c.Add, i)
			a += s[base+at]
		}
		if c.ReLU {
			a = max(a, 0)
		}
		if c.Mask != nil {
			if s, base := m.image(c.Mask, i); !(s[base+at] > 0) {
				a = 0
			}
		}
		ys[yBase+at] = a
	}
}

func (m *Machine) wgrad(c *plan.WGrad) {
	rows := c.KRows()
	defer func() {
		at, n, lane := c.CleanPanel()
		for r := range n {
			clear(m.grads[at+16*r+lane : at+16*r+16])
		}
	}()
	if c.Narrow > 0 {
		m.narrowGrad(c)
		return
	}
	if c.Groups.Shared() {
		sums, base := m.image(c.Sums, 0)
		clear(sums[base : base+c.SumFloats()])
		defer c.EachSum(func(sum, dw int) { m.grads[c.DW.Offset+dw] += sums[base+sum] })
	}
	if c.AcrossImages {
		for from := 0; from < m.n; from += c.Images {
			m.gradBlock(c, rows, from, min(c.Images, m.n-from), 0, 1)
		}
		return
	}
	for from := 0; from < m.n; from += c.Images {
		for row := 0; row < c.OutH; row += c.Rows {
			m.gradBlock(c, rows, from, min(c.Images, m.n-from), row, min(c.Rows, c.OutH-row))
		}
	}
}

// gradBlock adds one block: imgs images from img, rows output rows from row.
func (m *Machine) gradBlock(c *plan.WGrad, ks []plan.KRow, img, imgs, row, rows int) {
	type pixel struct{ img, x, dy int } // offsets in the images
	var pixels []pixel
	for i := range imgs {
		for y := row; y < row+rows; y++ {
			for x := range c.OutW {
				pixels = append(pixels, pixel{img + i, c.XOrigin + y*c.XRow + x*c.XCol, c.DYOrigin + y*c.DYRow + x*c.DYCol})
			}
		}
	}
	const lanes = 8
	for j := 0; j < c.OutC; j += lanes {
		dy := func(p, l int) float64 {
			s, base := m.image(c.DY, pixels[p].img)
			return s[base+pixels[p].dy+j+l]
		}
		if c.Pack {
			s, base := m.image(c.Scratch, 0)
			for p := range pixels {
				for l := range lanes {
					s[base+p*lanes+l] = dy(p, l)
				}
			}
			dy = func(p, l int) float64 { return s[base+p*lanes+l] }
		}
		if c.DB >= 0 {
			for p := range pixels {
				for l := range lanes {
					m.grads[c.DB+j+l] += dy(p, l)
				}
			}
		}
		k, tiles := 0, c.Tiles
		for _, rows := range c.Window.Passes {
			tiles = append(tiles, plan.Tiles{MR: rows * c.Window.Cols, N: 1})
		}
		for _, t := range tiles {
			for range t.MR * t.N {
				to, panel := m.grads[c.DW.Offset:], c.DW.PanelFloats
				if c.Groups.Shared() {
					sums, base := m.image(c.Sums, 0)
					to, panel = sums[base:], c.SumPanel()
				}
				for p := range pixels {
					s, base := m.image(c.X, pixels[p].img)
					x := base + pixels[p].x + ks[k].X
					for l := range lanes {
						at := x
						if c.Groups.On() {
							at += c.Groups.Base(j + l)
						}
						to[(j+l)/16*panel+ks[k].Panel*16+(j+l)%16] += s[at] * dy(p, l)
					}
				}
				k++
			}
		}
	}
}

// narrowGrad is a weight gradient of few output channels: sums along k, block by block
// and run by run, and in the end what of them is the kernel's.
func (m *Machine) narrowGrad(c *plan.WGrad) {
	all, base := m.image(c.Sums, 0)
	sums := all[base : base+c.SumFloats()]
	clear(sums)
	pixel := func(img, y, x int) {
		xs, xBase := m.image(c.X, img)
		ds, dBase := m.image(c.DY, img)
		xBase += c.XOrigin + y*c.XRow + x*c.XCol
		dBase += c.DYOrigin + y*c.DYRow + x*c.DYCol
		for j := range c.OutC {
			if c.DB >= 0 {
				m.grads[c.DB+j] += ds[dBase+j]
			}
		}
		for j := range c.Narrow {
			k := 0
			for _, r := range c.KRuns {
				for _, s := range r.Seg {
					for e := range r.SegLen {
						sums[j*c.SumRow()+k] += xs[xBase+s+e] * ds[dBase+j]
						k++
					}
				}
			}
		}
	}
	for img := range m.n {
		for y := range c.OutH {
			for x := range c.OutW {
				pixel(img, y, x)
			}
		}
	}
	for t := range c.Taps {
		for in := range c.In {
			for j := range c.Narrow {
				m.grads[c.DW.Offset+(t*c.InPad+in)*16+j] += sums[j*c.SumRow()+t*c.X.Cp+in]
			}
		}
	}
}
