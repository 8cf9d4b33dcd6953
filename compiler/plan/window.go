package plan

// CopyWindow copies H x W pixels of X, from row XTop and column XLeft, to row
// YTop and column YLeft of Y, and clears the pixels of Y around them: a border of
// zeros added or pixels cut off.
type CopyWindow struct {
	Info
	X, Y        *Buffer
	XTop, XLeft int
	YTop, YLeft int
	H, W        int
}

// Kernel implements Call.
func (c *CopyWindow) Kernel() string { return "copy" }

func (c *CopyWindow) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *CopyWindow) check(v *verifier) {
	if c.X.Cp != c.Y.Cp || min(c.XTop, c.XLeft, c.YTop, c.YLeft) < 0 || min(c.H, c.W) < 1 ||
		c.XTop+c.H > c.X.H || c.XLeft+c.W > c.X.W || c.YTop+c.H > c.Y.H || c.YLeft+c.W > c.Y.W {
		v.fail("%s copies pixels outside its buffers", c.Name)
	}
}

// Permute copies X to Y with its axes in another order: axis i of Y is axis
// Axes[i] of X. It clears the padding channels of Y.
type Permute struct {
	Info
	X, Y *Buffer
	Axes [3]int
}

// Kernel implements Call.
func (c *Permute) Kernel() string { return "copy" }

func (c *Permute) accesses(a *accesses) {
	a.read(c.X)
	a.write(c.Y)
}

func (c *Permute) check(v *verifier) {
	x, y := [3]int{c.X.H, c.X.W, c.X.C}, [3]int{c.Y.H, c.Y.W, c.Y.C}
	for i, from := range c.Axes {
		if from < 0 || from > 2 || x[from] != y[i] {
			v.fail("%s: %v in the order %v is not %v", c.Name, x, c.Axes, y)
		}
	}
}
