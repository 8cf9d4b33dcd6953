package simd

import "fmt"

// lanewise describes a kernel that computes every element of its outputs from
// the elements at the same place of its inputs: activations, sums, optimizer
// steps. The element count is the int parameter n, a multiple of 8.
//
// A body is a straight line of vector arithmetic on values, which are numbered:
// first the inputs, then temps further ones. It is emitted twice: for blocks of
// unroll full vectors, and for what is left in steps of 8 elements, so that
// AVX-512 needs no masks. An output may be an input: all loads of a block come
// before its stores.
type lanewise struct {
	in     []string // pointer parameters loaded into values 0, 1, ...
	out    []output // what the body leaves where
	temps  int      // values besides the inputs
	unroll int      // vectors per block
	body   func(b *body)
	// pixels puts a loop around: n pixels of c elements each, c a multiple of 8;
	// from pixel to pixel each pointer moves on by its parameter <name>Step.
	pixels bool
	// splat is the input of which a pixel has one element, for all its channels.
	splat string
	// factors are the names of the numbers that the pointer parameter f points to.
	factors []string
}

// output says that a value is stored through a pointer parameter.
type output struct {
	param string
	value value
}

// value is a variable of a body. A source of an operation may also be a
// number, a word (32 bits given as such), a scalar (a float32 parameter) or a
// factor (a number that f points to).
type (
	source interface{ isSource() }
	value  int
	number float32
	word   uint32
	scalar string
	factor string
)

func (value) isSource()  {}
func (number) isSource() {}
func (word) isSource()   {}
func (scalar) isSource() {}
func (factor) isSource() {}

// body emits the operations of a lanewise kernel for one block size. Every
// operation is repeated for each vector of the block, so that neighbouring
// instructions do not wait for each other.
//
// Registers from 0 on: the values (unroll each), two scratch registers for
// constants that have no register of their own, one for AVX2 compare results,
// and in the rest the first constants of the body, loaded before the loop.
type body struct {
	*Program
	isa      ISA
	vec      func(n int) Vec // registers of the block's width
	unroll   int
	scratch  int // first scratch register
	resident []source
	first    int      // register of resident[0]
	collect  []source // constants met so far, while collecting
	factors  []string
	dry      bool
	err      error
}

// lanewiseGPRs hold the pointers, in the order of lanewise.pointers.
var lanewiseGPRs = []GPR{SI, DI, R8, R9, R10, R11}

// factorsGPR holds f.
const factorsGPR = R12

// pointers is every pointer parameter once, inputs first.
func (k *lanewise) pointers() []string {
	out := append([]string(nil), k.in...)
	for _, o := range k.out {
		known := false
		for _, have := range out {
			known = known || have == o.param
		}
		if !known {
			out = append(out, o.param)
		}
	}
	return out
}

