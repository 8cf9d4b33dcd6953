package sched

import (
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// Figures behind the choice of tiles and blocks, besides those of the target.
const (
	// kernelLanes is the number of channels one kernel call computes; AVX-512
	// does twice as many in the same time.
	kernelLanes = 16
	// callFLOPs bounds one kernel call, as target.RowGroup does for convolutions:
	// assembly cannot be preempted.
	callFLOPs = 3e6
	// groupPixels bounds the table of a group.
	groupPixels = 1024
	// stripBytes bounds the strip between a convolution and its pooling.
	stripBytes = 96 << 10
	// constK is the longest reduction for which a fully unrolled kernel pays.
	// Measured on one Zen 5 core, % of the FMA peak, loop against unrolled:
	// 28x28 1->32 3x3 (k 9) 97 and 96 with AVX2, 88 and 94 with AVX-512; 28x28
	// 3->32 3x3 (k 27) 99 and 99, 98 and 98.
	constK = 12
	// fuseBiasK is the number of k rows from which on a pass of its own for the
	// bias gradient no longer shows: 63x63 16->64 1x1 (k 16) runs at 93 % of the
	// peak with the sum in a tile and at 81 % with a pass, on one Zen 5 core.
	fuseBiasK = 96
	// panelBytes is the size of weights from which on it pays to keep one panel
	// in the cache and stream small images past it.
	panelBytes = 256 << 10
)

// cut covers n pixels (or k rows) with tiles by the target's rule. It holds for
// short sums too: 28x28 1->32 3x3 runs at 97 % of the peak with tiles of 6 and
// at 88 % with tiles of 4 (the core and kernels of constK, AVX2).
func cut(n int) []plan.Tiles {
	return tiles(target.SplitTiles(n))
}

// tiles are the runs of tiles that the target chose.
func tiles(runs []target.TileRun) (t []plan.Tiles) {
	for _, r := range runs {
		t = append(t, plan.Tiles{MR: r.MR, N: r.Count})
	}
	return t
}

// even covers the n taps of a depthwise kernel with tiles of nearly equal height:
// a tile of two is bound by the latency of its sums, where two of five are not.
func even(n int) []plan.Tiles {
	count := (n + target.MaxMR - 1) / target.MaxMR
	high, low := n%count, count-n%count
	t := []plan.Tiles{{MR: n/count + 1, N: high}, {MR: n / count, N: low}}
	if high == 0 {
		return t[1:]
	}
	return t
}

// chunk splits runs of tiles into equal parts of at most most tiles: each is one
// kernel call.
func chunk(list []plan.Tiles, most int) []plan.Tiles {
	var out []plan.Tiles
	for _, t := range list {
		out = append(out, tiles(target.TileRun{MR: t.MR, Count: t.N}.Calls(max(1, most)))...)
	}
	return out
}

// pixelTiles covers n pixels, each the sum of k products, to narrow channels if that
// is not 0.
func pixelTiles(n, k, narrow int) []plan.Tiles {
	if narrow > 0 {
		return narrowTiles(n, k, narrow)
	}
	return chunk(cut(n), int(callFLOPs)/(2*target.MaxMR*kernelLanes*k))
}

// imageTiles plans the tiles of an image of outH rows of outW pixels, each the
// sum of k products, to narrow channels if that is not 0. Groups are multiples of step
// rows, at most limit.
func imageTiles(outH, outW, k, narrow, step, limit int) plan.TilePlan {
	lanes := kernelLanes
	if narrow > 0 {
		lanes = narrow
	}
	rows := min(target.RowGroup(outH, outW, k, lanes), max(1, groupPixels/outW), limit)
	rows = max(step, rows/step*step)
	if rows >= outH {
		rows = outH
	} else {
		// Groups of equal size, but for rounding up to step.
		groups := (outH + rows - 1) / rows
		rows = (outH + groups - 1) / groups
		rows = (rows + step - 1) / step * step
	}
	p := plan.TilePlan{Rows: rows, Full: pixelTiles(rows*outW, k, narrow)}
	if last := outH % rows; last != 0 {
		p.Last = pixelTiles(last*outW, k, narrow)
	}
	return p
}

// panelOuter says whether to loop over panels outside: when the weights are
// large and the image is smaller than they are.
func panelOuter(weightFloats int, x *plan.Buffer) bool {
	return 4*weightFloats > panelBytes && x.ImageFloats < weightFloats
}
