package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// walk is an operand of a kernel that walks over pixels: where pixel (0, 0) is,
// and the elements to the next row and column, 0 where it stands still.
type walk struct {
	at       mem
	row, col int
}

// walkOver makes the walk of a buffer over an image of h x w pixels: where the
// buffer has a single row or column, it stands still.
func (b *body) walkOver(buf *plan.Buffer, h, w int) walk {
	k := walk{b.pixels(buf), buf.RowFloats(), buf.Cp}
	if buf.H == 1 && h > 1 {
		k.row = 0
	}
	if buf.W == 1 && w > 1 {
		k.col = 0
	}
	return k
}

// overPixels covers h x w pixels of image i with calls for runs of pixels: the
// whole image when all operands go on from row to row as from column to column,
// else rows. do gets the place of a run in each operand, its pixels and the
// operands' steps.
func (b *body) overPixels(h, w, c int, walks []walk, do func(at []mem, n int, steps []jen.Code) jen.Code) jen.Code {
	at, steps := make([]mem, len(walks)), make([]jen.Code, len(walks))
	whole := h*w*c <= longest
	for _, k := range walks {
		whole = whole && (h == 1 || w == 1 || k.row == w*k.col)
	}
	for i, k := range walks {
		at[i], steps[i] = k.at, lit(k.col)
		if whole && w == 1 {
			steps[i] = lit(k.row)
		}
		if !whole {
			at[i] = k.at.at(gosrc.Times("r", k.row))
		}
	}
	if whole {
		return do(at, h*w, steps)
	}
	return gosrc.For("r", lit(h), do(at, w, steps))
}

// addresses are the addresses of places.
func addresses(at []mem) []jen.Code {
	list := make([]jen.Code, len(at))
	for i, m := range at {
		list[i] = m.addr()
	}
	return list
}

// join makes one list of arguments.
func join(lists ...[]jen.Code) []jen.Code {
	var all []jen.Code
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// alike reports whether all buffers have one geometry.
func alike(bufs ...*plan.Buffer) bool {
	for _, x := range bufs {
		if x.H != bufs[0].H || x.W != bufs[0].W || x.C != bufs[0].C || x.Cp != bufs[0].Cp {
			return false
		}
	}
	return true
}
