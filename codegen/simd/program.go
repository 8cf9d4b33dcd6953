package simd

import "fmt"

// Type is the Go type of a kernel parameter.
type Type string

// The parameter types kernels use.
const (
	PtrFloat32 Type = "*float32"
	PtrFloat64 Type = "*float64"
	PtrInt32   Type = "*int32"
	PtrByte    Type = "*byte"
	Int        Type = "int"
	Uint64     Type = "uint64"
	Uint32     Type = "uint32"
	Float32    Type = "float32"
)

// Size is the parameter's size in bytes, which is also its alignment.
func (t Type) Size() int {
	switch t {
	case Uint32, Float32:
		return 4
	}
	return 8
}

// Param is one parameter of a kernel.
type Param struct {
	Name string
	Type Type
}

// params builds a parameter list: params(Int, "tiles segs", PtrInt32, "seg").
func params(list ...any) []Param {
	var out []Param
	for i := 0; i+1 < len(list); i += 2 {
		for _, name := range fields(list[i+1].(string)) {
			out = append(out, Param{Name: name, Type: list[i].(Type)})
		}
	}
	return out
}

func fields(s string) []string {
	var out []string
	start := -1
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' {
			if start >= 0 {
				out = append(out, s[start:i])
			}
			start = -1
		} else if start < 0 {
			start = i
		}
	}
	return out
}

// Inst is one instruction, label, comment or alignment request.
type Inst struct {
	Op    Op
	Args  []Operand
	Zero  bool   // masked-out elements become zero instead of staying (".Z")
	Bcast bool   // the memory operand is one element, repeated (".BCST")
	Note  string // comment behind the instruction
}

// Say sets the comment behind the instruction.
func (in *Inst) Say(format string, args ...any) { in.Note = fmt.Sprintf(format, args...) }

// Program is one assembly function: a NOSPLIT leaf with ABI0 arguments and no
// frame but for the caller's MXCSR. It is built with I, Label, Align, Comment and Return,
// checked by Verify, printed by WriteAsm and executed by Run.
type Program struct {
	Name   string // Go identifier
	ISA    ISA
	Params []Param
	Doc    []string // doc comment lines without the name: the scalar loop the kernel equals
	Insts  []Inst
	Consts []uint32 // read-only words, see Const

	// Flush makes arithmetic treat subnormal numbers as zeros: the function sets
	// FTZ and DAZ in MXCSR and restores the register before it returns, since
	// MXCSR belongs to the thread, and Go code expects exact arithmetic. A kernel
	// cannot be preempted, so nothing else ever runs in between, and signal
	// handlers get an MXCSR of their own.
	Flush bool
}

// I appends an instruction.
func (p *Program) I(op Op, args ...Operand) *Inst {
	p.Insts = append(p.Insts, Inst{Op: op, Args: args})
	return &p.Insts[len(p.Insts)-1]
}

// IZ appends an instruction with zeroing mask.
func (p *Program) IZ(op Op, args ...Operand) *Inst {
	in := p.I(op, args...)
	in.Zero = true
	return in
}

// IB appends an instruction whose memory operand is broadcast (AVX-512).
func (p *Program) IB(op Op, args ...Operand) *Inst {
	in := p.I(op, args...)
	in.Bcast = true
	return in
}

// Label defines a label here.
func (p *Program) Label(name string) { p.I(opLabel, Label(name)) }

// Align pads the code so that the next instruction, a loop head, starts at a
// multiple of n bytes (16 or 32).
func (p *Program) Align(n int) { p.I(opAlign, Imm(n)) }

// Comment appends a comment on a line of its own.
func (p *Program) Comment(format string, args ...any) {
	p.I(opComment).Say(format, args...)
}

// Return appends VZEROUPPER and RET. They are one operation, because a kernel
// that returns with dirty upper halves slows the scalar code of its caller by
// a factor of up to 100.
func (p *Program) Return() { p.I(opReturn) }

// slot is the offset of a parameter in the argument block and its type.
func (p *Program) slot(name string) (off int, t Type, ok bool) {
	for _, q := range p.Params {
		size := q.Type.Size()
		off = (off + size - 1) / size * size
		if q.Name == name {
			return off, q.Type, true
		}
		off += size
	}
	return 0, "", false
}

// argBytes is the size of the argument block.
func (p *Program) argBytes() int {
	off := 0
	for _, q := range p.Params {
		size := q.Type.Size()
		off = (off+size-1)/size*size + size
	}
	return off
}
