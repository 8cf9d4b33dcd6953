package plantest

import (
	"github.com/cnnc/cnnc/compiler/plan"
)

// matrix is a small dense matrix by rows.
type matrix [][]float64

// winogradMatrices are those of Winograd's F(m x m, 3x3).
type winogradMatrices struct{ bt, g, at matrix }

// winogradOf holds them by tile size; the finite points are 0, ±5/8, ±3/2 and 0, ±1.
var winogradOf = map[plan.WinogradTile]winogradMatrices{
	4: newWinograd(4, 0, 5.0/8, -5.0/8, 3.0/2, -3.0/2),
	2: newWinograd(2, 0, 1, -1),
}

// newWinograd makes the matrices with the given points and infinity, from the
// definition: rows of G and columns of At are powers of the points, G divided by
// the product of the point's distances to the others, and row i of Bt holds the
// coefficients of the polynomial with all other points as roots.
func newWinograd(m int, points ...float64) winogradMatrices {
	var w winogradMatrices
	w.at = make(matrix, m)
	for i, p := range points {
		poly, scale := []float64{1}, 1.0
		for j, q := range points {
			if i == j {
				continue
			}
			scale *= p - q
			next := make([]float64, len(poly)+1)
			for k, c := range poly { // times x - q
				next[k] -= q * c
				next[k+1] += c
			}
			poly = next
		}
		w.bt = append(w.bt, append(poly, 0))
		w.g = append(w.g, []float64{1 / scale, p / scale, p * p / scale})
		power := 1.0
		for k := range w.at {
			w.at[k] = append(w.at[k], power)
			power *= p
		}
	}
	// Infinity takes the highest coefficient.
	all := []float64{1}
	for _, q := range points {
		next := make([]float64, len(all)+1)
		for k, c := range all {
			next[k] -= q * c
			next[k+1] += c
		}
		all = next
	}
	w.bt = append(w.bt, all)
	w.g = append(w.g, []float64{0, 0, 1})
	for k := range w.at {
		w.at[k] = append(w.at[k], 0)
	}
	w.at[m-1][m+1] = 1
	return w
}

// times is m * d.
func (m matrix) times(d matrix) matrix {
	out := make(matrix, len(m))
	for i, row := range m {
		out[i] = make([]float64, len(d[0]))
		for k, w := range row {
			for j, v := range d[k] {
				out[i][j] += w * v
			}
		}
	}
	return out
}

// transposed is m with rows and columns exchanged.
func (m matrix) transposed() matrix {
	out := make(matrix, len(m[0]))
	for j := range out {
		for _, row := range m {
			out[j] = append(out[j], row[j])
		}
	}
	return out
}

// both is m * d * mt.
func (m matrix) both(d matrix) matrix { return m.times(d).times(m.transposed()) }

// square makes a matrix of n x n elements.
func square(n int, f func(i, j int) float64) matrix {
	m := make(matrix, n)
	for i := range m {
		for j := range n {
			m[i] = append(m[i], f(i, j))
		}
	}
	return m
}

func (m *Machine) winogradKernel(c *plan.WinogradKernel) {
	k, side := c.Packing, c.Tile.Side()
	outs := k.Out
	if c.Rotated {
		outs = k.InPad
	}
	for in := range c.Ins {
		for out := range outs {
			u := winogradOf[c.Tile].g.both(square(3, func(i, j int) float64 {
				if c.Rotated {
					return m.params[c.From+k.Index(8-3*i-j, out, in)]
				}
				return m.params[c.From+k.Index(3*i+j, in, out)]
			}))
			for q := range c.Tile.Planes() {
				m.derived[c.To+q*c.PlaneFloats()+out/16*c.Ins*16+in*16+out%16] = u[q/side][q%side]
			}
		}
	}
}

