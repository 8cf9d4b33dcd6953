package simd

import (
	"fmt"
	"slices"
)

// Verify checks what the assembler does not: that operands suit the
// instruction and the ISA, that no register is read before it is written on
// any path, that labels are defined once and used, that the code cannot run
// past its end, and that reserved registers stay untouched. In particular it
// refuses vector registers above 15 under AVX2, which the Go assembler would
// encode as AVX-512 without a word.
func (p *Program) Verify() error {
	if p.ISA == Go {
		return fmt.Errorf("%s: portable kernels have no program", p.Name)
	}
	for _, q := range p.Params {
		if q.Name == "g" || slices.Contains(gprNames[:], q.Name) {
			return fmt.Errorf("%s: parameter %s: the assembler takes the name for a register", p.Name, q.Name)
		}
	}
	labels := map[Label]int{}
	for i, in := range p.Insts {
		if in.Op == opLabel {
			name := in.Args[0].(Label)
			if _, dup := labels[name]; dup {
				return fmt.Errorf("%s: label %s is defined twice", p.Name, name)
			}
			labels[name] = i
		}
	}
	used := map[Label]bool{}
	for i := range p.Insts {
		in := &p.Insts[i]
		if err := p.checkInst(in); err != nil {
			return fmt.Errorf("%s: instruction %d, %s: %w", p.Name, i, p.instText(in), err)
		}
		if to, ok := in.target(); ok {
			if _, ok := labels[to]; !ok {
				return fmt.Errorf("%s: label %s is not defined", p.Name, to)
			}
			used[to] = true
		}
	}
	for i := range p.Insts {
		if in := &p.Insts[i]; in.Op == opLabel && !used[in.Args[0].(Label)] {
			return fmt.Errorf("%s: label %s is never used", p.Name, in.Args[0].(Label))
		}
	}
	return p.checkFlow(labels)
}

// target is the label a jump goes to.
func (in *Inst) target() (Label, bool) {
	if in.Op == opLabel || len(in.Args) != 1 {
		return "", false
	}
	to, ok := in.Args[0].(Label)
	return to, ok
}

// hasMask says whether the operand before the last is a write mask.
func (in *Inst) hasMask() bool { return len(in.Args) > len(opTable[in.Op].args) }

// rule is the operand rule of argument i; a write mask has its own.
func (in *Inst) rule(i int) int {
	rules := opTable[in.Op].args
	if in.hasMask() {
		switch n := len(in.Args); i {
		case n - 2:
			return rK
		case n - 1:
			return rules[i-1]
		}
	}
	return rules[i]
}

// checkInst checks one instruction by itself.
func (p *Program) checkInst(in *Inst) error {
	if in.Op == opInvalid || in.Op >= opCount {
		return fmt.Errorf("no such instruction")
	}
	row := &opTable[in.Op]
	if row.isa > p.ISA {
		return fmt.Errorf("needs %v, the kernel is for %v", row.isa, p.ISA)
	}
	if row.flags&evexOnly != 0 && p.ISA < AVX512 {
		return fmt.Errorf("has an EVEX encoding only")
	}
	if n := len(in.Args) - len(row.args); n < 0 || n > 1 || n == 1 && row.flags&evexMem == 0 {
		return fmt.Errorf("has %d operands, takes %d", len(in.Args), len(row.args))
	}
	if in.hasMask() {
		if p.ISA < AVX512 {
			return fmt.Errorf("write masks need AVX512")
		}
		if k, ok := in.Args[len(in.Args)-2].(KReg); !ok || k == K0 {
			return fmt.Errorf("the operand before the last must be a mask other than K0")
		}
	}
	if in.Zero && !in.hasMask() {
		return fmt.Errorf("zeroing without a mask")
	}
	if in.Bcast && (p.ISA < AVX512 || row.flags&evexMem == 0) {
		return fmt.Errorf("cannot broadcast its memory operand here")
	}
	memories := 0
	for i, a := range in.Args {
		if err := p.checkOperand(in, a, in.rule(i)); err != nil {
			return fmt.Errorf("operand %d: %w", i+1, err)
		}
		switch a.(type) {
		case Mem, Arg, Const:
			memories++
		}
	}
	if memories > 1 {
		return fmt.Errorf("two memory operands")
	}
	return nil
}

