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
	switch c := c.(type) {
	case *IGEMM:
		a.read(c.X, c.Add, c.Mask)
		a.write(c.Y)
		if c.Pool != nil {
			a.read(c.Y)
			a.write(c.Pool.Y, c.Pool.Mask)
		}
	case *Winograd:
		a.read(c.X, c.Add, c.Mask)
		a.write(c.Scratch, c.Y)
		a.read(c.Scratch)
		if c.Pool != nil {
			a.read(c.Y)
			a.write(c.Pool.Y, c.Pool.Mask)
		}
	case *WinogradGrad:
		a.read(c.X, c.DY)
		a.write(c.Scratch)
		a.read(c.Scratch)
	case *WGrad:
		a.read(c.X, c.DY)
		a.write(c.Scratch)
		a.read(c.Scratch)
	case *MaxPool:
		a.read(c.X)
		a.write(c.Y, c.Mask)
	case *MaxPoolGrad:
		a.read(c.DY, c.Mask)
		a.write(c.DX)
	case *AvgPool:
		a.read(c.X)
		a.write(c.Y)
	case *AvgPoolGrad:
		a.read(c.DY)
		a.write(c.DX)
	case *Act:
		a.read(c.X)
		a.write(c.Y)
	case *ActGrad:
		a.read(c.DY, c.R)
		a.write(c.DX)
	case *Dropout:
		a.read(c.X)
		a.write(c.Y)
	case *Add:
		a.read(c.A, c.B)
		a.write(c.Y)
	case *CopyChannels:
		a.read(c.X)
		if c.Accumulate {
			a.read(c.Y)
		}
		a.write(c.Y)
	case *Reshape:
		a.read(c.X)
		a.write(c.Y)
	case *Load:
		a.write(c.Y)
	case *Store:
		a.read(c.X)
	case *Softmax:
		a.read(c.X)
		a.write(c.Y)
	case *SoftmaxGrad:
		a.read(c.DY, c.Y)
		a.write(c.DX)
	case *LossGrad:
		a.read(c.X)
		a.write(c.DX)
	case *Zero:
		a.write(c.X)
	}
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
