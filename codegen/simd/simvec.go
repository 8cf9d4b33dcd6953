package simd

// The vector half of the simulator: registers are arrays of 32-bit words, and
// most instructions are a function of words mapped over them.

import (
	"encoding/binary"
	"math"
)

type words = [16]uint32

// lanes is the instruction's width in 32-bit words: that of its widest vector.
func (in *Inst) lanes() int {
	n := 0
	for _, a := range in.Args {
		if v, ok := a.(Vec); ok {
			n = max(n, int(v.Bits)/32)
		}
	}
	return n
}

// mask is the write mask of the instruction with one bit per element, and
// whether it has one: a KReg before the last operand.
func (m *Machine) mask(in *Inst) (uint64, bool) {
	if n := len(in.Args); n >= 2 {
		if k, ok := in.Args[n-2].(KReg); ok {
			return m.k[k], true
		}
	}
	return ^uint64(0), false
}

// readVec reads lanes words from a vector or memory operand. Words of masked-out
// elements are not read from memory: the processor suppresses their faults.
func (m *Machine) readVec(in *Inst, o Operand, lanes, elem int) words {
	if v, ok := o.(Vec); ok {
		return m.vec[v.N]
	}
	var w words
	if in.Bcast {
		b := m.bytes(o, 4*elem, Read)
		for i := range lanes {
			w[i] = binary.LittleEndian.Uint32(b[4*(i%elem):])
		}
		return w
	}
	mask, masked := m.mask(in)
	if !masked {
		b := m.bytes(o, 4*lanes, Read)
		for i := range lanes {
			w[i] = binary.LittleEndian.Uint32(b[4*i:])
		}
		return w
	}
	a := o.(Mem)
	for i := range lanes {
		if mask>>(i/elem)&1 != 0 {
			w[i] = binary.LittleEndian.Uint32(m.bytes(a.Plus(4*i), 4, Read))
		}
	}
	return w
}

// writeVec writes lanes words to the last operand under the write mask, and
// clears the rest of a register.
func (m *Machine) writeVec(in *Inst, w words, lanes, elem int) {
	mask, masked := m.mask(in)
	switch dst := in.Args[len(in.Args)-1].(type) {
	case Vec:
		old := m.vec[dst.N]
		for i := range w {
			switch {
			case i >= lanes:
				w[i] = 0
			case mask>>(i/elem)&1 != 0:
			case in.Zero:
				w[i] = 0
			default:
				w[i] = old[i]
			}
		}
		m.vec[dst.N] = w
	case Mem:
		if !masked {
			b := m.bytes(dst, 4*lanes, Write)
			for i := range lanes {
				binary.LittleEndian.PutUint32(b[4*i:], w[i])
			}
			return
		}
		for i := range lanes {
			if mask>>(i/elem)&1 != 0 {
				binary.LittleEndian.PutUint32(m.bytes(dst.Plus(4*i), 4, Write), w[i])
			}
		}
	default:
		m.fail("no vector destination")
	}
}

// sources gives the operands without mask register and destination.
func (in *Inst) sources() []Operand {
	n := len(in.Args) - 1
	if n > 0 {
		if _, ok := in.Args[n-1].(KReg); ok {
			n--
		}
	}
	return in.Args[:n]
}

// mapWords computes every word of the destination from the words of the old
// destination d, the first source s1 (the one before the destination) and the
// second s2 (which may be memory).
func mapWords(f func(d, s1, s2 uint32) uint32) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		lanes := in.lanes()
		src := in.sources()
		var d, s1, s2 words
		if v, ok := in.Args[len(in.Args)-1].(Vec); ok {
			d = m.vec[v.N]
		}
		s2 = m.readVec(in, src[0], lanes, 1)
		if len(src) > 1 {
			s1 = m.readVec(in, src[1], lanes, 1)
		}
		var w words
		for i := range lanes {
			w[i] = f(d[i], s1[i], s2[i])
		}
		m.writeVec(in, w, lanes, 1)
	}
}

