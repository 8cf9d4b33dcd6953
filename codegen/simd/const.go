package simd

import (
	"bytes"
	"fmt"
	"math"
)

// Const is an operand: one 32-bit word of the kernel's read-only data. It is
// memory of 4 bytes, so it goes with the broadcasts, the scalar instructions
// and, under AVX-512, with broadcast memory operands (IB). Program.Const and
// Program.ConstBits make it.
type Const int

func (c Const) text(p *Program) string {
	return fmt.Sprintf("%s<>+%d(SB)", p.constSymbol(), 4*int(c))
}

// Const is the read-only word with the value f; equal values share a word.
func (p *Program) Const(f float32) Const { return p.ConstBits(math.Float32bits(f)) }

// ConstBits is the read-only word with those bits.
func (p *Program) ConstBits(bits uint32) Const {
	for i, have := range p.Consts {
		if have == bits {
			return Const(i)
		}
	}
	p.Consts = append(p.Consts, bits)
	return Const(len(p.Consts) - 1)
}

// constSymbol is the file-local name of the kernel's read-only data.
func (p *Program) constSymbol() string { return p.Name + "Consts" }

// writeConsts prints the read-only data.
func (p *Program) writeConsts(w *bytes.Buffer) {
	if len(p.Consts) == 0 {
		return
	}
	for i, bits := range p.Consts {
		text := fmt.Sprintf("DATA %s<>+%d(SB)/4, $%#08x", p.constSymbol(), 4*i, bits)
		fmt.Fprintf(w, "%-*s // %v\n", noteColumn, text, math.Float32frombits(bits))
	}
	fmt.Fprintf(w, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n\n", p.constSymbol(), 4*len(p.Consts))
}
