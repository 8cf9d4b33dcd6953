package plan

import "fmt"

// WGrad adds to the gradients of a kernel and, if DB >= 0, a bias:
//
//	dw[tap*InPad+in][co] += sum over examples and pixels: x[pixel + Taps[tap] + in] * dy[pixel + co]
//	db[co]               += sum over examples and pixels: dy[pixel + co]
//
// for in < In: the rows of padded input channels are left out, and stay zero.
// The k rows in order are those of KRows; with DB alone there are none.
//
// With Groups x begins Base(co) further on. In a depthwise convolution In is 1.
// Where units share groups, In and InPad are Span, the sums go to Sums, panels of
// len(Taps)*Span rows, and at the end those that belong to the kernel are added
// to DW, of which a tap has Groups.In rows.
type WGrad struct {
	Info
	X, DY *Buffer
	DW    Weights // Space Grads
	DB    int     // offset in Grads, -1 none

	OutH, OutW             int
	XOrigin, XRow, XCol    int
	DYOrigin, DYRow, DYCol int
	// Taps holds, for each cell of the kernel (each image position for a dense
	// kernel behind flatten), its offset in x relative to the pixel's x.
	Taps      []int
	In, InPad int // input channels, and rows of the panel a tap
	OutC      int // a multiple of 8
	Groups    Groups
	Sums      *Buffer // of groups that share units, or of few outputs
	// Narrow > 0 asks for the kernels for so few output channels, of OutC 8, whose
	// vectors run along k: they add to Sums, a row of SumRow for each channel, the runs
	// of all channels of X that KRuns lists, and at the end Sums are added to DW. Tiles
	// is empty.
	Narrow int
	KRuns  []KRun
	// Clean is the number of output channels when DY may have something in its
	// padding channels, as activations do (the weights of a transposed convolution),
	// 0 when it is zero, as it is in gradients: then what the padding adds to the
	// last panel is cleared at the end.
	Clean int
	// AcrossImages: one pixel an image (dense).
	AcrossImages bool
	// Rows is the number of output rows in a block, Images the number of images
	// a block spans when Rows >= OutH (small maps); the last blocks may be
	// smaller. Pack copies dy of a block, 8, 16 or 32 channels at a time, into a
	// panel in Scratch first.
	Rows, Images int
	Pack         bool
	Scratch      *Buffer
	Tiles        []Tiles // of KRows; each is one kernel call a block
	// Window asks for the kernel of depthwise convolution that slides along a row:
	// Tiles is empty then, and Images 1.
	Window GradWindow
	// FuseBias makes the first tile, one of at most 5 rows, sum dy for DB too;
	// otherwise packing does, or a pass of its own.
	FuseBias bool
}

// KRow is one k row of WGrad: where it begins in x, relative to the pixel, and
// its row of the panel.
type KRow struct{ X, Panel int }

// KRows returns the k rows in the order that Tiles cuts up.
func (c *WGrad) KRows() []KRow {
	rows := make([]KRow, 0, len(c.Taps)*c.In)
	for t, x := range c.Taps {
		for in := range c.In {
			rows = append(rows, KRow{X: x + in, Panel: t*c.InPad + in})
		}
	}
	return rows
}

// Kernel implements Call.
func (c *WGrad) Kernel() string {
	s := "wgrad"
	if c.Window.On() {
		return "depthwiseRowGrad"
	}
	if c.Narrow > 0 {
		return "narrowGrad"
	}
	if c.Groups.Depthwise() {
		s = "depthwiseGrad"
	}
	if c.Pack {
		return "packPanel+" + s
	}
	if len(c.Taps) == 0 {
		return "colSum"
	}
	if c.FuseBias {
		return "wgradBias+" + s
	}
	return s
}

func (c *WGrad) accesses(a *accesses) {
	a.read(c.X, c.DY)
	a.write(c.Scratch, c.Sums)
	a.read(c.Scratch, c.Sums)
}

