package simd

import (
	"fmt"
	"strings"
)

// Operand is one operand of an instruction: a GPR, Vec, KReg, Mem, Imm, Arg or
// Label. Operands stand in the order of Go assembly: sources first,
// destination last.
type Operand interface {
	// text is the operand as Go assembly; Arg needs the parameter offsets.
	text(p *Program) string
}

// GPR is a 64-bit general purpose register.
type GPR uint8

// The general purpose registers by encoding number. Kernels may not use SP
// (stack), BP (frame pointer), R14 (current goroutine) or R15 (reserved when
// linking dynamically).
const (
	AX GPR = iota
	CX
	DX
	BX
	SP
	BP
	SI
	DI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
)

var gprNames = [...]string{"AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI",
	"R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"}

// String is the assembler's name of the register.
func (r GPR) String() string { return gprNames[r&15] }

func (r GPR) text(*Program) string { return r.String() }

// FreeGPRs are the twelve registers a kernel may use, in the order in which
// kernels give them roles.
var FreeGPRs = []GPR{AX, BX, CX, DX, SI, DI, R8, R9, R10, R11, R12, R13}

// Vec is a vector register. Bits is 128, 256 or 512; registers of equal N
// overlap, and a write to a narrow one clears the rest.
type Vec struct {
	Bits uint16
	N    uint8
}

// X is the 128-bit register n.
func X(n int) Vec { return Vec{128, uint8(n)} }

// Y is the 256-bit register n.
func Y(n int) Vec { return Vec{256, uint8(n)} }

// Z is the 512-bit register n.
func Z(n int) Vec { return Vec{512, uint8(n)} }

// String is the assembler's name of the register.
func (v Vec) String() string {
	switch v.Bits {
	case 128:
		return fmt.Sprintf("X%d", v.N)
	case 256:
		return fmt.Sprintf("Y%d", v.N)
	}
	return fmt.Sprintf("Z%d", v.N)
}

func (v Vec) text(*Program) string { return v.String() }

// Low is the 128-bit low part of v.
func (v Vec) Low() Vec { return Vec{128, v.N} }

// Low256 is the 256-bit low part of v.
func (v Vec) Low256() Vec { return Vec{256, v.N} }

// Bytes is the register's size.
func (v Vec) Bytes() int { return int(v.Bits) / 8 }

// KReg is an AVX-512 mask register.
type KReg uint8

// The mask registers. K0 cannot be used as a write mask (the encoding means
// "no mask"), only as a result.
const (
	K0 KReg = iota
	K1
	K2
	K3
	K4
	K5
	K6
	K7
)

// String is the assembler's name of the register.
func (k KReg) String() string { return fmt.Sprintf("K%d", uint8(k)) }

func (k KReg) text(*Program) string { return k.String() }

// Mem is the memory operand Disp(Base)(Index*Scale); Scale 0 means that there
// is no index. Disp is in bytes.
type Mem struct {
	Base  GPR
	Index GPR
	Scale uint8
	Disp  int32
}

// At is the memory at base + disp bytes.
func At(base GPR, disp int) Mem { return Mem{Base: base, Disp: int32(disp)} }

// AtIndex is the memory at base + index*scale + disp bytes.
func AtIndex(base, index GPR, scale, disp int) Mem {
	return Mem{Base: base, Index: index, Scale: uint8(scale), Disp: int32(disp)}
}

// Plus is the operand disp bytes further on.
func (m Mem) Plus(disp int) Mem {
	m.Disp += int32(disp)
	return m
}

func (m Mem) text(*Program) string {
	var b strings.Builder
	if m.Disp != 0 {
		fmt.Fprintf(&b, "%d", m.Disp)
	}
	fmt.Fprintf(&b, "(%v)", m.Base)
	if m.Scale != 0 {
		fmt.Fprintf(&b, "(%v*%d)", m.Index, m.Scale)
	}
	return b.String()
}

// Imm is an immediate.
type Imm int64

func (i Imm) text(*Program) string {
	if i > 4096 {
		return fmt.Sprintf("$%#x", int64(i))
	}
	return fmt.Sprintf("$%d", int64(i))
}

// Arg is the stack slot of the parameter of that name, which the kernel may
// also overwrite: a NOSPLIT leaf owns its argument block.
type Arg string

func (a Arg) text(p *Program) string {
	off, _, ok := p.slot(string(a))
	if !ok {
		return string(a) + "+?(FP)" // Verify reports it
	}
	return fmt.Sprintf("%s+%d(FP)", string(a), off)
}

// Label is the name of a place to jump to.
type Label string

func (l Label) text(*Program) string { return string(l) }
