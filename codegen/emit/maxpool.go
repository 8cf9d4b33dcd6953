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
// variable is r (0 when there is one row).
func (w window) each(do func(rows, cols stretch, r gosrc.Term) jen.Code) []jen.Code {
	var stmts []jen.Code
	cols := stretches(w.outW, w.inW, w.kw, w.sw, w.left)
	for _, rows := range stretches(w.outH, w.inH, w.kh, w.sh, w.top) {
		r := gosrc.Name("o")
		if rows.n == 1 {
			r = gosrc.Lit(0)
		}
		var inner []jen.Code
		for _, c := range cols {
			inner = append(inner, do(rows, c, r))
		}
		if rows.n == 1 {
			stmts = append(stmts, inner...)
		} else {
			stmts = append(stmts, gosrc.For("o", lit(rows.n), inner...))
		}
	}
	return stmts
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

// cell is the place of an output pixel's first real window cell.
func (w window) cell(m mem, rows, cols stretch, r gosrc.Term, row, col int) mem {
	return m.at(gosrc.Lit(rows.in*row+cols.in*col), r.Times(w.sh*row))
}

// out is the place of the first output pixel of a stretch.
func (w window) out(m mem, rows, cols stretch, r gosrc.Term, row, col int) mem {
	return m.at(gosrc.Lit(rows.out*row+cols.out*col), r.Times(row))
}

// bits is the place of the bits of the first output pixel's first real cell,
// and their strides: a pixel, a row of cells, a cell.
func (w window) bits(m mem, mask *plan.Buffer, rows, cols stretch, r gosrc.Term) (mem, []jen.Code) {
	cell := mask.Cp / 8
	pixel := mask.MaskCells * cell
	at := w.out(m, rows, cols, r, mask.W*pixel, pixel).at(gosrc.Lit((rows.skip*w.kw + cols.skip) * cell))
	return at, []jen.Code{lit(pixel), lit(w.kw * cell), lit(cell)}
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
	return w.each(func(rows, cols stretch, r gosrc.Term) jen.Code {
		ptr, strides := nilPtr(), []jen.Code{lit(0), lit(0), lit(0)}
		if c.Mask != nil {
			var at mem
			at, strides = w.bits(bits, c.Mask, rows, cols, r)
			ptr = at.addr()
		}
		args := []jen.Code{
			w.cell(x, rows, cols, r, xRow, xCol).addr(), w.out(y, rows, cols, r, c.Y.RowFloats(), c.Y.Cp).addr(), ptr,
			lit(cols.n), lit(c.Y.Cp), lit(rows.size), lit(cols.size), lit(xRow), lit(xCol), lit(w.sw * xCol), lit(c.Y.Cp),
		}
		return b.call(v, append(args, strides...)...)
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
	stmts = append(stmts, w.each(func(rows, cols stretch, r gosrc.Term) jen.Code {
		at, strides := w.bits(mask, c.Mask, rows, cols, r)
		args := []jen.Code{
			w.out(dy, rows, cols, r, c.DY.RowFloats(), c.DY.Cp).addr(), at.addr(),
			w.cell(dx, rows, cols, r, c.DX.RowFloats(), c.DX.Cp).addr(),
			lit(cols.n), lit(c.DX.Cp), lit(rows.size), lit(cols.size),
			lit(c.DX.RowFloats()), lit(c.DX.Cp), lit(w.sw * c.DX.Cp), lit(c.DY.Cp),
		}
		return b.call(v, append(args, strides...)...)
	})...)
	return []jen.Code{perImage(stmts...)}
}