func word1(f func(a uint32) uint32) func(*Machine, *Inst) {
	return mapWords(func(_, _, s uint32) uint32 { return f(s) })
}

func word2(f func(a, b uint32) uint32) func(*Machine, *Inst) {
	return mapWords(func(_, s1, s2 uint32) uint32 { return f(s1, s2) })
}

// mapFloats is mapWords for float32 arithmetic: where the program flushes,
// subnormal operands count as zero and subnormal results become zero, signs kept.
func mapFloats(f func(d, s1, s2 float32) float32) func(*Machine, *Inst) {
	exact := mapWords(func(d, s1, s2 uint32) uint32 { return bits32(f(float(d), float(s1), float(s2))) })
	flushing := mapWords(func(d, s1, s2 uint32) uint32 {
		return flush(bits32(f(float(flush(d)), float(flush(s1)), float(flush(s2)))))
	})
	return func(m *Machine, in *Inst) {
		if m.prog.Flush {
			flushing(m, in)
		} else {
			exact(m, in)
		}
	}
}

func float1(f func(a float32) float32) func(*Machine, *Inst) {
	return mapFloats(func(_, _, s float32) float32 { return f(s) })
}

func float2(f func(a, b float32) float32) func(*Machine, *Inst) {
	return mapFloats(func(_, s1, s2 float32) float32 { return f(s1, s2) })
}

func float3(f func(d, s1, s2 float32) float32) func(*Machine, *Inst) { return mapFloats(f) }

// operand is a float32 as arithmetic of the program sees it.
func (m *Machine) operand(w uint32) float32 {
	if m.prog.Flush {
		w = flush(w)
	}
	return float(w)
}

// result is a float32 as arithmetic of the program leaves it.
func (m *Machine) result(f float32) uint32 {
	if m.prog.Flush {
		return flush(bits32(f))
	}
	return bits32(f)
}

func float(w uint32) float32  { return math.Float32frombits(w) }
func bits32(f float32) uint32 { return math.Float32bits(f) }

// mapQuads is mapWords for elements of 64 bits.
func mapQuads(f func(d, s1, s2 uint64) uint64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		lanes := in.lanes()
		src := in.sources()
		var d, s1 words
		if v, ok := in.Args[len(in.Args)-1].(Vec); ok {
			d = m.vec[v.N]
		}
		s2 := m.readVec(in, src[0], lanes, 2)
		if len(src) > 1 {
			s1 = m.readVec(in, src[1], lanes, 2)
		}
		var w words
		for i := 0; i < lanes; i += 2 {
			putQuad(&w, i, f(quad(&d, i), quad(&s1, i), quad(&s2, i)))
		}
		m.writeVec(in, w, lanes, 2)
	}
}

func quad(w *words, i int) uint64 { return uint64(w[i]) | uint64(w[i+1])<<32 }

func putQuad(w *words, i int, v uint64) { w[i], w[i+1] = uint32(v), uint32(v>>32) }

func quad2(f func(a, b uint64) uint64) func(*Machine, *Inst) {
	return mapQuads(func(_, s1, s2 uint64) uint64 { return f(s1, s2) })
}

func double2(f func(a, b float64) float64) func(*Machine, *Inst) {
	return mapQuads(func(_, s1, s2 uint64) uint64 {
		return math.Float64bits(f(math.Float64frombits(s1), math.Float64frombits(s2)))
	})
}

var simDoubleFMA = mapQuads(func(d, s1, s2 uint64) uint64 {
	return math.Float64bits(math.FMA(math.Float64frombits(s1), math.Float64frombits(s2), math.Float64frombits(d)))
})

func wordShift(f func(a uint32, n uint) uint32) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		n := uint(in.Args[0].(Imm))
		a := m.vec[in.Args[1].(Vec).N]
		var w words
		for i := range w {
			w[i] = f(a[i], n)
		}
		m.writeVec(in, w, in.lanes(), 1)
	}
}

