package portable

import "unsafe"

// What winogradOutputGo adds behind the transform.
const (
	winogradBias = 1 << iota // add bias[cc]
	winogradAdd              // add the element of add at the place of the result
	winogradReLU             // then replace negative values by 0
	winogradMask             // or keep the value only where mask is > 0
	winogradBits             // record which cell of a pooling window was the maximum
)

// Interpolation points of Winograd's F(4x4, 3x3) besides 0 and infinity, their
// powers, and the denominators of the kernel's transform.
const (
	winoA  = 5.0 / 8
	winoB  = 3.0 / 2
	winoA2 = winoA * winoA
	winoB2 = winoB * winoB
	winoA3 = winoA * winoA2
	winoB3 = winoB * winoB2
	winoF0 = winoA2 * winoB2
	winoFA = 2 * winoA2 * (winoA2 - winoB2)
	winoFB = 2 * winoB2 * (winoB2 - winoA2)
)

// winogradSquare is one channel of a tile before or after a transform; the first
// rows and columns are used.
type winogradSquare [6][6]float32

// winogradRead takes the first size rows and columns of the square at p.
func winogradRead(d *winogradSquare, p unsafe.Pointer, size, row, col int) {
	for i := range size {
		for j := range size {
			d[i][j] = *(*float32)(unsafe.Add(p, 4*(i*row+j*col)))
		}
	}
}