func (m *Machine) winograd(c *plan.Winograd) {
	rows, cols := c.Tile.Tiles(c.OutH), c.Tile.Tiles(c.OutW)
	for from := 0; from < m.n; from += c.Images {
		for row := 0; row < rows; row += c.Rows {
			images, height := min(c.Images, m.n-from), min(c.Rows, rows-row)
			tile := 0
			for i := range images {
				for r := range height {
					for col := range cols {
						m.winogradInput(&c.WinogradBlock, c.X, from+i, row+r, col, tile)
						tile++
					}
				}
			}
			m.winogradProducts(c, tile)
			tile = 0
			for i := range images {
				for r := range height {
					for col := range cols {
						yRow := row + r
						if c.Pool != nil && !c.PoolsTiles() {
							yRow = r // the strip is reused
						}
						m.winogradOutput(c, from+i, row+r, yRow, col, tile)
						tile++
					}
				}
				if c.Pool != nil && !c.PoolsTiles() {
					size := int(c.Tile)
					pixels := min(size*height, c.OutH-size*row)
					for oy := range (pixels-c.Pool.KH)/c.Pool.SH + 1 {
						m.poolRow(c.Pool, from+i, oy*c.Pool.SH, pixels, size*row/c.Pool.SH+oy)
					}
				}
			}
		}
	}
}

// winogradInput transforms the inputs of a tile into row tile of the planes.
func (m *Machine) winogradInput(c *plan.WinogradBlock, x *plan.Buffer, img, row, col, tile int) {
	xs, base := m.image(x, img)
	size, side := int(c.Tile), c.Tile.Side()
	base += c.XOrigin + size*row*x.RowFloats() + size*col*x.Cp
	v, at := m.image(c.Scratch, 0)
	for k := range c.In {
		d := winogradOf[c.Tile].bt.both(square(side, func(i, j int) float64 { return xs[base+i*x.RowFloats()+j*x.Cp+k] }))
		for q := range c.Tile.Planes() {
			v[at+c.V()+q*c.InPlane()+tile*c.In+k] = d[q/side][q%side]
		}
	}
}

// winogradGrad sums over blocks in the planes, then transforms the sums, for each
// group of outputs.
func (m *Machine) winogradGrad(c *plan.WinogradGrad) {
	for first := 0; first < c.Outputs; first += c.OutC {
		m.winogradGroup(c, first)
	}
}

// winogradGroup computes the gradients of OutC outputs.
func (m *Machine) winogradGroup(c *plan.WinogradGrad, first int) {
	size, side := int(c.Tile), c.Tile.Side()
	rows, cols := c.Tile.Tiles(c.OutH), c.Tile.Tiles(c.OutW)
	s, at := m.image(c.Scratch, 0)
	for e := range c.Tile.Planes() * c.SumPlane() {
		s[at+c.W()+e] = 0
	}
	ds := winogradOf[c.Tile].at.transposed()
	for from := 0; from < m.n; from += c.Images {
		for row := 0; row < rows; row += c.Rows {
			tile := 0
			for i := from; i < min(from+c.Images, m.n); i++ {
				for r := row; r < min(row+c.Rows, rows); r++ {
					for col := range cols {
						m.winogradInput(&c.WinogradBlock, c.X, i, r, col, tile)
						dy, base := m.image(c.DY, i)
						base += c.DY.Origin() + size*r*c.DY.RowFloats() + size*col*c.DY.Cp + first
						for ch := range c.OutC {
							d := square(size, func(i, j int) float64 { return dy[base+i*c.DY.RowFloats()+j*c.DY.Cp+ch] })
							if c.DB >= 0 {
								for _, line := range d {
									for _, e := range line {
										m.grads[c.DB+first+ch] += e
									}
								}
							}
							z := ds.both(d)
							for q := range c.Tile.Planes() {
								s[at+c.M()+q*c.OutPlane()+tile*c.OutC+ch] = z[q/side][q%side]
							}
						}
						tile++
					}
				}
			}
			m.winogradSums(c, s[at:], tile)
		}
	}
	gt := winogradOf[c.Tile].g.transposed()
	for k := range c.K {
		for ch := range c.OutC {
			dw := gt.both(square(side, func(i, j int) float64 {
				return s[at+c.W()+(side*i+j)*c.SumPlane()+ch/16*c.K*16+k*16+ch%16]
			}))
			for tap := range 9 {
				m.grads[c.DW.Offset+(first+ch)/16*c.DW.PanelFloats+(tap*c.InPad+k)*16+ch%16] += dw[tap/3][tap%3]
			}
		}
	}
}

