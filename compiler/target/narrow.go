package target

// narrowSums is the number of sums of a tile of a product to few output channels,
// whose vectors run along k: what AVX2 has registers for, and what the FMA units
// need.
const narrowSums = 12

// NarrowPixels is the most pixels of a tile of a product to n output channels whose
// vectors run along k, 0 if there is no such kernel.
func NarrowPixels(n int) int {
	if n < 1 || n > MaxMR {
		return 0
	}
	return min(MaxMR, narrowSums/n)
}

// SplitNarrow cuts pixels into tiles of such a product: full ones and what is left.
// Tiles of fewer pixels split their sums along k.
func SplitNarrow(pixels, n int) []TileRun {
	most := NarrowPixels(n)
	var runs []TileRun
	if pixels >= most {
		runs = append(runs, TileRun{MR: most, Count: pixels / most})
	}
	if rest := pixels % most; rest > 0 {
		runs = append(runs, TileRun{MR: rest, Count: 1})
	}
	return runs
}