// checkOperand checks one operand against its rule and the ISA.
func (p *Program) checkOperand(in *Inst, a Operand, rule int) error {
	row := &opTable[in.Op]
	switch a := a.(type) {
	case GPR:
		if rule&isGPR == 0 {
			return fmt.Errorf("%v is not allowed", a)
		}
		return checkGPR(a)
	case Vec:
		if rule&isVec == 0 {
			return fmt.Errorf("%v is not allowed", a)
		}
		if int(a.N) >= p.ISA.VectorRegs() || a.Bits == 512 && p.ISA < AVX512 {
			return fmt.Errorf("%v needs AVX512, the kernel is for %v", a, p.ISA)
		}
		if row.flags&vexOnly != 0 && (a.N > 15 || a.Bits == 512) {
			return fmt.Errorf("%v: the instruction has a VEX encoding only", a)
		}
	case KReg:
		if rule&isKReg == 0 || p.ISA < AVX512 {
			return fmt.Errorf("%v is not allowed", a)
		}
	case Imm:
		if rule&isImm == 0 {
			return fmt.Errorf("an immediate is not allowed")
		}
		if in.Op != MOVQ && int64(a) != int64(int32(a)) && int64(a) != int64(uint32(a)) {
			return fmt.Errorf("immediate %d does not fit", int64(a))
		}
	case Mem:
		if rule&isMem == 0 {
			return fmt.Errorf("memory is not allowed")
		}
		if a.Scale != 0 {
			if !slices.Contains([]uint8{1, 2, 4, 8}, a.Scale) {
				return fmt.Errorf("scale %d", a.Scale)
			}
			if err := checkGPR(a.Index); err != nil {
				return err
			}
		}
		return checkGPR(a.Base)
	case Arg:
		_, t, ok := p.slot(string(a))
		switch {
		case !ok:
			return fmt.Errorf("no parameter %s", string(a))
		case rule&isMem == 0 || row.flags&address != 0:
			return fmt.Errorf("a parameter is not allowed")
		case row.mem != t.Size():
			return fmt.Errorf("parameter %s has %d bytes, the instruction accesses %d", string(a), t.Size(), row.mem)
		}
	case Const:
		return p.checkConst(in, a, rule)
	case Label:
		if rule&isLabel == 0 {
			return fmt.Errorf("a label is not allowed")
		}
	}
	return nil
}

func checkGPR(r GPR) error {
	switch r {
	case SP, BP, R14, R15:
		return fmt.Errorf("%v is reserved", r)
	}
	return nil
}

// assigned is the set of registers and flags that surely hold a value.
type assigned struct {
	gpr   uint16
	vec   uint32
	k     uint8
	flags bool
}

func (a assigned) and(b assigned) assigned {
	return assigned{a.gpr & b.gpr, a.vec & b.vec, a.k & b.k, a.flags && b.flags}
}

// checkFlow follows every path from the entry: a register that some path
// reads before writing is an error, and so are code that no path reaches and
// a path that runs past the end.
func (p *Program) checkFlow(labels map[Label]int) error {
	before := make([]assigned, len(p.Insts)+1)
	reached := make([]bool, len(p.Insts)+1)
	work := []int{0}
	reached[0] = true
	flow := func(to int, s assigned) {
		if !reached[to] {
			reached[to], before[to] = true, s
			work = append(work, to)
		} else if meet := before[to].and(s); meet != before[to] {
			before[to] = meet
			work = append(work, to)
		}
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		if i == len(p.Insts) {
			return fmt.Errorf("%s: runs past its end", p.Name)
		}
		in := &p.Insts[i]
		s := before[i]
		if err := in.apply(&s); err != nil {
			return fmt.Errorf("%s: instruction %d, %s: %w", p.Name, i, p.instText(in), err)
		}
		if in.Op == opReturn {
			continue
		}
		if to, ok := in.target(); ok {
			flow(labels[to], s)
			if in.Op == JMP {
				continue
			}
		}
		flow(i+1, s)
	}
	for i := range p.Insts {
		if in := &p.Insts[i]; !reached[i] && in.Op != opComment && in.Op != opAlign {
			return fmt.Errorf("%s: instruction %d, %s, is never reached", p.Name, i, p.instText(in))
		}
	}
	return nil
}

// apply checks the reads of the instruction against s and adds its writes.
func (in *Inst) apply(s *assigned) error {
	row := &opTable[in.Op]
	if row.flags&usesFlags != 0 && !s.flags {
		return fmt.Errorf("flags are not set")
	}
	switch {
	case row.flags&setsFlags != 0:
		s.flags = true
	case row.flags&spoilsFlags != 0:
		s.flags = false
	}
	// XOR and the like of a register with itself give a constant.
	constant := row.flags&selfZero != 0 && !in.hasMask() && len(in.Args) >= 2 && in.Args[0] == in.Args[1]
	var writesTo []Operand
	for i, a := range in.Args {
		rule := in.rule(i)
		last := i == len(in.Args)-1
		if m, ok := a.(Mem); ok {
			if s.gpr>>m.Base&1 == 0 {
				return fmt.Errorf("%v is not set", m.Base)
			}
			if m.Scale != 0 && s.gpr>>m.Index&1 == 0 {
				return fmt.Errorf("%v is not set", m.Index)
			}
			continue
		}
		read := rule&reads != 0 && !(constant && i < 2)
		if last && rule&writes != 0 {
			writesTo = append(writesTo, a)
			if _, vec := a.(Vec); vec && in.hasMask() && !in.Zero {
				read = true // merging keeps elements of the old value
			}
		}
		if read && !s.has(a) {
			return fmt.Errorf("%s is not set", a.text(nil))
		}
	}
	for _, a := range writesTo {
		s.add(a)
	}
	return nil
}

func (s *assigned) has(a Operand) bool {
	switch a := a.(type) {
	case GPR:
		return s.gpr>>a&1 != 0
	case Vec:
		return s.vec>>a.N&1 != 0
	case KReg:
		return s.k>>a&1 != 0
	}
	return true
}

func (s *assigned) add(a Operand) {
	switch a := a.(type) {
	case GPR:
		s.gpr |= 1 << a
	case Vec:
		s.vec |= 1 << a.N
	case KReg:
		s.k |= 1 << a
	}
}
