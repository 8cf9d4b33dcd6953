package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// window is the geometry of pooling without channels: windows of kh x kw cells,
// sh and sw apart, the first one top and left of the image.
type window struct {
	inH, inW, kh, kw, sh, sw, top, left, outH, outW int
}

// stretch is a run of outputs along one axis whose windows are clipped alike.
type stretch struct {
	out, n int // first output, and how many
	in     int // first real cell of the first output's window
	size   int // real cells of each window
	skip   int // cells of the window in front of the image
	// from is the number of outputs in front of a part of it, at run time.
	from gosrc.Term
}

// windowRun is the most elements of windows that one kernel call takes: a megabyte,
// and some tens of microseconds.
const windowRun = 1 << 18

// windowPart is what a kernel call computes of a row of windows: columns of outputs
// in the loop over rows r, and of each some channels from the first on. Windows too
// large for a kernel, which nothing can stop, are for its form in Go (huge).
type windowPart struct {
	rows, cols stretch
	r, first   gosrc.Term
	firstByte  gosrc.Term // of bits
	channels   *jen.Statement
	huge       bool
}

// stretches cuts the outputs of one axis into runs. Inner windows are whole, so
// there is one long run and a few short ones where windows reach outside.
func stretches(out, in, k, stride, pad int) []stretch {
	var list []stretch
	for o := range out {
		from := o*stride - pad
		skip := max(0, -from)
		size := min(k, in-from) - skip
		if n := len(list); n > 0 && list[n-1].size == size && list[n-1].skip == skip {
			list[n-1].n++
			continue
		}
		list = append(list, stretch{out: o, n: 1, in: from + skip, size: size, skip: skip})
	}
	return list
}

// each calls do for every combination of clipped rows and columns; the
// statements it returns stand in a loop over the rows of the stretch, whose
// variable is r (0 when there is one row). Long rows are cut into runs of columns,
// large windows of so many channels into channels.
func (w window) each(channels int, do func(p windowPart) jen.Code) []jen.Code {
	var stmts []jen.Code
	cols := stretches(w.outW, w.inW, w.kw, w.sw, w.left)
	for _, rows := range stretches(w.outH, w.inH, w.kh, w.sh, w.top) {
		r := gosrc.Name("o")
		if rows.n == 1 {
			r = gosrc.Lit(0)
		}
		var inner []jen.Code
		for _, c := range cols {
			inner = append(inner, w.columns(windowPart{rows: rows, cols: c, r: r}, channels, do)...)
		}
		if rows.n == 1 {
			stmts = append(stmts, inner...)
		} else {
			stmts = append(stmts, gosrc.For("o", lit(rows.n), inner...))
		}
	}
	return stmts
}

// columns emits the calls for a stretch of columns.
func (w window) columns(p windowPart, channels int, do func(p windowPart) jen.Code) []jen.Code {
	cells := p.rows.size * p.cols.size
	p.channels = lit(channels)
	n, most := p.cols.n, windowRun/(cells*channels)
	if most > 0 {
		return cutRuns(n, most, func(from runFrom, n int) jen.Code {
			run := p
			run.cols.n, run.cols.from = n, gosrc.Times("run", from.run)
			run.cols.out += from.at
			run.cols.in += from.at * w.sw
			return do(run)
		})
	}
	// A window at a time, and some of its channels.
	if p.cols.n = 1; n > 1 {
		p.cols.from = gosrc.Name("run")
	}
	some := max(windowRun/cells/16*16, 16)
	p.huge = cells*min(some, channels) > windowRun
	var part jen.Code
	if some >= channels {
		part = do(p)
	} else {
		p.first, p.firstByte, p.channels = gosrc.Name("c"), gosrc.Name("c / 8"), gosrc.Left(some, lit(channels), "c")
		part = gosrc.Steps("c", lit(channels), some, do(p))
	}
	if n > 1 {
		part = gosrc.For("run", lit(n), part)
	}
	return []jen.Code{part}
}

// call calls a kernel for a part.
func (p windowPart) call(b *body, v simd.Variant, args ...jen.Code) *jen.Statement {
	if p.huge {
		return b.callGo(v, args...)
	}
	return b.call(v, args...)
}

// valid reports a window that holds no cell.
func (w window) valid(b *body) bool {
	for _, list := range [][]stretch{stretches(w.outH, w.inH, w.kh, w.sh, w.top), stretches(w.outW, w.inW, w.kw, w.sw, w.left)} {
		for _, s := range list {
			if s.size <= 0 {
				b.fail("output %d of a pooling has an empty window", s.out)
				return false
			}
		}
	}
	return true
}

