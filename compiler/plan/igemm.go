package plan

import "fmt"

// IGEMM is an indirect matrix product with an epilogue: convolution forward,
// convolution backward-data (one call a stride phase), dense forward and
// backward. For every example i and output pixel (oy, ox):
//
//	acc[co] = bias[co] + sum over s, k: x[Seg[s]+k] * w[panel][s*SegLen+k][co]
//	x begins at X + i*X.ImageFloats + XOrigin + oy*XRow + ox*XCol
//	acc += Add, then ReLU or Mask, stored at Y + i*Y.ImageFloats + YOrigin + oy*YRow + ox*YCol
//
// Add and Mask are read at the same relative place as Y is written, so their
// buffers have the geometry of Y, and either may be Y itself: an element is read
// before it is written. X is never Y.
//
// With Groups an output channel sees the inputs of its unit: x begins Base(co)
// further on, and SegLen covers Span channels. In a depthwise convolution SegLen
// is 1.
type IGEMM struct {
	Info
	X, Y      *Buffer
	W         Weights
	Bias      int // offset in Params, -1 none
	Add, Mask *Buffer
	ReLU      bool

	OutH, OutW          int // output pixels an image
	XOrigin, XRow, XCol int
	YOrigin, YRow, YCol int
	Seg                 []int // relative to the pixel's x
	SegLen              int
	OutC                int // channels to write, a multiple of 8
	Groups              Groups
	// Run > 0 cuts the output channels into runs of Run, a multiple of 8, that
	// lie YRun apart and begin a panel of weights each: the rows of an image with
	// a border, where its pixels are the outputs of one dense product.
	Run, YRun int
	Tiles     TilePlan
	// Pool, when set, sends the rows of Tiles.Rows through Strip and pools them
	// into Pool.Y; then Y is the strip: one group of rows, reused.
	Pool *MaxPool
	// Window asks for the kernel that slides along a row, of depthwise convolution or
	// of one output channel.
	Window Window
	// Narrow > 0 asks for the kernels for so few output channels, of OutC 8, whose
	// vectors run along k: each of them has a row of weights, W.PanelFloats apart, and
	// SegLen is a multiple of 8.
	Narrow int
	// ConstPitch > 0 asks for the fully unrolled kernel of short K: then Seg[s]
	// is s*ConstPitch.
	ConstPitch int
}

// Kernel implements Call.
func (c *IGEMM) Kernel() string {
	s := "igemm"
	switch {
	case c.Window.On() && c.Narrow > 0:
		s = "narrowRow"
	case c.Window.On():
		s = "depthwiseRow"
	case c.Groups.Depthwise():
		s = "depthwise"
	case c.Narrow > 0:
		s = "narrow"
	}
	if c.ConstPitch > 0 {
		s += "Const"
	}
	s += epilogue(c.Bias, c.Add, c.ReLU, c.Mask)
	if c.Pool != nil {
		s += "+" + c.Pool.Kernel()
	}
	return s
}

// Runs returns the number of runs of output channels, and the channels and panels of
// each.
func (c *IGEMM) Runs() (n, channels, panels int) {
	if c.Run == 0 {
		return 1, c.OutC, (c.OutC + 15) / 16
	}
	return c.OutC / c.Run, c.Run, (c.Run + 15) / 16
}

func (c *IGEMM) accesses(a *accesses) {
	a.read(c.X, c.Add, c.Mask)
	a.write(c.Y)
	if c.Pool != nil {
		a.read(c.Y)
		a.write(c.Pool.Y, c.Pool.Mask)
	}
}

