package simd

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Ptr is an address in the simulator's memory.
type Ptr uint64

// Elems is the address n float32 (or int32) further on.
func (p Ptr) Elems(n int) Ptr { return p + Ptr(4*n) }

// Memory is what simulated kernels can reach: regions far apart from each
// other. Every access must lie in one region, in a part of it that allows the
// access; anything else stops the run with an error.
type Memory struct {
	regions []*Region
}

// Region is one buffer of a Memory.
type Region struct {
	name   string
	base   Ptr
	data   []byte
	access []Access // per byte
}

// Access says what a kernel may do with a byte.
type Access uint8

// The accesses of a byte. None is for gaps between elements that a kernel may
// not touch.
const (
	None      Access = 0
	Read      Access = 1
	Write     Access = 2
	ReadWrite Access = Read | Write
)

// NewRegion adds a region of size bytes, all with the given access. The base
// address is off a multiple of 64 by 4*skew bytes, so that no kernel can rely
// on alignment.
func (m *Memory) NewRegion(name string, size int, access Access, skew int) *Region {
	r := &Region{
		name:   name,
		base:   Ptr(uint64(len(m.regions)+1)<<32 + 1<<20 + uint64(4*skew)),
		data:   make([]byte, size),
		access: make([]Access, size),
	}
	for i := range r.access {
		r.access[i] = access
	}
	m.regions = append(m.regions, r)
	return r
}

// Float32s adds a region holding a copy of s.
func (m *Memory) Float32s(name string, s []float32, access Access) *Region {
	r := m.NewRegion(name, 4*len(s), access, len(m.regions)%13)
	for i, v := range s {
		binary.LittleEndian.PutUint32(r.data[4*i:], math.Float32bits(v))
	}
	return r
}

// Int32s adds a region holding a copy of s.
func (m *Memory) Int32s(name string, s []int32, access Access) *Region {
	r := m.NewRegion(name, 4*len(s), access, len(m.regions)%13)
	for i, v := range s {
		binary.LittleEndian.PutUint32(r.data[4*i:], uint32(v))
	}
	return r
}

// Float64s adds a region holding a copy of s.
func (m *Memory) Float64s(name string, s []float64, access Access) *Region {
	r := m.NewRegion(name, 8*len(s), access, len(m.regions)%13)
	for i, v := range s {
		binary.LittleEndian.PutUint64(r.data[8*i:], math.Float64bits(v))
	}
	return r
}

// Bytes adds a region holding a copy of s.
func (m *Memory) Bytes(name string, s []byte, access Access) *Region {
	r := m.NewRegion(name, len(s), access, len(m.regions)%13)
	copy(r.data, s)
	return r
}

// Ptr is the address of the region's first byte.
func (r *Region) Ptr() Ptr { return r.base }

// Allow sets the access of n bytes from byte off on.
func (r *Region) Allow(off, n int, access Access) {
	for i := off; i < off+n; i++ {
		r.access[i] = access
	}
}

// GetFloat32s copies the region's contents to s.
func (r *Region) GetFloat32s(s []float32) {
	for i := range s {
		s[i] = math.Float32frombits(binary.LittleEndian.Uint32(r.data[4*i:]))
	}
}

// GetFloat64s copies the region's contents to s.
func (r *Region) GetFloat64s(s []float64) {
	for i := range s {
		s[i] = math.Float64frombits(binary.LittleEndian.Uint64(r.data[8*i:]))
	}
}

// GetBytes copies the region's contents to s.
func (r *Region) GetBytes(s []byte) { copy(s, r.data) }

// slice is the memory of n bytes at address a, or an error.
func (m *Memory) slice(a Ptr, n int, access Access) ([]byte, error) {
	i := int(a>>32) - 1
	if i < 0 || i >= len(m.regions) {
		return nil, fmt.Errorf("wild access of %d bytes at %#x", n, uint64(a))
	}
	r := m.regions[i]
	off := int64(a) - int64(r.base)
	if off < 0 || off+int64(n) > int64(len(r.data)) {
		return nil, fmt.Errorf("access of %d bytes at byte %d of %s, which has %d", n, off, r.name, len(r.data))
	}
	for j, have := range r.access[off : off+int64(n)] {
		if have&access != access {
			return nil, fmt.Errorf("%s of %d bytes at byte %d of %s: byte %d may not be touched so", accessName(access), n, off, r.name, off+int64(j))
		}
	}
	return r.data[off : off+int64(n)], nil
}

func accessName(a Access) string {
	if a&Write != 0 {
		return "write"
	}
	return "read"
}

// flagBits are the processor flags conditional jumps look at (no kernel uses the
// carry).
type flagBits struct{ zero, sign, overflow bool }

// Machine is the processor state of a simulated run.
type Machine struct {
	mem   *Memory
	prog  *Program
	gpr   [16]uint64
	vec   [32][16]uint32
	k     [8]uint64
	flags flagBits
	args  []byte // argument block
	next  int    // index of the next instruction
	done  bool
	err   error // first failure
	jumps map[Label]int
}

