package plan

// Access is one buffer that a call touches.
type Access struct {
	Buffer *Buffer
	// Read and Write may both be set: a result over its operand, or added to.
	Read, Write bool
}

// Accesses lists the buffers that a call touches, operands first. A buffer
// appears once.
func Accesses(c Call) []Access {
	var a accesses
	c.accesses(&a)
	return a
}

type accesses []Access

func (a *accesses) read(bs ...*Buffer) {
	for _, b := range bs {
		if e := a.entry(b); e != nil {
			e.Read = true
		}
	}
}

func (a *accesses) write(bs ...*Buffer) {
	for _, b := range bs {
		if e := a.entry(b); e != nil {
			e.Write = true
		}
	}
}

func (a *accesses) entry(b *Buffer) *Access {
	if b == nil {
		return nil
	}
	for i := range *a {
		if (*a)[i].Buffer == b {
			return &(*a)[i]
		}
	}
	*a = append(*a, Access{Buffer: b})
	return &(*a)[len(*a)-1]
}

// Calls returns the calls of the program in order, forward then backward.
func (p *Program) Calls() []Call {
	return append(append([]Call(nil), p.Forward...), p.Backward...)
}
