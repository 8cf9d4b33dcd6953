package plan

// CopyChannels copies N channels of every pixel from X at XFrom to Y at YFrom:
// concatenation and its gradient. Accumulate adds instead. When the copied
// channels end at Y.C, the call also clears the padding channels Y.C..Y.Cp-1.
type CopyChannels struct {
	Info
	X, Y            *Buffer
	XFrom, YFrom, N int
	Accumulate      bool
}

// Kernel implements Call.
func (c *CopyChannels) Kernel() string { return "copy" }

func (c *CopyChannels) accesses(a *accesses) {
	a.read(c.X)
	if c.Accumulate {
		a.read(c.Y)
	}
	a.write(c.Y)
}

func (c *CopyChannels) check(v *verifier) {
	if c.XFrom < 0 || c.YFrom < 0 || c.XFrom+c.N > c.X.C || c.YFrom+c.N > c.Y.C || c.X.H != c.Y.H || c.X.W != c.Y.W {
		v.fail("%s copies channels outside its buffers", c.Name)
	}
}
