package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/compiler/plan"
)

// longest is the most elements one elementwise kernel call takes: some tens of
// microseconds of memory traffic.
const longest = 1 << 16

// overElements covers the pixels of buffers of one geometry with runs of
// elements, never the halo: the whole micro-batch when it is small and without
// gaps, else images, else rows. do gets the start of a run in each buffer and
// its length.
func (b *body) overElements(bufs []*plan.Buffer, do func(at []mem, n *jen.Statement) jen.Code) []jen.Code {
	first := bufs[0]
	for _, buf := range bufs {
		if buf == nil || buf.H != first.H || buf.W != first.W || buf.Cp != first.Cp {
			b.fail("elementwise buffers differ in geometry")
			return nil
		}
	}
	whole, dense := true, true
	size := first.H * first.W * first.Cp
	for _, buf := range bufs {
		whole = whole && buf.Contiguous()
		dense = dense && buf.Contiguous() && buf.ImageFloats == size
	}
	starts := func(f func(*plan.Buffer) mem) []mem {
		at := make([]mem, len(bufs))
		for i, buf := range bufs {
			at[i] = f(buf)
		}
		return at
	}
	if dense && size*b.Micro <= longest {
		return []jen.Code{do(starts(func(buf *plan.Buffer) mem { return b.buffer(buf).at(gosrc.Lit(buf.Origin())) }), jen.Id("n").Op("*").Lit(size))}
	}
	if whole && size <= longest {
		return []jen.Code{perImage(do(starts(b.pixels), lit(size)))}
	}
	row := first.W * first.Cp
	part, n := []gosrc.Term(nil), lit(row)
	if row > longest {
		part, n = append(part, gosrc.Name("e")), gosrc.Left(longest, lit(row), "e")
	}
	call := do(starts(func(buf *plan.Buffer) mem {
		return b.pixels(buf).at(gosrc.Times("r", buf.RowFloats())).at(part...)
	}), n)
	if row > longest {
		call = gosrc.Steps("e", lit(row), longest, call)
	}
	return []jen.Code{perImage(gosrc.For("r", lit(first.H), call))}
}

// clearPixels clears the pixels of image i, not the halo.
func (b *body) clearPixels(buf *plan.Buffer) []jen.Code {
	x := b.pixels(buf)
	if buf.Contiguous() {
		return []jen.Code{jen.Clear(x.slice(lit(buf.H * buf.W * buf.Cp)))}
	}
	return []jen.Code{gosrc.For("r", lit(buf.H), jen.Clear(x.at(gosrc.Times("r", buf.RowFloats())).slice(lit(buf.W*buf.Cp))))}
}
