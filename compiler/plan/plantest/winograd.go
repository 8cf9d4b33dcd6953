package plantest

import (
	"github.com/cnnc/cnnc/compiler/plan"
)

// matrix is a small dense matrix by rows.
type matrix [][]float64

// Winograd's F(4x4, 3x3) with the points 0, a, -a, b, -b and infinity, from the
// definition: rows of G and columns of At are powers of the points, G divided by
// the product of the point's distances to the others, and row i of Bt holds the
// coefficients of the polynomial with all other points as roots.
var winogradBt, winogradG, winogradAt = func() (bt, g, at matrix) {
	const a, b = 5.0 / 8, 3.0 / 2
	points := []float64{0, a, -a, b, -b}
	at = make(matrix, 4)
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
		bt = append(bt, append(poly, 0))
		g = append(g, []float64{1 / scale, p / scale, p * p / scale})
		power := 1.0
		for k := range at {
			at[k] = append(at[k], power)
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
	bt = append(bt, all)
	g = append(g, []float64{0, 0, 1})
	for k := range at {
		at[k] = append(at[k], 0)
	}
	at[3][5] = 1
	return bt, g, at
}()

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
	k := c.Packing
	ins, outs := k.In, k.Out
	if c.Rotated {
		ins, outs = outs, ins
	}
	for in := range ins {
		for out := range outs {
			u := winogradG.both(square(3, func(i, j int) float64 {
				if c.Rotated {
					return m.params[c.From+k.Index(8-3*i-j, out, in)]
				}
				return m.params[c.From+k.Index(3*i+j, in, out)]
			}))
			for q := range plan.WinogradPlanes {
				m.derived[c.To+q*ins*outs+out/16*ins*16+in*16+out%16] = u[q/6][q%6]
			}
		}
	}
}

func (m *Machine) winograd(c *plan.Winograd) {
	rows, cols := plan.WinogradTiles(c.OutH), plan.WinogradTiles(c.OutW)
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
						if c.Pool != nil {
							yRow = r // the strip is reused
						}
						m.winogradOutput(c, from+i, row+r, yRow, col, tile)
						tile++
					}
				}
				if c.Pool != nil {
					pixels := min(4*height, c.OutH-4*row)
					for oy := range (pixels-c.Pool.KH)/c.Pool.SH + 1 {
						m.poolRow(c.Pool, from+i, oy*c.Pool.SH, pixels, 4*row/c.Pool.SH+oy)
					}
				}
			}
		}
	}
}

// winogradInput transforms the inputs of a tile into row tile of the planes.
func (m *Machine) winogradInput(c *plan.WinogradBlock, x *plan.Buffer, img, row, col, tile int) {
	xs, base := m.image(x, img)
	base += c.XOrigin + 4*row*x.RowFloats() + 4*col*x.Cp
	v, at := m.image(c.Scratch, 0)
	for k := range c.In {
		d := winogradBt.both(square(6, func(i, j int) float64 { return xs[base+i*x.RowFloats()+j*x.Cp+k] }))
		for q := range plan.WinogradPlanes {
			v[at+c.V()+q*c.InPlane()+tile*c.In+k] = d[q/6][q%6]
		}
	}
}

// winogradGrad sums over blocks in the planes, then transforms the sums.
func (m *Machine) winogradGrad(c *plan.WinogradGrad) {
	rows, cols := plan.WinogradTiles(c.OutH), plan.WinogradTiles(c.OutW)
	s, at := m.image(c.Scratch, 0)
	for e := range plan.WinogradPlanes * c.SumPlane() {
		s[at+c.W()+e] = 0
	}
	ds := winogradAt.transposed()
	for from := 0; from < m.n; from += c.Images {
		for row := 0; row < rows; row += c.Rows {
			tile := 0
			for i := from; i < min(from+c.Images, m.n); i++ {
				for r := row; r < min(row+c.Rows, rows); r++ {
					for col := range cols {
						m.winogradInput(&c.WinogradBlock, c.X, i, r, col, tile)
						dy, base := m.image(c.DY, i)
						base += c.DY.Origin() + 4*r*c.DY.RowFloats() + 4*col*c.DY.Cp
						for ch := range c.OutC {
							z := ds.both(square(4, func(i, j int) float64 { return dy[base+i*c.DY.RowFloats()+j*c.DY.Cp+ch] }))
							for q := range plan.WinogradPlanes {
								s[at+c.M()+q*c.OutPlane()+tile*c.OutC+ch] = z[q/6][q%6]
							}
						}
						tile++
					}
				}
			}
			m.winogradSums(c, s[at:], tile)
		}
	}
	gt := winogradG.transposed()
	for k := range c.In {
		for ch := range c.OutC {
			dw := gt.both(square(6, func(i, j int) float64 {
				return s[at+c.W()+(6*i+j)*c.SumPlane()+ch/16*c.In*16+k*16+ch%16]
			}))
			for tap := range 9 {
				m.grads[c.DW.Offset+ch/16*c.DW.PanelFloats+(tap*c.In+k)*16+ch%16] += dw[tap/3][tap%3]
			}
		}
	}
}

// winogradSums adds the products of a block's planes.
func (m *Machine) winogradSums(c *plan.WinogradGrad, s []float64, tiles int) {
	for q := range plan.WinogradPlanes {
		k := 0
		for _, run := range c.Runs {
			for range run.MR * run.N { // only rows that a tile covers are computed
				for ch := range c.OutC {
					for t := range tiles {
						s[c.W()+q*c.SumPlane()+ch/16*c.In*16+k*16+ch%16] +=
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
	for q := range plan.WinogradPlanes {
		u := c.U
		u.Offset += q * c.PlaneFloats
		for t := range tiles {
			for j := range c.OutC {
				sum := 0.0
				for k := range c.In {
					sum += s[at+c.V()+q*c.InPlane()+t*c.In+k] * m.weight(u, k, j)
				}
				s[at+c.M()+q*c.OutPlane()+t*c.OutC+j] = sum
			}
		}
	}
}

// winogradOutput makes the pixels of a tile, which begin at row 4*yRow of Y.
func (m *Machine) winogradOutput(c *plan.Winograd, img, row, yRow, col, tile int) {
	s, sBase := m.image(c.Scratch, 0)
	ys, yBase := m.image(c.Y, img)
	for ch := range c.OutC {
		y := winogradAt.both(square(6, func(i, j int) float64 {
			return s[sBase+c.M()+(6*i+j)*c.OutPlane()+tile*c.OutC+ch]
		}))
		for i := range min(4, c.OutH-4*row) {
			for j := range min(4, c.OutW-4*col) {
				at := c.Y.Origin() + (4*yRow+i)*c.Y.RowFloats() + (4*col+j)*c.Y.Cp + ch
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