// build emits the kernel.
func (k *lanewise) build(isa ISA) (*Program, error) {
	values := len(k.in) + k.temps
	scratch := values * k.unroll
	room := isa.VectorRegs() - scratch - 3
	if room < 0 {
		return nil, fmt.Errorf("%d values in blocks of %d leave no registers", values, k.unroll)
	}
	p := &Program{}
	b := &body{Program: &Program{}, isa: isa, vec: isa.Vec, unroll: k.unroll, scratch: scratch, first: scratch + 3, dry: true, factors: k.factors}
	k.body(b)
	b.Program, b.dry = p, false
	b.resident = b.collect[:min(room, len(b.collect))]

	gpr := map[string]GPR{}
	for i, name := range k.pointers() {
		gpr[name] = lanewiseGPRs[i]
		p.I(MOVQ, Arg(name), lanewiseGPRs[i])
	}
	if k.pixels {
		p.I(MOVQ, Arg("n"), DX)
		p.I(TESTQ, DX, DX)
		p.I(JLE, Label("done"))
		for _, name := range k.pointers() {
			p.I(SHLQ, Imm(2), Arg(name+"Step")).Say("to bytes")
		}
	} else {
		p.I(MOVQ, Arg("n"), CX)
		p.I(XORL, AX, AX).Say("offset in bytes")
	}
	if len(k.factors) > 0 {
		p.I(MOVQ, Arg("f"), factorsGPR)
	}
	for i, c := range b.resident {
		b.load(c, isa.Vec(b.first+i))
	}
	block := k.unroll * isa.Width()
	emit := func(vec func(int) Vec, unroll, width int) {
		b.vec, b.unroll = vec, unroll
		for i, name := range k.in {
			for u := range unroll {
				if name == k.splat {
					p.I(VBROADCASTSS, At(gpr[name], 0), b.reg(value(i), u))
					continue
				}
				p.I(VMOVUPS, AtIndex(gpr[name], AX, 1, 4*width*u), b.reg(value(i), u))
			}
		}
		k.body(b)
		for _, o := range k.out {
			for u := range unroll {
				p.I(VMOVUPS, b.reg(o.value, u), AtIndex(gpr[o.param], AX, 1, 4*width*u))
			}
		}
		p.I(ADDQ, Imm(4*width*unroll), AX)
	}
	end := Label("done")
	if k.pixels {
		end = "next"
		p.Label("pixel")
		p.I(MOVQ, Arg("c"), CX)
		p.I(XORL, AX, AX).Say("offset in bytes")
	}
	p.I(SUBQ, Imm(block), CX)
	p.I(JLT, Label("rest"))
	p.Align(16)
	p.Label("blocks")
	emit(isa.Vec, k.unroll, isa.Width())
	p.I(SUBQ, Imm(block), CX)
	p.I(JGE, Label("blocks"))
	p.Label("rest")
	p.I(ADDQ, Imm(block), CX)
	p.I(JLE, end)
	p.Label("eights")
	emit(Y, 1, 8)
	p.I(SUBQ, Imm(8), CX)
	p.I(JGT, Label("eights"))
	if k.pixels {
		p.Label("next")
		for _, name := range k.pointers() {
			p.I(ADDQ, Arg(name+"Step"), gpr[name])
		}
		p.I(DECQ, DX)
		p.I(JNE, Label("pixel"))
	}
	p.Label("done")
	p.Return()
	return p, b.err
}

// reg is the register of vector u of a value.
func (b *body) reg(v value, u int) Vec { return b.vec(int(v)*b.unroll + u) }

// load broadcasts a constant to a register.
func (b *body) load(c source, to Vec) {
	switch c := c.(type) {
	case number:
		b.I(VBROADCASTSS, b.Const(float32(c)), to).Say("%v", float32(c))
	case word:
		b.I(VBROADCASTSS, b.ConstBits(uint32(c)), to).Say("%#x", uint32(c))
	case scalar:
		b.I(VBROADCASTSS, Arg(c), to)
	case factor:
		for i, name := range b.factors {
			if name == string(c) {
				b.I(VBROADCASTSS, At(factorsGPR, 4*i), to).Say("%s", name)
				return
			}
		}
		b.err = fmt.Errorf("no factor is called %s", string(c))
	}
}

// operands gives for each source the register of its vector u. Constants
// without a register are loaded into scratch registers now.
func (b *body) operands(sources []source) func(i, u int) Vec {
	at := make([]func(u int) Vec, len(sources))
	used := 0
	for i, s := range sources {
		if v, ok := s.(value); ok {
			at[i] = func(u int) Vec { return b.reg(v, u) }
			continue
		}
		n := -1
		for j, c := range b.resident {
			if c == s {
				n = b.first + j
			}
		}
		if n < 0 {
			for j := range i {
				if sources[j] == s {
					n = int(at[j](0).N) // the same constant twice
				}
			}
		}
		if n < 0 {
			if used == 2 {
				b.err = fmt.Errorf("an operation needs three constants that have no register")
			}
			n = b.scratch + used
			used++
			b.load(s, b.vec(n))
		}
		at[i] = func(int) Vec { return b.vec(n) }
	}
	return func(i, u int) Vec { return at[i](u) }
}

// op emits one instruction per vector. Sources come in assembly order.
func (b *body) op(op Op, dst value, sources ...source) {
	b.opImm(op, -1, dst, sources...)
}

// opImm is op with an immediate in front, if imm is not negative.
func (b *body) opImm(op Op, imm int, dst value, sources ...source) {
	if b.meet(sources) {
		return
	}
	at := b.operands(sources)
	for u := range b.unroll {
		var args []Operand
		if imm >= 0 {
			args = append(args, Imm(imm))
		}
		for i := range sources {
			args = append(args, at(i, u))
		}
		b.I(op, append(args, b.reg(dst, u))...)
	}
}

// meet notes the constants among the sources; true means nothing is to be emitted.
func (b *body) meet(sources []source) bool {
	if !b.dry {
		return false
	}
	for _, s := range sources {
		if _, ok := s.(value); ok {
			continue
		}
		known := false
		for _, c := range b.collect {
			known = known || c == s
		}
		if !known {
			b.collect = append(b.collect, s)
		}
	}
	return true
}

