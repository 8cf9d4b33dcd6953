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

// SplitNarrowRow cuts a row of pixels of a product to one channel, with kernels of cols
// columns of so many channels, into tiles that slide along it, pixels step apart. It is
// nil where tiles of a row gain nothing over others (measured as below): 1x1 kernels, 8
// channels, rows of which few fit. 32->1 3x3 runs at 77 and 65 % of the peak with them and
// at 63 and 45 without, 7x7 at 78 and 76, and 71 and 56.
func SplitNarrowRow(pixels, cols, step, channels int) []TileRun {
	if cols < 2 || cols > rowColumns || channels < 16 || pixels < 4 {
		return nil
	}
	return evenTiles(pixels, min(rowPixels, rowRegisters-cols))
}

// narrowAlong is the rate along rows under AVX2.
const narrowAlong = 0.83

// What products to few channels take, in FMAs of a whole vector, two of which are a
// cycle: those of their terms at a rate, and some for a pixel at the end. Measured on
// one Zen 5 core with AVX2 and AVX-512: 28x28 32->3 3x3 94 and 86 % of the peak, 64->3
// 1x1 82 and 54; to one channel, where each FMA takes a load, 64->1 1x1 40 and 24, 16->1
// 1x1 19 and 9; along rows as SplitNarrowRow says.
var (
	narrowOne   = [...]float64{0.7, 0.57}
	narrowRate  = [...]float64{0.96, 0.92}
	narrowPixel = [...]float64{5, 10}
)

// narrow is the cycles of a pixel of n channels, each the sum of terms products.
func (u unit) narrow(terms, n int) float64 {
	i := u.outs/8 - 1
	rate := narrowRate[i]
	if n == 1 {
		rate = narrowOne[i]
	}
	return float64(terms*n)/(u.products*rate) + narrowPixel[i]/2
}

// Narrow says whether a product to n channels is faster with vectors along k, sums of
// stored terms, than with n padded to a vector of 8, sums of terms. Making the derived
// weights in each step is no reason against it: a dense layer 128->1 behind another gains
// 4 % of a training step of 64 examples, 12 % of inference.
func Narrow(terms, stored, n int) bool {
	if NarrowPixels(n) == 0 {
		return false
	}
	return mean(func(u unit) float64 { return u.narrow(stored, n) }) <
		mean(func(u unit) float64 { return u.pairs(terms, 8) / (u.products * directRate) })
}

// NarrowWork is the arithmetic of a pixel of n channels, each the sum of terms
// products, in FLOPs at the peak of AVX2. One channel takes fewer loads along rows.
func NarrowWork(terms, n int, along bool) float64 {
	if along {
		return peakFLOPs * (float64(terms)/(units[0].products*narrowAlong) + narrowPixel[0]/2)
	}
	return peakFLOPs * units[0].narrow(terms, n)
}

// narrowGradBytes is the size aimed at for the inputs of a block of pixels of a weight
// gradient.
const narrowGradBytes = 48 << 10

// NarrowGradRows is the number of output rows of a block of the weight gradient of n
// output channels whose vectors run along k, the rows of their inputs rowFloats apart.
func NarrowGradRows(height, width, k, rowFloats, n int) int {
	rows := max(1, min(narrowGradBytes/(4*rowFloats), callFLOPs/(2*k*n*width)))
	blocks := (height + rows - 1) / rows
	return (height + blocks - 1) / blocks
}

// NarrowGradImages is the number of images of pixels pixels in a block, which lie
// imageFloats apart.
func NarrowGradImages(images, pixels, k, imageFloats, n int) int {
	return max(1, min(images, narrowGradBytes/(4*imageFloats), callFLOPs/(2*k*n*pixels)))
}

// NarrowGradTerms is the most terms of k that a kernel call of a block sums.
func NarrowGradTerms(pixels, n int) int {
	return max(16, min(callFLOPs/(2*n*pixels), callBytes/(4*pixels)))
}

// The rates of these gradients, measured as above, and cycles of a pixel besides: 28x28
// 32->3 3x3 98 and 97 % of the peak, 32->1 3x3 87 and 77, 64->1 1x1 57 and 39, 16->1 1x1
// 54 and 29. Blocks of 24, 48 and 100 KB of inputs: 28x28 128->3 98, 99 and 99 % with
// AVX2, 95, 97 and 83 with AVX-512; 63x63 128->3 97, 98, 99 and 88, 88, 68.
var (
	narrowGradOne   = [...]float64{0.88, 0.78}
	narrowGradRate  = [...]float64{0.98, 0.97}
	narrowGradPixel = [...]float64{1, 1.2}
)

// narrowGrad is the cycles of a pixel of the weight gradient of n channels.
func (u unit) narrowGrad(terms, n int) float64 {
	i := u.outs/8 - 1
	if n == 1 {
		return float64(terms)/(u.products*narrowGradOne[i]) + narrowGradPixel[i]
	}
	return float64(terms*n) / (u.products * narrowGradRate[i])
}

// What is done once for all pixels of a micro-batch, in cycles for a weight: the sums
// along k are added to the parameters' panels in plain Go, where other gradients add
// theirs as vectors. 25088->3 dense, 8 examples: 47 and 26 thousand cycles in all.
const narrowGradEnd, wgradEnd = 2, 1

// NarrowGrad says whether the weight gradient of n channels over that many pixels is
// faster with vectors along k, of stored rows of k, than with n padded to a vector of 8,
// of terms rows.
func NarrowGrad(pixels, terms, stored, n int) bool {
	if NarrowPixels(n) == 0 {
		return false
	}
	p := float64(pixels)
	return mean(func(u unit) float64 { return p*u.narrowGrad(stored, n) + float64(narrowGradEnd*stored*n) }) <
		mean(func(u unit) float64 { return p*u.pairs(terms, 8)/(u.products*gradRate) + float64(wgradEnd*terms) })
}

// NarrowGradWork is the arithmetic of a pixel of the weight gradient of n channels, in
// FLOPs at the peak of AVX2.
func NarrowGradWork(terms, n int) float64 { return peakFLOPs * units[0].narrowGrad(terms, n) }