func quadShift(f func(a uint64, n uint) uint64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		n := uint(in.Args[0].(Imm))
		a := m.vec[in.Args[1].(Vec).N]
		var w words
		for i := 0; i < 16; i += 2 {
			putQuad(&w, i, f(quad(&a, i), n))
		}
		m.writeVec(in, w, in.lanes(), 2)
	}
}

func simMoveVec(m *Machine, in *Inst) {
	lanes := in.lanes()
	m.writeVec(in, m.readVec(in, in.Args[0], lanes, 1), lanes, 1)
}

// scalarWords reads n words of a scalar operand.
func (m *Machine) scalarWords(o Operand, n int) words {
	if v, ok := o.(Vec); ok {
		return m.vec[v.N]
	}
	var w words
	b := m.bytes(o, 4*n, Read)
	for i := range n {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}

// simMoveScalar is VMOVSS and VMOVSD in their load and store forms.
func simMoveScalar(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		w := m.scalarWords(in.Args[0], n)
		switch dst := in.Args[1].(type) {
		case Vec:
			if _, ok := in.Args[0].(Vec); ok {
				m.fail("register to register form is not supported")
			}
			m.vec[dst.N] = w
		default:
			b := m.bytes(dst, 4*n, Write)
			for i := range n {
				binary.LittleEndian.PutUint32(b[4*i:], w[i])
			}
		}
	}
}

// simMoveCross moves n bytes between a vector and a general register or memory.
func simMoveCross(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		var v uint64
		if s, ok := in.Args[0].(Vec); ok {
			v = truncate(quad(&m.vec[s.N], 0), n)
		} else {
			v = m.load(in.Args[0], n)
		}
		if d, ok := in.Args[1].(Vec); ok {
			var w words
			putQuad(&w, 0, v)
			m.vec[d.N] = w
			return
		}
		m.store(in.Args[1], v, n)
	}
}

func simBroadcast(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		s := m.scalarWords(in.Args[0], n)
		var w words
		for i := range w {
			w[i] = s[i%n]
		}
		m.writeVec(in, w, in.lanes(), n)
	}
}

func simBroadcastByte(m *Machine, in *Inst) {
	var b uint32
	if v, ok := in.Args[0].(Vec); ok {
		b = m.vec[v.N][0] & 0xff
	} else {
		b = uint32(m.bytes(in.Args[0], 1, Read)[0])
	}
	var w words
	for i := range w {
		w[i] = b * 0x01010101
	}
	m.writeVec(in, w, in.lanes(), 1)
}

func simScalarAddDouble(m *Machine, in *Inst) {
	s2 := m.scalarWords(in.Args[0], 2)
	w := m.vec[in.Args[1].(Vec).N]
	putQuad(&w, 0, math.Float64bits(math.Float64frombits(quad(&w, 0))+math.Float64frombits(quad(&s2, 0))))
	m.writeVec(in, w, 4, 1)
}

func simRound(m *Machine, in *Inst) {
	mode := int64(in.Args[0].(Imm))
	if mode&^8 > 3 {
		m.fail("rounding mode %d is not supported", mode)
		return
	}
	lanes := in.lanes()
	s := m.readVec(in, in.Args[1], lanes, 1)
	var w words
	for i := range lanes {
		w[i] = m.result(roundTo(m.operand(s[i]), int(mode&3)))
	}
	m.writeVec(in, w, lanes, 1)
}

// simCompareFloat writes a mask register or a vector of all-ones words.
func simCompareFloat(m *Machine, in *Inst) {
	lanes := in.lanes()
	pred := int64(in.Args[0].(Imm))
	s2 := m.readVec(in, in.Args[1], lanes, 1)
	s1 := m.vec[in.Args[2].(Vec).N]
	m.writeTruth(in, lanes, func(i int) bool {
		holds, ok := compareFloat(pred, m.operand(s1[i]), m.operand(s2[i]))
		if !ok {
			m.fail("comparison predicate %#x is not supported", pred)
		}
		return holds
	})
}

