package plan

import "github.com/cnnc/cnnc/compiler/target"

// checkNarrow checks a product to few output channels.
func (c *IGEMM) checkNarrow(v *verifier) {
	most, k := target.NarrowPixels(c.Narrow), len(c.Seg)*c.SegLen
	if most == 0 || c.OutC != 8 || c.SegLen%8 != 0 || c.Groups.On() || c.Run > 0 || c.ConstPitch > 0 {
		v.fail("%s: no kernel for %d of %d channels, runs of %d", c.Name, c.Narrow, c.OutC, c.SegLen)
		return
	}
	for _, tiles := range [][]Tiles{c.Tiles.Full, c.Tiles.Last} {
		for _, t := range tiles {
			if t.MR > most {
				v.fail("%s: a tile of %d pixels by %d channels", c.Name, t.MR, c.Narrow)
			}
		}
	}
	if w := c.W; w.Space != Derived || w.Offset < 0 || k > w.PanelFloats || w.Offset+(c.Narrow-1)*w.PanelFloats+k > v.plan.DerivedFloats {
		v.fail("%s: %d rows of weights at %d of %d", c.Name, c.Narrow, w.Offset, v.plan.DerivedFloats)
	}
}

// narrowWork is the arithmetic of a product to few channels for one example, in FLOPs
// at the peak.
func (c *IGEMM) narrowWork() float64 {
	return float64(c.OutH*c.OutW) * target.NarrowWork(len(c.Seg)*c.SegLen, c.Narrow, c.Window.On())
}

// KRun is a list of runs of SegLen inputs, a multiple of 8, one kernel call for a block
// of pixels.
type KRun struct {
	Seg    []int // relative to the pixel's x
	SegLen int
}

// SumRow is the distance of rows of Sums in a gradient of few output channels: all
// channels of X, padding too, for each tap.
func (c *WGrad) SumRow() int { return len(c.Taps) * c.X.Cp }

// checkNarrow checks a weight gradient of few output channels.
func (c *WGrad) checkNarrow(v *verifier) {
	if target.NarrowPixels(c.Narrow) == 0 || c.OutC != 8 || c.X.Cp%8 != 0 || c.Groups.On() || c.Pack || c.FuseBias || len(c.Tiles) > 0 {
		v.fail("%s: no kernel for %d of %d channels from %d", c.Name, c.Narrow, c.OutC, c.X.Cp)
		return
	}
	if c.Sums == nil || !c.Sums.Scratch || c.Sums.ImageFloats < c.SumFloats() {
		v.fail("%s: %d sums, which do not fit", c.Name, c.SumFloats())
	}
	k := 0
	for _, r := range c.KRuns {
		for _, s := range r.Seg {
			if tap := k / c.X.Cp; r.SegLen%8 != 0 || tap >= len(c.Taps) || s != c.Taps[tap]+k%c.X.Cp {
				v.fail("%s: a run of %d inputs at %d", c.Name, r.SegLen, s)
				return
			}
			k += r.SegLen
		}
	}
	if k != c.SumRow() {
		v.fail("%s: runs of %d inputs of %d", c.Name, k, c.SumRow())
	}
}

// narrowWork is the arithmetic of a weight gradient of few channels for one example, in
// FLOPs at the peak.
func (c *WGrad) narrowWork() float64 {
	return float64(c.OutH*c.OutW) * target.NarrowGradWork(c.SumRow(), c.Narrow)
}