func (c *IGEMM) check(v *verifier) {
	if len(c.Seg) == 0 || c.SegLen < 1 || c.OutC < 1 || c.OutC%8 != 0 || c.OutH < 1 || c.OutW < 1 {
		v.fail("%s: %d segments of %d to %dx%dx%d", c.Name, len(c.Seg), c.SegLen, c.OutH, c.OutW, c.OutC)
		return
	}
	lo, hi := span(c.XOrigin, c.OutH, c.XRow, c.OutW, c.XCol)
	segLo, segHi := c.Seg[0], c.Seg[0]
	for i, s := range c.Seg {
		segLo, segHi = min(segLo, s), max(segHi, s)
		if c.ConstPitch > 0 && s != i*c.ConstPitch {
			v.fail("%s: segment %d at %d, want %d", c.Name, i, s, i*c.ConstPitch)
		}
	}
	reach := c.SegLen // of the pixel that the last segment is in
	if c.Groups.On() {
		reach += c.Groups.Base(c.OutC - 1)
	}
	if lo+segLo < 0 || hi+segHi+reach > c.X.ImageFloats {
		v.fail("%s reads %d to %d of %s, which has %d", c.Name, lo+segLo, hi+segHi+reach, c.X.Name, c.X.ImageFloats)
	}
	h := c.OutH
	if c.Pool != nil {
		h = min(h, c.Tiles.Rows)
		c.checkStrip(v)
	}
	if c.Run != 0 && (c.Run%8 != 0 || c.OutC%c.Run != 0 || !c.Tiles.AcrossImages || c.Bias >= 0) {
		v.fail("%s: runs of %d of %d channels", c.Name, c.Run, c.OutC)
		return
	}
	runs, channels, panels := c.Runs()
	last := (runs-1)*c.YRun + channels
	if lo, hi := span(c.YOrigin, h, c.YRow, c.OutW, c.YCol); lo < 0 || hi+last > c.Y.ImageFloats {
		v.fail("%s writes %d to %d of %s, which has %d", c.Name, lo, hi+last, c.Y.Name, c.Y.ImageFloats)
	}
	for _, b := range []*Buffer{c.Add, c.Mask} {
		if b != nil {
			v.like(c, c.Y, b)
		}
	}
	if c.Mask != nil && c.ReLU || c.Pool != nil && c.Add != nil || c.X == c.Y {
		v.fail("%s: no kernel has this epilogue", c.Name)
	}
	c.Groups.check(v, c.Name, c.X, c.OutC, c.SegLen)
	if c.Groups.On() && (c.Pool != nil || c.Run > 0 || c.ConstPitch > 0 || c.Tiles.AcrossImages || c.Groups.Depthwise() && c.SegLen != 1) {
		v.fail("%s: no kernel does that in groups", c.Name)
	}
	if c.Narrow > 0 {
		c.checkNarrow(v)
	} else {
		v.weights(c.Name, c.W, len(c.Seg)*c.SegLen, 16*runs*panels)
	}
	if c.Bias >= 0 && c.Bias+(c.OutC+15)/16*16 > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.Bias)
	}
	c.checkTiles(v)
}

// checkStrip checks the pooling behind a convolution.
func (c *IGEMM) checkStrip(v *verifier) {
	p := c.Pool
	v.pool(p, c.Y, p.Y, p.Mask, p.KH*p.KW)
	groupsFit := c.Tiles.Rows == c.OutH || c.Tiles.Rows%p.SH == 0
	if p.X != c.Y || !c.Y.Scratch || p.KH > p.SH || p.KW > p.SW || p.PadTop != 0 || p.PadLeft != 0 || !groupsFit ||
		(p.Y.H-1)*p.SH+p.KH != c.OutH || (p.Y.W-1)*p.SW+p.KW != c.OutW || c.Y.Cp != c.OutC || c.Tiles.PanelOuter {
		v.fail("%s: strip %s does not fit its pooling", c.Name, c.Y.Name)
	}
}

func (c *IGEMM) checkTiles(v *verifier) {
	t := c.Tiles
	if t.AcrossImages {
		if c.OutH != 1 || c.OutW != 1 || c.Pool != nil {
			v.fail("%s: tiles across images of %dx%d", c.Name, c.OutH, c.OutW)
		}
		return
	}
	if t.Rows < 1 || t.Rows > c.OutH {
		v.fail("%s: groups of %d rows of %d", c.Name, t.Rows, c.OutH)
		return
	}
	if c.Window.On() {
		c.checkWindow(v)
		return
	}
	v.covers(c.Name, t.Full, t.Rows*c.OutW)
	v.covers(c.Name, t.Last, c.OutH%t.Rows*c.OutW)
}

func (c *IGEMM) detail() string {
	channels := c.OutC
	if c.Narrow > 0 {
		channels = c.Narrow
	}
	s := fmt.Sprintf("k %d = %d x %d, %d channels from %s %d, ", len(c.Seg)*c.SegLen, len(c.Seg), c.SegLen, channels, c.W.Space, c.W.Offset)
	if c.Run > 0 {
		s += fmt.Sprintf("in runs of %d, ", c.Run)
	}
	if c.Tiles.AcrossImages {
		return s + "tiles across images"
	}
	if c.Window.On() {
		return s + fmt.Sprintf("%d rows of %s at a time", c.Tiles.Rows, tilesText(c.Window.Tiles))
	}
	s += fmt.Sprintf("groups of %d rows: %s", c.Tiles.Rows, tilesText(c.Tiles.Full))
	if c.Tiles.Last != nil {
		s += ", last " + tilesText(c.Tiles.Last)
	}
	if c.Tiles.PanelOuter {
		s += ", panels outside"
	}
	return s
}
