package plan

// Binary is Y = Func(A, B), with relu when set: "add", "subtract", "multiply",
// "maximum" or "minimum". Operands stretch: where one has a single row, column or
// channel, it counts for all. An operand of Y's size may be Y.
type Binary struct {
	Info
	Func    string
	A, B, Y *Buffer
	ReLU    bool
}

// Kernel implements Call.
func (c *Binary) Kernel() string {
	if c.ReLU {
		return c.Func + "ReLU"
	}
	return c.Func
}

func (c *Binary) accesses(a *accesses) {
	a.read(c.A, c.B)
	a.write(c.Y)
}

func (c *Binary) check(v *verifier) {
	v.stretches(c, c.A, c.Y)
	v.stretches(c, c.B, c.Y)
}

// BinaryGrad is the gradient of a maximum or minimum of A and B: DY where operand
// Operand (0 or 1) was chosen, else 0. DX may be DY.
type BinaryGrad struct {
	Info
	Func         string
	Operand      int
	DY, A, B, DX *Buffer
}

// Kernel implements Call.
func (c *BinaryGrad) Kernel() string { return "select" }

func (c *BinaryGrad) accesses(a *accesses) {
	a.read(c.DY, c.A, c.B)
	a.write(c.DX)
}

func (c *BinaryGrad) check(v *verifier) {
	v.stretches(c, c.DY, c.DX)
	v.stretches(c, c.A, c.DX)
	v.stretches(c, c.B, c.DX)
}

// stretches checks that x stretches to y.
func (v *verifier) stretches(c Call, x, y *Buffer) {
	for _, d := range [][2]int{{x.H, y.H}, {x.W, y.W}, {x.C, y.C}} {
		if d[0] != d[1] && d[0] != 1 {
			v.fail("%s: %s does not stretch to %s", c.Base().Name, x.Name, y.Name)
		}
	}
	if x.Space == Input || x.Cp%8 != 0 || y.Cp%8 != 0 {
		v.fail("%s: channels of %s are not padded", c.Base().Name, x.Name)
	}
}

// Reduce is Y = the sum of A, or of A*B when B is not nil, over the axes that Y
// has at size 1: rows and columns, or channels. It clears the padding channels
// of Y.
type Reduce struct {
	Info
	A, B, Y *Buffer
}

// Kernel implements Call.
func (c *Reduce) Kernel() string {
	if c.Channels() {
		return "reduceChannels"
	}
	return "reduce"
}

// Channels reports whether the sum runs over channels.
func (c *Reduce) Channels() bool { return c.Y.C == 1 && c.A.C > 1 }

func (c *Reduce) accesses(a *accesses) {
	a.read(c.A, c.B)
	a.write(c.Y)
}

func (c *Reduce) check(v *verifier) {
	v.stretches(c, c.Y, c.A)
	if c.B != nil && (c.B.H != c.A.H || c.B.W != c.A.W || c.B.Cp != c.A.Cp) {
		v.fail("%s: %s and %s differ", c.Name, c.A.Name, c.B.Name)
	}
	if c.Channels() && (c.Y.H != c.A.H || c.Y.W != c.A.W) {
		v.fail("%s: over channels and pixels at once", c.Name)
	}
}