func (c *WGrad) check(v *verifier) {
	if lo, hi := span(c.DYOrigin, c.OutH, c.DYRow, c.OutW, c.DYCol); lo < 0 || hi+c.OutC > c.DY.ImageFloats {
		v.fail("%s reads %d to %d of %s", c.Name, lo, hi+c.OutC, c.DY.Name)
	}
	if c.DB >= 0 && c.DB+(c.OutC+15)/16*16 > v.plan.ParamFloats {
		v.fail("%s: bias at %d", c.Name, c.DB)
	}
	if c.Rows < 1 || c.Rows > c.OutH || c.Images < 1 || c.Images > 1 && c.Rows < c.OutH || c.OutC%8 != 0 {
		v.fail("%s: blocks of %d rows, %d images, %d channels", c.Name, c.Rows, c.Images, c.OutC)
	}
	if c.Pack && (c.Scratch == nil || !c.Scratch.Scratch || c.Scratch.ImageFloats < 32*c.Images*c.Rows*c.OutW) {
		v.fail("%s: the panel does not fit", c.Name)
	}
	if c.Window.On() {
		c.checkWindow(v)
	} else if c.Narrow > 0 {
		c.checkNarrow(v)
	} else {
		v.covers(c.Name, c.Tiles, len(c.Taps)*c.In)
	}
	if c.FuseBias && (c.Pack || c.DB < 0 || len(c.Tiles) == 0 || c.Tiles[0].N != 1 || c.Tiles[0].MR > 5) {
		v.fail("%s: no tile sums the bias", c.Name)
	}
	if len(c.Taps) == 0 {
		if c.DB < 0 {
			v.fail("%s computes nothing", c.Name)
		}
		return
	}
	lo, hi := span(c.XOrigin, c.OutH, c.XRow, c.OutW, c.XCol)
	reach := c.In
	if c.Groups.On() {
		reach += c.Groups.Base(c.OutC - 1)
	}
	for _, t := range c.Taps {
		if lo+t < 0 || hi+t+reach > c.X.ImageFloats {
			v.fail("%s reads %d to %d of %s, which has %d", c.Name, lo+t, hi+t+reach, c.X.Name, c.X.ImageFloats)
		}
	}
	if c.In > c.InPad {
		v.fail("%s: %d channels in %d rows", c.Name, c.In, c.InPad)
	}
	c.Groups.check(v, c.Name, c.X, c.OutC, c.In)
	rows := c.InPad
	if c.Groups.Shared() {
		rows = c.Groups.In
		if c.In != c.Groups.Span() || c.InPad != c.In || c.Sums == nil || !c.Sums.Scratch || c.Sums.ImageFloats < c.SumFloats() {
			v.fail("%s: %d sums a tap, which do not fit", c.Name, c.In)
		}
	}
	v.weights(c.Name, c.DW, len(c.Taps)*rows, c.OutC)
	if c.Clean > c.OutC || c.Clean > 0 && c.Clean <= c.OutC-8 {
		v.fail("%s: %d of %d channels", c.Name, c.Clean, c.OutC)
	}
}

// CleanPanel returns the place of the panel in Grads that Clean is about, its number
// of rows, and the first lane to clear; no rows for none.
func (c *WGrad) CleanPanel() (offset, rows, lane int) {
	if c.Clean%16 == 0 || c.Groups.Shared() {
		return 0, 0, 0
	}
	return c.DW.Offset + c.Clean/16*c.DW.PanelFloats, len(c.Taps) * c.InPad, c.Clean % 16
}

// SumPanel is the distance between two panels of Sums.
func (c *WGrad) SumPanel() int { return len(c.Taps) * c.InPad * 16 }

// SumFloats is the size of Sums.
func (c *WGrad) SumFloats() int {
	if c.Narrow > 0 {
		return (c.Narrow*c.SumRow() + 15) / 16 * 16
	}
	return (c.OutC + 15) / 16 * c.SumPanel()
}

// EachSum calls f with the place of every weight of the kernel, in Sums and in DW.
func (c *WGrad) EachSum(f func(sum, dw int)) {
	g := c.Groups
	for o := range g.Count * g.Out {
		for t := range c.Taps {
			for i := range g.In {
				f(o/16*c.SumPanel()+(t*c.InPad+o/g.Out*g.In+i-g.Base(o))*16+o%16, o/16*c.DW.PanelFloats+(t*g.In+i)*16+o%16)
			}
		}
	}
}

func (c *WGrad) detail() string {
	if w := c.Window; w.On() {
		return fmt.Sprintf("%d taps, %v kernel rows at a time: rows of %s, blocks of %d rows of %d tiles", len(c.Taps), w.Passes, tilesText(w.Tiles), c.Rows, w.Across)
	}
	s := fmt.Sprintf("%d taps x %d: %s, blocks of %d rows", len(c.Taps), c.In, tilesText(c.Tiles), c.Rows)
	if c.Narrow > 0 {
		s = fmt.Sprintf("k %d = %d calls of %d x %d, %d channels, blocks of %d rows", c.SumRow(), len(c.KRuns), len(c.KRuns[0].Seg), c.KRuns[0].SegLen, c.Narrow, c.Rows)
	}
	if c.Images > 1 {
		s += fmt.Sprintf(" of %d images", c.Images)
	}
	return s
}
