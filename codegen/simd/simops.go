package simd

// The scalar half of the simulator: what general purpose instructions do.

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
	m.flags.overflow = ((a^b)&(a^d))>>(8*n-1)&1 != 0
	return d
}

func simAdd(m *Machine, in *Inst) {
	a, b := m.load(in.Args[1], 8), m.load(in.Args[0], 8)
	s := a + b
	m.setResult(s, 8)
	m.flags.overflow = ((a^s)&(b^s))>>63 != 0
	m.store(in.Args[1], s, 8)
}

func simSub(m *Machine, in *Inst) {
	a, b := m.load(in.Args[1], 8), m.load(in.Args[0], 8)
	m.store(in.Args[1], m.subtract(a, b, 8), 8)
}

// simCmp is CMPQ a, b in Go's order: the flags of a - b.
func simCmp(n int) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		m.subtract(m.load(in.Args[0], n), m.load(in.Args[1], n), n)
	}
}

func simTest(m *Machine, in *Inst) {
	m.setResult(m.load(in.Args[0], 8)&m.load(in.Args[1], 8), 8)
	m.flags.overflow = false
}

func simIncDec(by int64) func(*Machine, *Inst) {
	return func(m *Machine, in *Inst) {
		m.store(in.Args[0], m.subtract(m.load(in.Args[0], 8), uint64(-by), 8), 8)
	}
}

// simMul leaves zero and sign undefined, as the processor does; Verify lets no
// jump look at them.
func simMul(m *Machine, in *Inst) {
	m.store(in.Args[1], m.load(in.Args[0], 8)*m.load(in.Args[1], 8), 8)
}

// simShift sets zero and sign only; a shift's overflow is not for kernels to look at.
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
		m.flags.overflow = false
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