// maskImage is the first byte of image i of a mask buffer, in bytes.
func (b *body) maskImage(buf *plan.Buffer) mem {
	m := b.buffer(buf)
	bytes := mem{array: FieldBits}
	if buf != nil && buf.Space == plan.Resident {
		bytes.array = FieldResidentBits
	}
	for _, t := range m.terms {
		bytes.terms = append(bytes.terms, t.Times(4))
	}
	if buf.Scratch {
		return bytes
	}
	return bytes.at(gosrc.Times("i", 4*buf.ImageFloats))
}

// cell is the place of the first output pixel's first real window cell.
func (w window) cell(m mem, p windowPart, row, col int) mem {
	return m.at(gosrc.Lit(p.rows.in*row+p.cols.in*col), p.r.Times(w.sh*row), p.cols.from.Times(w.sw*col), p.first)
}

// out is the place of the first output pixel.
func (w window) out(m mem, p windowPart, row, col int) mem {
	return m.at(gosrc.Lit(p.rows.out*row+p.cols.out*col), p.r.Times(row), p.cols.from.Times(col), p.first)
}

// bits is the place of the bits of the first output pixel's first real cell,
// and their strides: a pixel, a row of cells, a cell.
func (w window) bits(m mem, mask *plan.Buffer, p windowPart) (mem, []jen.Code) {
	cell := mask.Cp / 8
	pixel := mask.MaskCells * cell
	p.first = p.firstByte
	return w.out(m, p, mask.W*pixel, pixel).at(gosrc.Lit((p.rows.skip*w.kw + p.cols.skip) * cell)), []jen.Code{lit(pixel), lit(w.kw * cell), lit(cell)}
}

// maxpool emits max pooling, one kernel call a row of output pixels.
func maxpool(b *body, c *plan.MaxPool) []jen.Code {
	w := window{c.X.H, c.X.W, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.Y.H, c.Y.W}
	var bits mem
	if c.Mask != nil {
		bits = b.maskImage(c.Mask)
	}
	return []jen.Code{perImage(b.poolRows(c, w, b.pixels(c.X), b.pixels(c.Y), bits, c.X.RowFloats(), c.X.Cp)...)}
}

// poolRows emits the rows of a max pooling from x to y.
func (b *body) poolRows(c *plan.MaxPool, w window, x, y, bits mem, xRow, xCol int) []jen.Code {
	if !w.valid(b) {
		return nil
	}
	v := simd.Variant{Family: "maxpool", ReLU: c.ReLU, Bits: c.Mask != nil}
	return w.each(c.Y.Cp, func(p windowPart) jen.Code {
		ptr, strides := nilPtr(), []jen.Code{lit(0), lit(0), lit(0)}
		if c.Mask != nil {
			var at mem
			at, strides = w.bits(bits, c.Mask, p)
			ptr = at.addr()
		}
		args := []jen.Code{
			w.cell(x, p, xRow, xCol).addr(), w.out(y, p, c.Y.RowFloats(), c.Y.Cp).addr(), ptr,
			lit(p.cols.n), p.channels, lit(p.rows.size), lit(p.cols.size), lit(xRow), lit(xCol), lit(w.sw * xCol), lit(c.Y.Cp),
		}
		return p.call(b, v, append(args, strides...)...)
	})
}

// maxpoolGrad emits the way back of max pooling.
func maxpoolGrad(b *body, c *plan.MaxPoolGrad) []jen.Code {
	w := window{c.DX.H, c.DX.W, c.KH, c.KW, c.SH, c.SW, c.PadTop, c.PadLeft, c.DY.H, c.DY.W}
	if !w.valid(b) {
		return nil
	}
	v := simd.Variant{Family: "maxpoolGrad", Add: c.Overlap}
	var stmts []jen.Code
	if c.Overlap || c.Uncovered {
		stmts = append(stmts, b.clearPixels(c.DX)...)
	}
	dy, dx, mask := b.pixels(c.DY), b.pixels(c.DX), b.maskImage(c.Mask)
	stmts = append(stmts, w.each(c.DX.Cp, func(p windowPart) jen.Code {
		at, strides := w.bits(mask, c.Mask, p)
		args := []jen.Code{
			w.out(dy, p, c.DY.RowFloats(), c.DY.Cp).addr(), at.addr(),
			w.cell(dx, p, c.DX.RowFloats(), c.DX.Cp).addr(),
			lit(p.cols.n), p.channels, lit(p.rows.size), lit(p.cols.size),
			lit(c.DX.RowFloats()), lit(c.DX.Cp), lit(w.sw * c.DX.Cp), lit(c.DY.Cp),
		}
		return p.call(b, v, append(args, strides...)...)
	})...)
	return []jen.Code{perImage(stmts...)}
}
