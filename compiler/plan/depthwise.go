package plan

// Window describes a depthwise kernel whose columns are neighbours: a tile of pixels
// of a row reads each input once. The taps of an IGEMM with one are Seg[0] and what
// lies whole pixels of X behind it, in rows that are equally far apart; pixels lie
// Step pixels of X apart. Tiles.Rows rows are a kernel call for each tile. With one
// output channel (IGEMM.Narrow) each of Seg is such a row of the kernel.
type Window struct {
	Cols, Step int
	Tiles      []Tiles // of a row of OutW pixels, with at most 12 of them
}

// On reports whether there is a window.
func (w Window) On() bool { return w.Cols > 0 }

// RowPitch is the distance of the rows of the kernel of a Window in X.
func (c *IGEMM) RowPitch() int {
	next := c.Window.Cols
	if c.Narrow > 0 {
		next = 1
	}
	if len(c.Seg) <= next {
		return 0
	}
	return c.Seg[next] - c.Seg[0]
}

// checkWindow checks that the taps are those of a window, and the tiles.
func (c *IGEMM) checkWindow(v *verifier) {
	w := c.Window
	cols, fits := w.Cols, c.Groups.Depthwise() && c.OutC <= c.X.Cp // of Seg
	if c.Narrow > 0 {
		cols, fits = 1, c.Narrow == 1 && c.SegLen == w.Cols*c.X.Cp && c.Pool == nil
	}
	if !fits || w.Cols > 9 || len(c.Seg)%cols != 0 || w.Step < 1 || w.Step > 2 || c.XCol != w.Step*c.X.Cp {
		v.fail("%s: a window of %d columns, %d apart, for %d taps", c.Name, w.Cols, w.Step, len(c.Seg))
		return
	}
	for i, s := range c.Seg {
		if want := c.Seg[0] + i/cols*c.RowPitch() + i%cols*c.X.Cp; s != want {
			v.fail("%s: tap %d of the window at %d, want %d", c.Name, i, s, want)
		}
	}
	n := 0
	for _, t := range w.Tiles {
		if t.MR < 1 || t.MR > min(12, 15-w.Cols) || t.N < 1 {
			v.fail("%s: %d tiles of %d pixels", c.Name, t.N, t.MR)
		}
		n += t.MR * t.N
	}
	if n != c.OutW {
		v.fail("%s: tiles cover %d of %d pixels of a row", c.Name, n, c.OutW)
	}
}

// GradWindow describes the gradient of a depthwise kernel whose columns are
// neighbours, pixels Step pixels of X apart. Tiles of a row of pixels, Across of them
// and the rows of a block at a time, are summed for Passes kernel rows after each
// other; the first pass sums the bias.
type GradWindow struct {
	Cols, Step int
	Passes     []int
	Tiles      []Tiles // of a row of OutW pixels
	Across     int
}

// On reports whether there is a window.
func (w GradWindow) On() bool { return w.Cols > 0 }

// RowPitch is the distance of the rows of the kernel of a GradWindow in X.
func (c *WGrad) RowPitch() int {
	if len(c.Taps) <= c.Window.Cols {
		return 0
	}
	return c.Taps[c.Window.Cols] - c.Taps[0]
}

// checkWindow checks that the taps are those of a window, and the tiles.
func (c *WGrad) checkWindow(v *verifier) {
	w, rows, n := c.Window, 0, 0
	for _, p := range w.Passes {
		rows += p
		if p < 1 || p*w.Cols > 10 {
			v.fail("%s: %d rows of %d weights at a time", c.Name, p, w.Cols)
		}
	}
	for _, t := range w.Tiles {
		if t.MR < 1 || t.MR > 12 || t.N < 1 {
			v.fail("%s: %d tiles of %d pixels", c.Name, t.N, t.MR)
		}
		n += t.MR * t.N
	}
	if n != c.OutW {
		v.fail("%s: tiles cover %d of %d pixels of a row", c.Name, n, c.OutW)
	}
	if !c.Groups.Depthwise() || len(c.Taps) != rows*w.Cols || w.Step < 1 || w.Step > 2 || c.XCol != w.Step*c.X.Cp ||
		c.Images != 1 || w.Across < 1 || len(c.Tiles) > 0 || c.Pack || c.FuseBias || c.In != 1 || c.InPad != 1 {
		v.fail("%s: a window of %v rows of %d columns, %d apart, for %d taps", c.Name, w.Passes, w.Cols, w.Step, len(c.Taps))
		return
	}
	for i, s := range c.Taps {
		if want := c.Taps[0] + i/w.Cols*c.RowPitch() + i%w.Cols*c.X.Cp; s != want {
			v.fail("%s: tap %d of the window at %d, want %d", c.Name, i, s, want)
		}
	}
}