// winogradSums adds the products of a block's planes.
func (m *Machine) winogradSums(c *plan.WinogradGrad, s []float64, tiles int) {
	for q := range c.Tile.Planes() {
		k := 0
		for _, run := range c.Runs {
			for range run.MR * run.N { // only rows that a tile covers are computed
				for ch := range c.OutC {
					for t := range tiles {
						s[c.W()+q*c.SumPlane()+ch/16*c.K*16+k*16+ch%16] +=
							s[c.V()+q*c.InPlane()+t*c.In+k] * s[c.M()+q*c.OutPlane()+t*c.OutC+ch]
					}
				}
				k++
			}
		}
	}
}

// winogradProducts multiplies the planes.
func (m *Machine) winogradProducts(c *plan.Winograd, tiles int) {
	s, at := m.image(c.Scratch, 0)
	for q := range c.Tile.Planes() {
		u := c.U
		u.Offset += q * c.PlaneFloats
		for t := range tiles {
			for j := range c.OutC {
				sum := 0.0
				for k := range c.K {
					sum += s[at+c.V()+q*c.InPlane()+t*c.In+k] * m.weight(u, k, j)
				}
				s[at+c.M()+q*c.OutPlane()+t*c.OutC+j] = sum
			}
		}
	}
}

// winogradOutput makes the pixels of a tile, which begin at row size*yRow of Y.
func (m *Machine) winogradOutput(c *plan.Winograd, img, row, yRow, col, tile int) {
	s, sBase := m.image(c.Scratch, 0)
	ys, yBase := m.image(c.Y, img)
	size, side := int(c.Tile), c.Tile.Side()
	for ch := range c.OutC {
		y := winogradOf[c.Tile].at.both(square(side, func(i, j int) float64 {
			return s[sBase+c.M()+(side*i+j)*c.OutPlane()+tile*c.OutC+ch]
		}))
		if c.PoolsTiles() {
			m.winogradMaxima(c, y, img, row, col, ch)
			continue
		}
		for i := range min(size, c.OutH-size*row) {
			for j := range min(size, c.OutW-size*col) {
				at := c.Y.Origin() + (size*yRow+i)*c.Y.RowFloats() + (size*col+j)*c.Y.Cp + ch
				e := y[i][j]
				if c.Bias >= 0 {
					e += m.params[c.Bias+ch]
				}
				if c.Add != nil {
					a, base := m.image(c.Add, img)
					e += a[base+at]
				}
				if c.ReLU {
					e = max(e, 0)
				}
				if c.Mask != nil {
					if a, base := m.image(c.Mask, img); !(a[base+at] > 0) {
						e = 0
					}
				}
				ys[yBase+at] = e
			}
		}
	}
}

// winogradMaxima pools channel ch of a tile's pixels by twos.
func (m *Machine) winogradMaxima(c *plan.Winograd, pixels matrix, img, row, col, ch int) {
	half := int(c.Tile) / 2
	for i := range min(half, c.Y.H-half*row) {
		for j := range min(half, c.Y.W-half*col) {
			best, won := pixels[2*i][2*j], 0
			for k := 1; k < 4; k++ {
				if e := pixels[2*i+k/2][2*j+k%2]; e > best {
					best, won = e, k
				}
			}
			if c.Bias >= 0 {
				best += m.params[c.Bias+ch]
			}
			if c.Pool.ReLU && !(best > 0) {
				best, won = 0, -1
			}
			y, x := half*row+i, half*col+j
			mem, at := m.at(c.Y, img, y, x)
			mem[at+ch] = best
			if c.Pool.Mask == nil {
				continue
			}
			for k := range 4 {
				b, bit := m.bit(c.Pool.Mask, img, y, x, k, ch)
				*b &^= bit
				if k == won {
					*b |= bit
				}
			}
		}
	}
}