func simCompareInt(f func(a, b uint32) bool) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		lanes := in.lanes()
		s2 := m.readVec(in, in.Args[0], lanes, 1)
		s1 := m.vec[in.Args[1].(Vec).N]
		m.writeTruth(in, lanes, func(i int) bool { return f(s1[i], s2[i]) })
	}
}

func simCompareUint(m *Machine, in *Inst) {
	lanes := in.lanes()
	pred := int64(in.Args[0].(Imm))
	s2 := m.readVec(in, in.Args[1], lanes, 1)
	s1 := m.vec[in.Args[2].(Vec).N]
	m.writeTruth(in, lanes, func(i int) bool {
		a, b := s1[i], s2[i]
		return [8]bool{a == b, a < b, a <= b, false, a != b, a >= b, a > b, true}[pred&7]
	})
}

// writeTruth writes one truth value per word to a mask register (under the
// write mask, if there is one) or as all-ones words to a vector register.
func (m *Machine) writeTruth(in *Inst, lanes int, holds func(i int) bool) {
	if k, ok := in.Args[len(in.Args)-1].(KReg); ok {
		under, _ := m.mask(in)
		var v uint64
		for i := range lanes {
			if holds(i) {
				v |= 1 << i
			}
		}
		m.k[k] = v & under
		return
	}
	var w words
	for i := range lanes {
		if holds(i) {
			w[i] = ^uint32(0)
		}
	}
	m.writeVec(in, w, lanes, 1)
}

// simBlendSign is VBLENDVPS mask, src2, src1, dst.
func simBlendSign(m *Machine, in *Inst) {
	lanes := in.lanes()
	sel := m.vec[in.Args[0].(Vec).N]
	s2 := m.readVec(in, in.Args[1], lanes, 1)
	w := m.vec[in.Args[2].(Vec).N]
	for i := range lanes {
		if sel[i]>>31 != 0 {
			w[i] = s2[i]
		}
	}
	m.writeVec(in, w, lanes, 1)
}

// simBlendMask is VBLENDMPS src2, src1, k, dst: src2 where the mask is set.
func simBlendMask(m *Machine, in *Inst) {
	lanes := in.lanes()
	mask, masked := m.mask(in)
	if !masked {
		m.fail("VBLENDMPS needs a mask")
		return
	}
	s2 := m.readVec(in, in.Args[0], lanes, 1)
	w := m.vec[in.Args[1].(Vec).N]
	for i := range lanes {
		if mask>>i&1 != 0 {
			w[i] = s2[i]
		} else if in.Zero {
			w[i] = 0
		}
	}
	for i := lanes; i < 16; i++ {
		w[i] = 0
	}
	m.vec[in.Args[3].(Vec).N] = w
}

// simWiden is VCVTPS2PD: the lower half of the source to twice its size.
func simWiden(m *Machine, in *Inst) {
	lanes := in.lanes()
	s := m.readVec(in, in.Args[0], lanes/2, 1)
	var w words
	for i := range lanes / 2 {
		putQuad(&w, 2*i, math.Float64bits(float64(m.operand(s[i]))))
	}
	m.writeVec(in, w, lanes, 2)
}

func simSignMask(m *Machine, in *Inst) {
	s := m.vec[in.Args[0].(Vec).N]
	var v uint64
	for i := range in.lanes() {
		v |= uint64(s[i]>>31) << i
	}
	m.store(in.Args[1], v, 8)
}

// simShuffle is VPSHUFD: within each group of four words.
func simShuffle(m *Machine, in *Inst) {
	lanes := in.lanes()
	sel := int(in.Args[0].(Imm))
	s := m.readVec(in, in.Args[1], lanes, 1)
	var w words
	for i := range lanes {
		w[i] = s[i&^3+sel>>(2*(i&3))&3]
	}
	m.writeVec(in, w, lanes, 1)
}

