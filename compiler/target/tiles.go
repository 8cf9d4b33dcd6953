package target

// TileRun is a number of register tiles of equal height: one kernel call.
type TileRun struct {
	MR    int // pixels (igemm) or k rows (wgrad) per tile, 1 to 6
	Count int // tiles
}

// MaxMR is the height of the tallest register tile.
const MaxMR = 6

// SplitTiles cuts n pixels or k rows into register tiles, tallest first: all 6
// high but the last one or two.
//
//	n mod 6     last tiles
//	   0        6
//	   1        4 3           (1 if n is 1)
//	   2        5 3           (2 if n is 2)
//	   3, 4, 5  3, 4, 5
//
// Nothing narrower than 3 is used from n = 3 on. A tile costs what its
// accumulators keep the FMA units busy: with AVX2 on one Zen 5 core, tiles of
// 6, 5, 4, 3, 2 and 1 by 16 channels reach 99, 95, 88, 99, 87 and 64 % of the
// peak (those below 4 split the sum over k in two or four); with AVX-512, by 32
// channels, 98, 98, 98, 98, 95 and 62 %.
func SplitTiles(n int) []TileRun {
	if n <= 0 {
		return nil
	}
	six, rest := n/MaxMR, n%MaxMR
	var runs []TileRun
	add := func(mr, count int) {
		if count > 0 {
			runs = append(runs, TileRun{MR: mr, Count: count})
		}
	}
	switch {
	case six > 0 && rest == 1:
		add(6, six-1)
		add(4, 1)
		add(3, 1)
	case six > 0 && rest == 2:
		add(6, six-1)
		add(5, 1)
		add(3, 1)
	default:
		add(6, six)
		if rest > 0 {
			add(rest, 1)
		}
	}
	return runs
}

// ProductWork is the arithmetic of sums of so many terms for pixels pixels and out
// channels, a multiple of 8, in FLOPs at the peak: register tiles, and what else keeps
// products from it.
func ProductWork(pixels, terms, out int) float64 {
	return 2 * RowCost(pixels) * float64(terms*out) / directRate
}

// GradientWork is the same of the gradient of terms x out weights over pixels pixels,
// which are summed in blocks. Each reads and writes all sums.
func GradientWork(pixels, blocks, terms, out int) float64 {
	return 2*RowCost(terms)*float64(pixels*out)/gradRate + peakFLOPs*sumRow*float64(blocks*terms*out)
}

// sumRow is the cycles of reading and writing a sum of a weight gradient: 1152 x 16 of
// them take a microsecond.
const sumRow = 0.25
