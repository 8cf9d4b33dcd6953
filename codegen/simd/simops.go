package simd

// The scalar half of the simulator: what general purpose instructions do.

import "math/bits"

func simNothing(*Machine, *Inst) {}

func simReturn(m *Machine, _ *Inst) { m.done = true }

func simMove(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		if i, ok := in.Args[0].(Imm); ok && n == 8 {
			m.store(in.Args[1], uint64(i), 8)
			return
		}
		m.store(in.Args[1], m.load(in.Args[0], n), n)
	}
}

func simSignExtend(m *Machine, in *Inst) {
	m.store(in.Args[1], uint64(int64(int32(m.load(in.Args[0], 4)))), 8)
}

func simLea(m *Machine, in *Inst) {
	m.store(in.Args[1], uint64(m.address(in.Args[0].(Mem))), 8)
}

// setResult sets zero and sign from a result of n bytes.
func (m *Machine) setResult(v uint64, n int) {
	m.flags.zero = truncate(v, n) == 0
	m.flags.sign = v>>(8*n-1)&1 != 0
}

// subtract sets the flags of a - b and returns it.
func (m *Machine) subtract(a, b uint64, n int) uint64 {
	d := truncate(a-b, n)
	m.setResult(d, n)
	m.flags.carry = a < b
	m.flags.overflow = ((a^b)&(a^d))>>(8*n-1)&1 != 0
	return d
}

func simAdd(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		a, b := m.load(in.Args[1], n), m.load(in.Args[0], n)
		s := truncate(a+b, n)
		m.setResult(s, n)
		m.flags.carry = s < a
		m.flags.overflow = ((a^s)&(b^s))>>(8*n-1)&1 != 0
		m.store(in.Args[1], s, n)
	}
}

func simSub(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		a, b := m.load(in.Args[1], n), m.load(in.Args[0], n)
		m.store(in.Args[1], m.subtract(a, b, n), n)
	}
}

// simCmp is CMPQ a, b in Go's order: the flags of a - b.
func simCmp(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		m.subtract(m.load(in.Args[0], n), m.load(in.Args[1], n), n)
	}
}

func simTest(m *Machine, in *Inst) {
	m.setResult(m.load(in.Args[0], 8)&m.load(in.Args[1], 8), 8)
	m.flags.carry, m.flags.overflow = false, false
}

func simNeg(m *Machine, in *Inst) {
	m.store(in.Args[0], m.subtract(0, m.load(in.Args[0], 8), 8), 8)
}

func simIncDec(by int64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		a := m.load(in.Args[0], 8)
		carry := m.flags.carry
		d := m.subtract(a, uint64(-by), 8)
		m.flags.carry = carry
		m.store(in.Args[0], d, 8)
	}
}

func simMul2(m *Machine, in *Inst) { m.multiply(in.Args[0], in.Args[1], in.Args[1]) }

func simMul3(m *Machine, in *Inst) { m.multiply(in.Args[0], in.Args[1], in.Args[2]) }

func (m *Machine) multiply(a, b, dst Operand) {
	x, y := m.load(a, 8), m.load(b, 8)
	hi, lo := bits.Mul64(x, y)
	if int64(x) < 0 {
		hi -= y
	}
	if int64(y) < 0 {
		hi -= x
	}
	m.flags.overflow = hi != uint64(int64(lo)>>63)
	m.flags.carry = m.flags.overflow
	m.store(dst, lo, 8)
}

// simShift sets zero and sign only; no kernel looks at the carry of a shift.
func simShift(f func(a uint64, n uint) uint64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		v := f(m.load(in.Args[1], 8), uint(in.Args[0].(Imm))&63)
		m.setResult(v, 8)
		m.store(in.Args[1], v, 8)
	}
}

func simLogic(n int, f func(a, b uint64) uint64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		v := f(m.load(in.Args[1], n), m.load(in.Args[0], n))
		m.setResult(v, n)
		m.flags.carry, m.flags.overflow = false, false
		m.store(in.Args[1], v, n)
	}
}

func simJump(taken func(flagBits) bool) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		if taken(m.flags) {
			m.next = m.jumps[in.Args[0].(Label)]
		}
	}
}

func simMoveMask(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		m.store(in.Args[1], m.load(in.Args[0], n), n)
	}
}
