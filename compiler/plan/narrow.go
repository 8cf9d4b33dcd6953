package plan

import "github.com/cnnc/cnnc/compiler/target"

// checkNarrow checks a product to few output channels.
func (c *IGEMM) checkNarrow(v *verifier) {
	most, k := target.NarrowPixels(c.Narrow), len(c.Seg)*c.SegLen
	if most == 0 || c.OutC != 8 || c.SegLen%8 != 0 || c.Groups.On() || c.Run > 0 || c.ConstPitch > 0 || c.Window.On() {
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
	return float64(c.OutH*c.OutW) * target.NarrowWork(len(c.Seg)*c.SegLen, c.Narrow)
}