// simShuffleFloats is VSHUFPS: in each group of four words two of the first
// source, then two of the second.
func simShuffleFloats(m *Machine, in *Inst) {
	lanes := in.lanes()
	sel := int(in.Args[0].(Imm))
	s2 := m.readVec(in, in.Args[1], lanes, 1)
	s1 := m.vec[in.Args[2].(Vec).N]
	var w words
	for i := range lanes {
		from := &s1
		if i&2 != 0 {
			from = &s2
		}
		w[i] = from[i&^3+sel>>(2*(i&3))&3]
	}
	m.writeVec(in, w, lanes, 1)
}

// simUnpack is VUNPCKLPS and VUNPCKHPS: in each group of four words the words
// from and from+1 of the two sources in turn.
func simUnpack(from int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		lanes := in.lanes()
		s2 := m.readVec(in, in.Args[0], lanes, 1)
		s1 := m.vec[in.Args[1].(Vec).N]
		var w words
		for i := 0; i < lanes; i += 2 {
			at := i&^3 + from + i&3/2
			w[i], w[i+1] = s1[at], s2[at]
		}
		m.writeVec(in, w, lanes, 1)
	}
}

// simUnpackPairs is VUNPCKLPD and VUNPCKHPD: in each group of four words the pairs
// at from of the two sources.
func simUnpackPairs(from int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		lanes := in.lanes()
		s2 := m.readVec(in, in.Args[0], lanes, 2)
		s1 := m.vec[in.Args[1].(Vec).N]
		var w words
		for i := 0; i < lanes; i += 4 {
			w[i], w[i+1], w[i+2], w[i+3] = s1[i+from], s1[i+from+1], s2[i+from], s2[i+from+1]
		}
		m.writeVec(in, w, lanes, 2)
	}
}

func simBlendImm(m *Machine, in *Inst) {
	lanes := in.lanes()
	sel := int(in.Args[0].(Imm))
	s2 := m.readVec(in, in.Args[1], lanes, 1)
	w := m.vec[in.Args[2].(Vec).N]
	for i := range lanes {
		if sel>>i&1 != 0 {
			w[i] = s2[i]
		}
	}
	m.writeVec(in, w, lanes, 1)
}

// simExtract copies the n words at n*imm.
func simExtract(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		s := m.vec[in.Args[1].(Vec).N]
		var w words
		copy(w[:n], s[n*int(in.Args[0].(Imm)):])
		m.writeVec(in, w, n, 1)
	}
}

// simBroadcastGroup repeats n words of memory. Words that the write mask leaves no
// place for are not read.
func simBroadcastGroup(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		a, lanes := in.Args[0].(Mem), in.lanes()
		mask, _ := m.mask(in)
		var w words
		for j := range n {
			wanted := false
			for i := j; i < lanes; i += n {
				wanted = wanted || mask>>i&1 != 0
			}
			if !wanted {
				continue
			}
			v := binary.LittleEndian.Uint32(m.bytes(a.Plus(4*j), 4, Read))
			for i := j; i < lanes; i += n {
				w[i] = v
			}
		}
		m.writeVec(in, w, lanes, 1)
	}
}

// simPermute is VPERMPS source, indices, destination.
func simPermute(m *Machine, in *Inst) {
	lanes := in.lanes()
	s := m.readVec(in, in.Args[0], lanes, 1)
	at := m.vec[in.Args[1].(Vec).N]
	var w words
	for i := range lanes {
		w[i] = s[int(at[i])%lanes]
	}
	m.writeVec(in, w, lanes, 1)
}

// simPermuteTwo is VPERMT2PS second table, indices, first table and destination.
func simPermuteTwo(m *Machine, in *Inst) {
	lanes := in.lanes()
	second := m.readVec(in, in.Args[0], lanes, 1)
	at, first := m.vec[in.Args[1].(Vec).N], m.vec[in.Args[len(in.Args)-1].(Vec).N]
	var w words
	for i := range lanes {
		switch j := int(at[i]) % (2 * lanes); {
		case j < lanes:
			w[i] = first[j]
		default:
			w[i] = second[j-lanes]
		}
	}
	m.writeVec(in, w, lanes, 1)
}
