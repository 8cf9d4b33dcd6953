package target

const (
	// rowPixels is the most pixels of a tile of depthwise convolution, and
	// rowRegisters the registers there are for them, weights or sums, beside an input.
	rowPixels, rowRegisters = 12, 15
	// rowColumns is the widest kernel with such tiles.
	rowColumns = 9
	// Sets, ways and line of the first-level cache that tiles should fit.
	l1Sets, l1Ways, l1Line = 64, 8, 64
)

// lineRoom is the number of pixels of which one cache line each, pitch bytes apart,
// lie in the first-level cache together. Channels come in vectors, two of which share
// a line under AVX2, so the lines of a tile should last for one vector.
func lineRoom(pitch int) int {
	step := max(1, pitch/l1Line)
	sets := l1Sets
	for step%2 == 0 && sets > 1 {
		step, sets = step/2, sets/2
	}
	return sets * l1Ways
}

// evenTiles cuts n pixels into tiles of nearly equal width, at most most.
func evenTiles(n, most int) []TileRun {
	count := (n + most - 1) / most
	wide := n % count
	runs := []TileRun{{MR: n/count + 1, Count: wide}, {MR: n / count, Count: count - wide}}
	if wide == 0 {
		return runs[1:]
	}
	return runs
}

// SplitRow cuts a row of n pixels of a depthwise convolution with kernels of rows x
// cols into tiles of nearly equal width, which have as many pixels as there are
// registers for beside the weights of a kernel row and an input. The inputs of a
// pixel lie step pixels of pitch bytes behind those of the one before. It is nil if
// the kernel is too wide for such tiles, or, with a step, if a tile's inputs lie so
// that they would push each other out of the cache: 14x14 5x5 stride 2, 256 channels,
// runs at 34 % of the peak then, and at 50 without tiles of a row. Neighbours are
// better off with them all the same: 7x7 3x3 of 512 channels 54 against 31 %, 5x5 of
// 256 channels 64 against 51 % (AVX2, one Zen 5 core).
func SplitRow(n, rows, cols, step, pitch int) []TileRun {
	if cols > rowColumns {
		return nil
	}
	most, room := min(rowPixels, rowRegisters-cols), lineRoom(pitch)
	for step > 1 && most > 1 && (step*(most-1)+cols)*rows > room {
		most--
	}
	if most < min(n, 4) {
		return nil
	}
	return evenTiles(n, most)
}

// DepthwiseGrad says how the weight gradient of a depthwise convolution is cut up.
type DepthwiseGrad struct {
	Passes []int     // kernel rows summed at a time
	Tiles  []TileRun // of a row of pixels
	// A block is Rows rows of at most Across tiles.
	Rows, Across int
}

// DepthwiseGradTiles plans the gradient of a kernel of kh x kw over outH x outW pixels
// and, with bias, that of a bias; step and pitch as for SplitRow. Sums of all weights
// of a pass and gradients of all pixels of a tile have 15 registers. Passes is empty
// for kernels that are too wide.
func DepthwiseGradTiles(outH, outW, kh, kw, step, pitch int, bias bool) DepthwiseGrad {
	const sums = 10 // so many are independent enough, and leave room for pixels
	var d DepthwiseGrad
	if kw > rowColumns {
		return d
	}
	rows := max(1, min(kh, sums/kw))
	count := (kh + rows - 1) / rows
	most := 1
	for i := range count {
		n := kh*(i+1)/count - kh*i/count
		d.Passes = append(d.Passes, n)
		if n*kw <= 5 { // of odd and of even pixels
			n *= 2
		}
		most = max(most, n*kw)
	}
	free := rowRegisters - most
	if bias {
		free--
	}
	d.Tiles = evenTiles(outW, min(rowPixels, free))
	width, room := d.Tiles[0].MR, lineRoom(pitch)
	lines := func(rows, across int) int {
		return (step*(across*width-1)+kw)*(step*(rows-1)+d.Passes[0]) + across*width*rows
	}
	d.Rows, d.Across = 1, 1
	for d.Rows < min(outH, 8) && lines(d.Rows+1, 1) <= room {
		d.Rows++
	}
	for d.Across < d.Tiles[0].Count && lines(d.Rows, d.Across+1) <= room {
		d.Across++
	}
	blocks := (outH + d.Rows - 1) / d.Rows
	d.Rows = (outH + blocks - 1) / blocks
	return d
}

// The rates of depthwise convolution whose operands are in the second-level cache, and of
// its weight gradient, along rows and otherwise: the mean of AVX2 and AVX-512 (codegen/simd,
// README.md).
const (
	depthwiseAlong, depthwiseRate         = 0.87, 0.5
	depthwiseGradAlong, depthwiseGradRate = 0.8, 0.42
)

// DepthwiseWork is the arithmetic of a pixel of a depthwise convolution of so many terms, in
// FLOPs at the peak.
func DepthwiseWork(terms, channels int, along bool) float64 {
	rate := depthwiseRate
	if along {
		rate = depthwiseAlong
	}
	return float64(2*terms*channels) / rate
}

// DepthwiseGradWork is that of a pixel of the weight gradient.
func DepthwiseGradWork(terms, channels int, along bool) float64 {
	rate := depthwiseGradRate
	if along {
		rate = depthwiseGradAlong
	}
	return float64(2*terms*channels) / rate
}