// add is d = x + y, sub d = x - y, mul d = x*y, div d = x/y.
func (b *body) add(d value, x, y source) { b.op(VADDPS, d, y, x) }
func (b *body) sub(d value, x, y source) { b.op(VSUBPS, d, y, x) }
func (b *body) mul(d value, x, y source) { b.op(VMULPS, d, y, x) }
func (b *body) div(d value, x, y source) { b.op(VDIVPS, d, y, x) }

// max is d = x if x > y, else y: a NaN in y stays, one in x is ignored.
func (b *body) max(d value, x, y source) { b.op(VMAXPS, d, y, x) }

// min is d = x if x < y, else y: a NaN in y stays, one in x is ignored.
func (b *body) min(d value, x, y source) { b.op(VMINPS, d, y, x) }

// mulAdd is d = d*x + y, one step of Horner's rule.
func (b *body) mulAdd(d value, x, y source) { b.op(VFMADD213PS, d, y, x) }

// accumulate is d = d + x*y; deduct is d = d - x*y.
func (b *body) accumulate(d value, x, y source) { b.op(VFMADD231PS, d, y, x) }
func (b *body) deduct(d value, x, y source)     { b.op(VFNMADD231PS, d, y, x) }

// horner is d = c[0]*x^n + c[1]*x^(n-1) + ... + c[n].
func (b *body) horner(d value, x source, c ...number) {
	b.mulPlus(d, x, c[0], c[1])
	for _, k := range c[2:] {
		b.mulAdd(d, x, k)
	}
}

// mulPlus is d = x*y + z for a z that is not d.
func (b *body) mulPlus(d value, x source, y, z number) {
	b.set(d, z)
	b.accumulate(d, x, y)
}

// set is d = x.
func (b *body) set(d value, x source) {
	if b.meet([]source{x}) {
		return
	}
	if _, ok := x.(value); ok {
		b.op(VMOVUPS, d, x)
		return
	}
	for _, c := range b.resident {
		if c == x {
			b.op(VMOVUPS, d, x)
			return
		}
	}
	for u := range b.unroll {
		b.load(x, b.reg(d, u))
	}
}

// and, or and xor combine bits; andNot is d = ^x & y.
func (b *body) and(d value, x, y source)    { b.op(VANDPS, d, y, x) }
func (b *body) or(d value, x, y source)     { b.op(VORPS, d, y, x) }
func (b *body) xor(d value, x, y source)    { b.op(VXORPS, d, y, x) }
func (b *body) andNot(d value, x, y source) { b.op(VANDNPS, d, y, x) }

// signBit is the sign of a float32 as a mask.
const signBit = word(1 << 31)

// abs is d = |x|.
func (b *body) abs(d value, x source) { b.andNot(d, signBit, x) }

// choose is d = x where "l pred r", else y. pred is a predicate of VCMPPS.
func (b *body) choose(d value, pred int, l, r, x, y source) {
	if b.meet([]source{l, r, x, y}) {
		return
	}
	at := b.operands([]source{l, r, x, y})
	for u := range b.unroll {
		if b.isa == AVX512 {
			b.I(VCMPPS, Imm(pred), at(1, u), at(0, u), K1)
			b.I(VBLENDMPS, at(2, u), at(3, u), K1, b.reg(d, u))
		} else {
			mask := b.vec(b.scratch + 2)
			b.I(VCMPPS, Imm(pred), at(1, u), at(0, u), mask)
			b.I(VBLENDVPS, mask, at(2, u), at(3, u), b.reg(d, u))
		}
	}
}

// keep is d = x where "l pred r", else 0.
func (b *body) keep(d value, pred int, l, r, x source) {
	if b.meet([]source{l, r, x}) {
		return
	}
	at := b.operands([]source{l, r, x})
	for u := range b.unroll {
		if b.isa == AVX512 {
			b.I(VCMPPS, Imm(pred), at(1, u), at(0, u), K1)
			b.IZ(VMOVUPS, at(2, u), K1, b.reg(d, u))
		} else {
			mask := b.vec(b.scratch + 2)
			b.I(VCMPPS, Imm(pred), at(1, u), at(0, u), mask)
			b.I(VANDPS, mask, at(2, u), b.reg(d, u))
		}
	}
}