// maxSteps bounds a run, so that a kernel that never ends is an error.
const maxSteps = 1<<31 - 1

// Run executes p on mem. There is one argument per parameter: Ptr (0 is nil)
// for pointers, int for int, and so on. Registers start with garbage. A
// failed access or an instruction that cannot be simulated is an error naming
// the instruction.
func (p *Program) Run(mem *Memory, args ...any) error {
	m := &Machine{mem: mem, prog: p, args: make([]byte, p.argBytes()), jumps: map[Label]int{}}
	if len(args) != len(p.Params) {
		return fmt.Errorf("%s takes %d arguments, got %d", p.Name, len(p.Params), len(args))
	}
	for i, q := range p.Params {
		off, _, _ := p.slot(q.Name)
		if err := putArg(m.args[off:], q, args[i]); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	for i := range m.gpr {
		m.gpr[i] = 0xdead_0000_dead_0000 + uint64(i)
	}
	for i := range m.vec {
		for j := range m.vec[i] {
			m.vec[i][j] = 0x7fc0_0bad // a NaN
		}
	}
	for i := range m.k {
		m.k[i] = 0xa5a5_5a5a_a5a5_5a5a
	}
	for i, in := range p.Insts {
		if in.Op == opLabel {
			m.jumps[in.Args[0].(Label)] = i
		}
	}
	for steps := 0; !m.done; steps++ {
		if m.next >= len(p.Insts) {
			return fmt.Errorf("%s: ran past its end", p.Name)
		}
		if steps >= maxSteps {
			return fmt.Errorf("%s: no end after %d steps", p.Name, steps)
		}
		in := &p.Insts[m.next]
		m.next++
		if sim := opTable[in.Op].sim; sim == nil {
			m.err = fmt.Errorf("no simulation")
		} else {
			sim(m, in)
		}
		if m.err != nil {
			return fmt.Errorf("%s: instruction %d, %s: %w", p.Name, m.next-1, p.instText(in), m.err)
		}
	}
	return nil
}

// putArg stores an argument in its slot.
func putArg(slot []byte, q Param, arg any) error {
	switch v := arg.(type) {
	case Ptr:
		if q.Type[0] == '*' {
			binary.LittleEndian.PutUint64(slot, uint64(v))
			return nil
		}
	case int:
		if q.Type == Int {
			binary.LittleEndian.PutUint64(slot, uint64(v))
			return nil
		}
	case uint64:
		if q.Type == Uint64 {
			binary.LittleEndian.PutUint64(slot, v)
			return nil
		}
	case uint32:
		if q.Type == Uint32 {
			binary.LittleEndian.PutUint32(slot, v)
			return nil
		}
	case float32:
		if q.Type == Float32 {
			binary.LittleEndian.PutUint32(slot, math.Float32bits(v))
			return nil
		}
	}
	return fmt.Errorf("argument %s has type %T, want %s", q.Name, arg, q.Type)
}

func (m *Machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

// address is the effective address of a memory operand.
func (m *Machine) address(a Mem) Ptr {
	addr := m.gpr[a.Base] + uint64(int64(a.Disp))
	if a.Scale != 0 {
		addr += m.gpr[a.Index] * uint64(a.Scale)
	}
	return Ptr(addr)
}

// bytes is the memory of n bytes that a memory or argument operand names.
func (m *Machine) bytes(o Operand, n int, access Access) []byte {
	switch a := o.(type) {
	case Mem:
		b, err := m.mem.slice(m.address(a), n, access)
		if err != nil {
			m.fail("%w", err)
			return make([]byte, n)
		}
		return b
	case Const:
		if access == Read {
			return m.prog.constBytes(a, n)
		}
	case Arg:
		off, t, ok := m.prog.slot(string(a))
		if ok && t.Size() >= n {
			return m.args[off : off+n]
		}
	}
	m.fail("operand %v is not memory of %d bytes", o, n)
	return make([]byte, n)
}

// load reads an integer operand of n bytes, zero-extended.
func (m *Machine) load(o Operand, n int) uint64 {
	switch a := o.(type) {
	case GPR:
		return truncate(m.gpr[a], n)
	case Imm:
		return truncate(uint64(a), n)
	case KReg:
		return truncate(m.k[a], n)
	}
	var word [8]byte
	copy(word[:], m.bytes(o, n, Read))
	return binary.LittleEndian.Uint64(word[:])
}

// store writes an integer operand of n bytes. A register is written as a
// whole: a result of 4 bytes is zero-extended, as the processor does.
func (m *Machine) store(o Operand, v uint64, n int) {
	switch a := o.(type) {
	case GPR:
		m.gpr[a] = truncate(v, n)
		return
	case KReg:
		m.k[a] = truncate(v, n)
		return
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], v)
	copy(m.bytes(o, n, Write), word[:n])
}

func truncate(v uint64, n int) uint64 {
	if n >= 8 {
		return v
	}
	return v & (1<<(8*n) - 1)
}
