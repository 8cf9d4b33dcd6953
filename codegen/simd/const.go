package simd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Const is an operand: a place in the kernel's read-only data, by the index of
// its first 32-bit word. An instruction reads as many words as it needs.
// Program.Const, ConstBits and ConstTable make it.
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

// ConstTable is the first of len(words) new read-only words in a row.
func (p *Program) ConstTable(words ...uint32) Const {
	p.Consts = append(p.Consts, words...)
	return Const(len(p.Consts) - len(words))
}

// checkConst says why the instruction cannot read c: it must be a source, and
// the words it reads must exist.
func (p *Program) checkConst(in *Inst, c Const, rule int) error {
	row := &opTable[in.Op]
	if rule&isMem == 0 || rule&writes != 0 || row.flags&address != 0 {
		return fmt.Errorf("a constant is not allowed")
	}
	size := row.mem
	switch {
	case in.Bcast:
		size = 4
	case row.mem == 0:
		size = 4 * in.lanes()
	case row.mem < 0:
		size = 4 * in.lanes() / -row.mem
	}
	if 4*int(c)+size > 4*len(p.Consts) {
		return fmt.Errorf("the constants have %d bytes, the instruction reads %d at %d", 4*len(p.Consts), size, 4*int(c))
	}
	return nil
}

// constBytes is the memory of n bytes at c.
func (p *Program) constBytes(c Const, n int) []byte {
	var b []byte
	for _, w := range p.Consts[c:] {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b[:n]
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
		note := fmt.Sprint(math.Float32frombits(bits))
		switch {
		case bits == 1<<31:
			note = "the sign"
		case bits < 1<<16:
			note = fmt.Sprint(bits) // an integer: no float32 anybody would mean
		}
		fmt.Fprintf(w, "%-*s // %s\n", noteColumn, text, note)
	}
	fmt.Fprintf(w, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n\n", p.constSymbol(), 4*len(p.Consts))
}
