package sched

import (
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// Figures behind the choice of tiles and blocks.
const (
	// callFLOPs bounds one kernel call, as target.RowGroup does for convolutions:
	// assembly cannot be preempted.
	callFLOPs = 3e6
	// groupPixels bounds the table of a group.
	groupPixels = 1024
	// stripBytes bounds the strip between a convolution and its pooling.
	stripBytes = 96 << 10
	// shortK is the reduction length up to which tiles of 4 pixels win: prologue
	// and stores outweigh the few steps in between.
	shortK = 16
	// constK is the longest reduction that is worth a fully unrolled kernel.
	constK = 32
	// panelBytes is the size of weights from which on it pays to keep one panel
	// in the cache and stream the images past it.
	panelBytes = 256 << 10
	// packK is the number of k rows from which on the weight gradient copies dy
	// into a panel first: below, the copy costs more than it saves.
	packK = 128
	// blockPixels is the length of a weight-gradient block: a panel of 16
	// channels then takes half of the first-level cache.
	blockPixels = 256
)

// cut covers n pixels (or k rows) with tiles. For a short reduction tiles of 4
// are used as far as possible; otherwise the target's rule holds.
func cut(n, k int) []plan.Tiles {
	if k > shortK || n < 4 || n == 7 {
		var t []plan.Tiles
		for _, r := range target.SplitTiles(n) {
			t = append(t, plan.Tiles{MR: r.MR, N: r.Count})
		}
		return t
	}
	var t []plan.Tiles
	add := func(mr, n int) {
		if n > 0 {
			t = append(t, plan.Tiles{MR: mr, N: n})
		}
	}
	switch q := n / 4; n % 4 {
	case 0:
		add(4, q)
	case 1:
		add(5, 1)
		add(4, q-1)
	case 2:
		add(6, 1)
		add(4, q-1)
	default: // 11 = 6 + 5
		add(6, 1)
		add(5, 1)
		add(4, q-2)
	}
	return t
}

// chunk splits runs of tiles so that each is at most callFLOPs, rowFLOPs being
// the work of one pixel (or k row) on 16 channels.
func chunk(tiles []plan.Tiles, rowFLOPs int) []plan.Tiles {
	var out []plan.Tiles
	for _, t := range tiles {
		most := max(1, int(callFLOPs)/(t.MR*rowFLOPs))
		parts := (t.N + most - 1) / most
		for p := range parts {
			// Equal parts, the first ones larger by one.
			n := t.N / parts
			if p < t.N%parts {
				n++
			}
			out = append(out, plan.Tiles{MR: t.MR, N: n})
		}
	}
	return out
}

// imageTiles plans the tiles of an image of outH rows of outW pixels, each the
// sum of k products. Groups are multiples of step rows, at most limit.
func imageTiles(outH, outW, k, step, limit int) plan.TilePlan {
	rows := min(target.RowGroup(outH, outW, k, 16), max(1, groupPixels/outW), limit)
	rows = max(step, rows/step*step)
	if rows >= outH {
		rows = outH
	} else {
		// Groups of equal size, but for rounding up to step.
		groups := (outH + rows - 1) / rows
		rows = (outH + groups - 1) / groups
		rows = (rows + step - 1) / step * step
	}
	p := plan.TilePlan{Rows: rows, Full: chunk(cut(rows*outW, k), 32*k)}
	if last := outH % rows; last != 0 {
		p.Last = chunk(cut(last*outW, k), 32*k)
	}
	return p
}

// gradBlock plans the blocks of a weight gradient over images of outH rows of
// outW pixels.
func gradBlock(outH, outW int) (rows, images int) {
	if outH*outW <= blockPixels {
		return outH, max(1, blockPixels/(outH*outW))
	}
	rows = max(1, blockPixels/outW)
	groups := (outH + rows - 1) / rows
	return (outH + groups - 1) / groups, 1
}
