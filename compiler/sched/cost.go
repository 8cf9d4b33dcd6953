package sched

import (
	"github.com/cnnc/cnnc/compiler/plan"
)

// estimateAll sets Work and Bytes of every call: what its arithmetic costs, and
// what it reads and writes for one example. The weights of a dense layer are read once for the micro-batch, those
// of a convolution for every image.
func estimateAll[C plan.Call](calls []C, micro int) {
	for _, call := range calls {
		c := plan.Call(call)
		i := c.Base()
		i.Work = c.Arithmetic()
		if i.Bytes != 0 {
			continue
		}
		for _, a := range plan.Accesses(c) {
			n := bufferBytes(a.Buffer)
			if z, ok := c.(*plan.Zero); ok && z.HaloOnly {
				n = int64(4*a.Buffer.ImageFloats) - n
			}
			if g, ok := c.(*plan.IGEMM); ok && a.Buffer == g.X && g.Tiles.AcrossImages {
				n = int64(4 * len(g.Seg) * g.SegLen) // part of the sum
			}
			if a.Read {
				i.Bytes += n
			}
			if a.Write {
				i.Bytes += n
			}
		}
		switch c := c.(type) {
		case *plan.IGEMM:
			runs, _, panels := c.Runs()
			i.Bytes += 4 * weightFloats(16*runs*panels, 16*len(c.Seg)*c.SegLen, c.Tiles.AcrossImages, micro)
		case *plan.WGrad: // read and written
			i.Bytes += 8 * weightFloats(c.OutC, c.DW.PanelFloats, c.AcrossImages, micro)
		case *plan.Winograd:
			// All planes of weights once for each block, which may have several images.
			rows := c.Tile.Tiles(c.OutH)
			blocks := int64((rows + c.Rows - 1) / c.Rows)
			i.Bytes += 4 * int64(c.Tile.Planes()*c.PlaneFloats) * blocks / int64(c.Images)
		case *plan.WinogradGrad:
			i.Bytes += 8 * weightFloats(c.Outputs, c.DW.PanelFloats, true, micro)
		}
	}
}

// bufferBytes is the memory of one example's pixels; scratch stays in the cache.
func bufferBytes(b *plan.Buffer) int64 {
	switch {
	case b.Scratch:
		return 0
	case b.MaskCells > 0:
		return int64(b.MaskBytes())
	}
	return int64(4 * b.H * b.W * b.Cp)
}

// weightFloats is an example's share of panels of panelFloats for outC channels.
func weightFloats(outC, panelFloats int, acrossImages bool, micro int) int64 {
	n := int64((outC + 15) / 16 * panelFloats)
	if acrossImages {
		n /= int64(max(1, micro))
	}
	return n
}
