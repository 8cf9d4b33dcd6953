package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// narrow says whether a product of taps pixels of x, in so many groups, with n output
// channels is computed by the kernels for few, whose vectors run along k. They read
// whole vectors of inputs: not those of images that keep their 1 to 4 channels.
func (y *layout) narrow(groups, taps int, x *ir.Value, n int) bool {
	c := y.forms[x].geom.c
	if groups > 1 || y.root(x) == y.Input && c <= 4 {
		return false
	}
	return target.Narrow(taps*runChannels(c, pad8(c)), taps*pad8(c), n)
}

// narrowTo gives product c of x the weights for n output channels, from all channels
// of pixels, padding too, so that runs are whole vectors and those of neighbours one.
// It returns that number of channels.
func (b *builder) narrowTo(c *plan.IGEMM, kernel *ir.Value, x *plan.Buffer, n int, taps []int, backward bool) int {
	b.narrowWeights(c, kernel, plan.Arrange{
		Packing: b.kernel(kernel), Taps: taps, Groups: plan.Groups{Count: 1, In: x.C, Out: n}, Rows: x.Cp, Backward: backward,
	})
	return x.Cp
}

// narrowWeights gives product c the weights that a makes, in rows along k.
func (b *builder) narrowWeights(c *plan.IGEMM, kernel *ir.Value, a plan.Arrange) {
	a.AlongK = true
	c.Narrow, c.W = a.Groups.Out, b.arrangement(kernel, c.Name, a)
}

// slideNarrow lets a product to one channel slide along the rows, if the columns of its
// kernel are neighbours and there are several.
func slideNarrow(c *plan.IGEMM) {
	cp := c.X.Cp
	if c.Pool != nil || c.Tiles.AcrossImages || c.XCol != cp && c.XCol != 2*cp {
		return
	}
	for i, s := range c.Seg {
		if i > 0 && s != c.Seg[0]+i*(c.Seg[1]-c.Seg[0]) {
			return
		}
	}
	w := plan.Window{Cols: c.SegLen / cp, Step: c.XCol / cp}
	w.Tiles = tiles(target.SplitNarrowRow(c.OutW, w.Cols, w.Step, cp))
	// Groups of rows as without, which workers may share.
	slideBy(c, w, len(c.Seg)*c.SegLen, max(1, groupPixels/c.OutW))
}

// narrowText says in a call's comment what its vectors are.
func narrowText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("vectors along k for %d of 8 channels", n)
}

// narrowTiles covers pixels with tiles of products to n channels, each the sum of k
// products.
func narrowTiles(pixels, k, n int) []plan.Tiles {
	return chunk(tiles(target.SplitNarrow(pixels, n)), int(callFLOPs)/(2*n*target.NarrowPixels(n)*k))
}

// narrowGrad says whether the weight gradient c of x and n output channels is summed by
// the kernels for few.
func (y *layout) narrowGrad(c *plan.WGrad, x *ir.Value, n int) bool {
	if c.Groups.On() || y.root(x) == y.Input && y.forms[x].geom.c <= 4 {
		return false
	}
	return target.NarrowGrad(y.images*c.OutH*c.OutW, len(c.Taps)*c.In, c.SumRow(), n)
}

// narrowGradBlocks cuts the sum of a weight gradient of few output channels into
// blocks, and what they sum into kernel calls.
func narrowGradBlocks(c *plan.WGrad, micro int) {
	k := c.SumRow()
	c.Images, c.Rows = 1, target.NarrowGradRows(c.OutH, c.OutW, k, max(c.XRow, 1), c.Narrow)
	switch {
	case c.AcrossImages:
		c.Images = micro
	case c.Rows >= c.OutH:
		c.Images = target.NarrowGradImages(micro, c.OutH*c.OutW, k, c.X.ImageFloats, c.Narrow)
	}
	seg, segLen := segments(c.Taps, c.X.Cp)
	c.KRuns = nil
	for _, r := range cutRuns(seg, segLen, target.NarrowGradTerms(c.Images*c.Rows*c.OutW, c.Narrow)) {
		c.KRuns = append(c.KRuns, plan.KRun{Seg: r.seg, SegLen: r.segLen})
	}
}