// winogradInputGo transforms n tiles of 6x6 pixels to 36 planes, Bt d B:
//
//	for o < n, cc < c, i, j < 6:
//	    d[i][j] = x[o*xStep + i*xRow + j*xCol + cc]
//	    y[o*yStep + i*yRow + j*yCol + cc] = (Bt d B)[i][j]
//
// tmp is not used. All transforms have this form; sizes count elements.
func winogradInputGo(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradBt, 6, 6, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradWeightsGo transforms n kernels of 3x3 taps to 36 planes, G g Gt, as
// winogradInputGo does tiles.
func winogradWeightsGo(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradG, 3, 6, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradGradientGo transforms n tiles of 4x4 output gradients to 36 planes,
// A dy At, as winogradInputGo does tiles.
func winogradGradientGo(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradA, 4, 6, false, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradGradientBiasGo is winogradGradientGo and adds the 16 gradients of each
// tile to db[cc].
func winogradGradientBiasGo(x, y, tmp, db *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradGradientGo(x, y, tmp, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
	winogradSum(4, x, db, n, c, xRow, xCol, xStep)
}

// winogradSum adds the size x size cells of each of n squares to db[cc].
func winogradSum(size int, x, db *float32, n, c, xRow, xCol, xStep int) {
	var d winogradSquare
	for o := range n {
		for cc := range c {
			winogradRead(&d, unsafe.Add(unsafe.Pointer(x), 4*(o*xStep+cc)), size, xRow, xCol)
			var sum float32
			for i := range size {
				for j := range size {
					sum += d[i][j]
				}
			}
			*(*float32)(unsafe.Add(unsafe.Pointer(db), 4*cc)) += sum
		}
	}
}

// winogradDeltaGo transforms n sums of 36 planes back to gradients of 3x3 taps,
// Gt u G, and adds these to y.
func winogradDeltaGo(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	winogradEach(winogradGt, 6, 3, true, x, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep)
}

// winogradOutputGo transforms 36 planes to n tiles of 4x4 pixels, At m A, of which
// rows x cols are stored:
//
//	e = At d A + bias[cc] + add[...], then ReLU or mask, for the flags set
//	y[o*yStep + i*yRow + j*yCol + cc] = e[i][j]  for i < rows, j < cols
//
// add and mask are read at the place where y is written.
func winogradOutputGo(flags int, x, bias, add, mask, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols int) {
	winogradOutputs(winogradAt, 6, 4, flags, x, bias, add, mask, y, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols)
}

// winogradOutputs is winogradOutputGo from in x in planes to out x out pixels.
func winogradOutputs(line func(d [6]float32) [6]float32, in, out, flags int, x, bias, add, mask, y *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols int) {
	var d winogradSquare
	for o := range n {
		for cc := range c {
			winogradRead(&d, unsafe.Add(unsafe.Pointer(x), 4*(o*xStep+cc)), in, xRow, xCol)
			winogradTwice(line, in, out, &d)
			for i := range rows {
				for j := range cols {
					at := 4 * (o*yStep + i*yRow + j*yCol + cc)
					e := d[i][j]
					if flags&winogradBias != 0 {
						e += *(*float32)(unsafe.Add(unsafe.Pointer(bias), 4*cc))
					}
					if flags&winogradAdd != 0 {
						e += *(*float32)(unsafe.Add(unsafe.Pointer(add), at))
					}
					if flags&winogradReLU != 0 && e < 0 {
						e = 0
					}
					if flags&winogradMask != 0 && !(*(*float32)(unsafe.Add(unsafe.Pointer(mask), at)) > 0) {
						e = 0
					}
					*(*float32)(unsafe.Add(unsafe.Pointer(y), at)) = flushTiny(e)
				}
			}
		}
	}
}

// winogradEach applies a transform from in x in to out x out cells.
func winogradEach(line func(d [6]float32) [6]float32, in, out int, sum bool, x, y *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int) {
	var d winogradSquare
	for o := range n {
		for cc := range c {
			winogradRead(&d, unsafe.Add(unsafe.Pointer(x), 4*(o*xStep+cc)), in, xRow, xCol)
			winogradTwice(line, in, out, &d)
			for i := range out {
				for j := range out {
					p := (*float32)(unsafe.Add(unsafe.Pointer(y), 4*(o*yStep+i*yRow+j*yCol+cc)))
					if sum {
						*p += d[i][j]
					} else {
						*p = d[i][j]
					}
				}
			}
		}
	}
}

// winogradTwice applies line to the columns and then to the rows of d.
func winogradTwice(line func(d [6]float32) [6]float32, in, out int, d *winogradSquare) {
	for j := range in {
		r := line([6]float32{d[0][j], d[1][j], d[2][j], d[3][j], d[4][j], d[5][j]})
		for i := range out {
			d[i][j] = r[i]
		}
	}
	for i := range out {
		d[i] = line(d[i])
	}
}

// winogradBt is the product with Bt, winogradAt that with At and so on. Elements
// beyond the size of the matrix are not looked at.
func winogradBt(d [6]float32) [6]float32 {
	e, o := d[4]-winoB2*d[2], winoA*(d[3]-winoB2*d[1])
	f, p := d[4]-winoA2*d[2], winoB*(d[3]-winoA2*d[1])
	return [6]float32{
		winoF0*d[0] + (d[4] - (winoA2+winoB2)*d[2]), e + o, e - o, f + p, f - p,
		winoF0*d[1] + (d[5] - (winoA2+winoB2)*d[3]),
	}
}

func winogradAt(m [6]float32) [6]float32 {
	s1, t1, s2, t2 := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	return [6]float32{m[0] + s1 + s2, winoA*t1 + winoB*t2, winoA2*s1 + winoB2*s2, m[5] + winoA3*t1 + winoB3*t2}
}

func winogradG(g [6]float32) [6]float32 {
	e, o := 1/winoFA*g[0]+winoA2/winoFA*g[2], winoA/winoFA*g[1]
	f, p := 1/winoFB*g[0]+winoB2/winoFB*g[2], winoB/winoFB*g[1]
	return [6]float32{1 / winoF0 * g[0], e + o, e - o, f + p, f - p, g[2]}
}

func winogradA(y [6]float32) [6]float32 {
	e, o := y[0]+winoA2*y[2], winoA*(y[1]+winoA2*y[3])
	f, p := y[0]+winoB2*y[2], winoB*(y[1]+winoB2*y[3])
	return [6]float32{y[0], e + o, e - o, f + p, f - p, y[3]}
}

func winogradGt(u [6]float32) [6]float32 {
	s1, t1, s2, t2 := u[1]+u[2], u[1]-u[2], u[3]+u[4], u[3]-u[4]
	return [6]float32{
		1/winoF0*u[0] + 1/winoFA*s1 + 1/winoFB*s2,
		winoA/winoFA*t1 + winoB/winoFB*t2,
		winoA2/winoFA*s1 + winoB2/winoFB*s2 + u[5],
	}
}
