package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cnnc/cnnc/codegen/gosrc"
	"github.com/cnnc/cnnc/codegen/portable"
	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/plan"
)

// body is the emission of one method.
type body struct {
	*Program
	info *plan.Info
	err  error
	// shared is set where workers share an image: then scratch memory is the
	// worker's own, but for the planes and the strip of a block that they share.
	shared                    bool
	sharedPlanes, sharedStrip *plan.Buffer
}

// fail records the first error.
func (b *body) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("internal error: emit %s: %s", b.info.Name, fmt.Sprintf(format, args...))
	}
}

// ident makes the name of something that belongs to the call.
func (b *body) ident(suffix string) string { return gosrc.Ident(b.info.Name, suffix) }

// mem is a place in memory: an array and an offset.
type mem struct {
	array string
	terms []gosrc.Term
}

// at returns the place moved on by terms.
func (m mem) at(terms ...gosrc.Term) mem {
	return mem{m.array, append(append([]gosrc.Term(nil), m.terms...), terms...)}
}

// addr is the address of the place.
func (m mem) addr() *jen.Statement { return gosrc.Addr(m.array, m.terms...) }

// sum is the offset alone.
func (m mem) sum() *jen.Statement { return gosrc.Sum(m.terms...) }

// slice is the memory from the place on, of length n.
func (m mem) slice(n *jen.Statement) *jen.Statement {
	return m.from().Index(jen.Op(":").Add(n))
}

// from is the memory from the place on.
func (m mem) from() *jen.Statement { return jen.Id(m.array).Index(m.sum().Op(":")) }

// buffer is the start of a buffer's first image.
func (b *body) buffer(buf *plan.Buffer) mem {
	if buf == nil {
		b.fail("a buffer is missing")
		return mem{array: FieldArena}
	}
	switch buf.Space {
	case plan.Arena, plan.Resident:
		name, ok := b.buffers[buf]
		if !ok {
			b.fail("buffer %s is not of this program", buf.Name)
		}
		array := FieldArena
		switch {
		case buf.Space == plan.Resident:
			array = FieldResident
		case b.shared && buf.Scratch && buf != b.sharedPlanes && buf != b.sharedStrip:
			array = FieldScratch
		}
		return mem{array, []gosrc.Term{gosrc.Name(name)}}
	case plan.Input:
		return mem{array: FieldX}
	case plan.Scores:
		return mem{array: FieldScores}
	}
	b.fail("buffer %s lies in space %d", buf.Name, buf.Space)
	return mem{array: FieldArena}
}

// own is scratch memory of the worker's own, whether or not the rest of the buffer
// is shared.
func (b *body) own(buf *plan.Buffer) mem {
	m := b.buffer(buf)
	if b.shared {
		m.array = FieldScratch
	}
	return m
}

// image is the start of image i of a buffer.
func (b *body) image(buf *plan.Buffer) mem {
	m := b.buffer(buf)
	if buf == nil || buf.Scratch {
		return m
	}
	return m.at(gosrc.Times("i", buf.ImageFloats))
}

// pixels is pixel (0, 0) of image i of a buffer.
func (b *body) pixels(buf *plan.Buffer) mem {
	if buf == nil {
		return b.image(buf)
	}
	return b.image(buf).at(gosrc.Lit(buf.Origin()))
}

// weights is the place of packed weights.
func (b *body) weights(w plan.Weights) mem {
	array, names := FieldParams, b.params
	switch w.Space {
	case plan.Params:
	case plan.Grads:
		array = FieldGrads
	case plan.Derived:
		array, names = FieldDerived, b.deriv
	default:
		b.fail("weights in space %d", w.Space)
	}
	return b.place(array, names, w.Offset)
}

// place names an offset by what begins there or before.
func (b *body) place(array string, names map[int]string, offset int) mem {
	start := -1 // of what offset lies in
	for at := range names {
		if at <= offset {
			start = max(start, at)
		}
	}
	if start < 0 {
		return mem{array, []gosrc.Term{gosrc.Lit(offset)}}
	}
	return mem{array, []gosrc.Term{gosrc.Name(names[start]), gosrc.Lit(offset - start)}}
}

// call calls a kernel.
func (b *body) call(v simd.Variant, args ...jen.Code) *jen.Statement {
	return jen.Id(b.kernel(v)).Call(args...)
}

// callGo calls the form of a kernel in plain Go, which can be stopped.
func (b *body) callGo(v simd.Variant, args ...jen.Code) *jen.Statement {
	name := b.kernel(v)
	k, ok := portable.Find(name)
	if !ok {
		b.fail("there is no portable kernel %s", name)
	}
	var lead []jen.Code
	for _, l := range k.Lead {
		lead = append(lead, jen.Op(l))
	}
	return jen.Id(k.Func).Call(append(lead, args...)...)
}

// perImage is the loop over the examples of a micro-batch.
func perImage(stmts ...jen.Code) *jen.Statement {
	return gosrc.For("i", jen.Id("n"), stmts...)
}

// lit is an integer constant.
func lit(n int) *jen.Statement { return jen.Lit(n) }

// nilPtr is an unused pointer argument.
func nilPtr() *jen.Statement { return jen.Nil() }

// overChannels is the loop over panels of output channels: c is the first
// channel, and lanes (the expression given to do) the number done at a time.
func (pk *Package) overChannels(outC int, do func(c gosrc.Term, lanes jen.Code) []jen.Code) []jen.Code {
	defer pk.calledWith(outC)()
	if outC <= 16 {
		return do(gosrc.Lit(0), lit(outC))
	}
	stmts := append([]jen.Code{jen.Id("step").Op(":=").Id("lanes").Call(lit(outC).Op("-").Id("c"))},
		do(gosrc.Name("c"), jen.Id("step"))...)
	stmts = append(stmts, jen.Id("c").Op("+=").Id("step"))
	return []jen.Code{jen.For(jen.Id("c").Op(":=").Lit(0), jen.Id("c").Op("<").Lit(outC), jen.Empty()).Block(stmts...)}
}
