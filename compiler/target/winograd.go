package target

import (
	"fmt"
	"math"
)

// Conv is a 3x3 convolution of stride 1, forward or backward-data, for which
// Winograd's algorithm competes with the direct one (Lavin and Gray 2016).
type Conv struct {
	// Images is how many images are likely to be computed together.
	Images        int
	Height, Width int // of the outputs
	// In channels are multiplied for each tap, of Stored that each pixel has; Out
	// are computed. Stored and Out are multiples of 8.
	In, Stored, Out int
	// Few is the number of outputs without padding, if kernels for few may compute them.
	Few int
	// Pooled: a maximum of 2x2 pixels, 2 apart, follows. Winograd's tiles end in it, while
	// direct convolution writes rows that a pass reads again.
	Pooled bool
}

// Choice is the predicted time of the algorithms for a convolution.
type Choice struct {
	// Tile is the side of the output tile of the best algorithm: 4 for F(4x4,
	// 3x3), 2 for F(2x2, 3x3), 0 for direct convolution.
	Tile int
	// Direct, Small and Large are the cycles of direct convolution, F(2x2) and
	// F(4x4) for all images, the geometric mean of AVX2 and AVX-512; Small and
	// Large are 0 when ruled out.
	Direct, Small, Large float64
	// Group is, for gradients of weights, how many outputs to compute at a time.
	Group int
}

// Why says in what ratio the times are: "F(2x2) 1.3, F(4x4) 2.1 times as long".
func (c Choice) Why() string {
	if c.Large == 0 {
		return "too many weights"
	}
	return fmt.Sprintf("F(2x2) would take %.2f, F(4x4) %.2f times as long", c.Small/c.Direct, c.Large/c.Direct)
}

// Cycles of the model, for one Zen 5 core; transforms are for a tile and 8 channels
// under AVX2, and include what the products spend on beginning and storing register
// tiles. They were fitted to the rates in README.md of codegen/simd.
const (
	// Efficiency of the products.
	directRate = 0.97
	planesRate = 0.975
	gradRate   = 0.95

	largeInput  = 100
	largeOutput = 90
	largeGrad   = 75
	smallInput  = 45
	smallOutput = 40
	smallGrad   = 35
	callCost    = 30.0 // of a kernel call, and what it does first
	gradCall    = 40.0 // the same for weight gradients
	sumCost     = 0.45 // of adding a product to a sum of a weight gradient

	secondLevel = 512 << 10 // bytes of weights that cost nothing to read again
	thirdLevel  = 16 << 20
	thirdRate   = 24.0 // bytes a cycle
	memoryRate  = 6.0

	// Of writing 8 outputs to rows that a pooling reads: 28x28x32 and 14x14x64 take 0.5 to
	// 3 us longer than convolution alone.
	poolCost = 2.0

	winogradGain = 0.95 // Winograd rounds more: it must save this much

	peakFLOPs = 32 // FLOPs a cycle under AVX2
)

// unit is an instruction set: the multiply-adds of a cycle, the outputs of which
// the smallest number takes the time of all, and what transforms and sums take in
// relation to AVX2. One plan serves both: what counts is the mean.
type unit struct {
	products   float64
	outs       int
	transforms float64
}

var units = [...]unit{{16, 8, 1}, {32, 16, 0.75}} // AVX2, AVX-512

// pairs is the number of products of k inputs with out outputs, as they cost.
func (u unit) pairs(k, out int) float64 { return float64(k * ((out + u.outs - 1) / u.outs * u.outs)) }

// tileRates are the shares of the peak that register tiles of 1 to 6 rows reach, the
// mean of AVX2 and AVX-512 (SplitTiles).
var tileRates = [MaxMR + 1]float64{1, 0.63, 0.91, 0.985, 0.93, 0.965, 0.985}

// rowCost is what products with n rows cost, in rows at the peak.
func rowCost(n int) float64 {
	sum := 0.0
	for _, r := range SplitTiles(n) {
		sum += float64(r.MR*r.Count) / tileRates[r.MR]
	}
	return sum
}

// traffic is the cycles for reading bytes that were last used one pass ago.
func traffic(bytes float64) float64 {
	switch {
	case bytes <= secondLevel:
		return 0
	case bytes <= thirdLevel:
		return bytes / thirdRate
	}
	return bytes / memoryRate
}

// tiles are the numbers of tiles of m x m pixels of an image.
func (c Conv) tiles(m int) (rows, cols int) { return (c.Height + m - 1) / m, (c.Width + m - 1) / m }

// run is a number of blocks of so many tiles.
type run struct{ count, tiles int }

// blocks are the blocks of tiles that all images make: those of full size, and the
// last, of rows or of images, that are smaller.
func (c Conv) blocks(m int) [2]run {
	rows, cols := c.tiles(m)
	r, n := WinogradBlock(c.Images, rows, cols, m)
	if r < rows {
		return [2]run{{c.Images * (rows / r), r * cols}, {c.Images * min(rows%r, 1), rows % r * cols}}
	}
	return [2]run{{c.Images / n, n * rows * cols}, {min(c.Images%n, 1), c.Images % n * rows * cols}}
}

// mean is the geometric mean of times over the instruction sets.
func mean(time func(u unit) float64) float64 {
	return math.Sqrt(time(units[0]) * time(units[1]))
}

// Products predicts forward and backward-data.
func (c Conv) Products() Choice {
	weights := float64(4 * c.In * c.Out)
	winograd := func(m int) float64 {
		b := c.blocks(m)
		again := float64(b[0].count+b[1].count) * traffic(float64((m+2)*(m+2))*weights)
		return mean(func(u unit) float64 { return c.products(m, u) + again })
	}
	t := Choice{
		Direct: mean(func(u unit) float64 {
			pixels := float64(c.Images * c.Height * c.Width)
			direct := float64(c.Images)*rowCost(c.Height*c.Width)*9*u.pairs(c.In, c.Out)/(u.products*directRate) + traffic(9*weights)
			if NarrowPixels(c.Few) > 0 {
				direct = min(direct, pixels*u.narrow(9*c.Stored, c.Few))
			}
			if c.Pooled {
				direct += pixels * float64(c.Out) / 8 * poolCost
			}
			return direct
		}),
		Small: winograd(2),
		Large: winograd(4),
	}
	return t.best()
}

// products is the arithmetic of F(m x m, 3x3) in cycles, without what reading the
// weights takes.
func (c Conv) products(m int, u unit) float64 {
	input, output := float64(largeInput), float64(largeOutput)
	if m == 2 {
		input, output = smallInput, smallOutput
	}
	planes := float64((m + 2) * (m + 2))
	rows, cols := c.tiles(m)
	sum := float64(c.Images*rows*cols) * (float64(c.Stored)*input + float64(c.Out)*output) / 8 * u.transforms
	for _, b := range c.blocks(m) {
		calls := planes * float64((c.Out+15)/16*len(SplitTiles(b.tiles)))
		sum += float64(b.count) * (calls*callCost + rowCost(b.tiles)*planes*u.pairs(c.In, c.Out)/(u.products*planesRate))
	}
	return sum
}

// ProductWork is the arithmetic of F(m x m, 3x3) for all images, with the blocks
// that they make, in FLOPs at the peak of AVX2.
func (c Conv) ProductWork(m int) float64 { return peakFLOPs * c.products(m, units[0]) }

// PoolWork is what pooling so many pixels of a strip takes, in FLOPs at the peak of AVX2.
func PoolWork(pixels, out int) float64 { return peakFLOPs * poolCost / 8 * float64(pixels*out) }

// sumBytes bounds the memory for the sums of a weight gradient, which each worker
// has: all outputs of 256 channels from 256.
const sumBytes = 9 << 20

// Weights predicts the gradient of the kernel.
func (c Conv) Weights() Choice {
	weights := float64(4 * c.In * c.Out)
	b := WGradBlock(c.Images, c.Height, c.Width, 9*c.In, c.Out, 16)
	blocks := float64((c.Images + b.Images - 1) / b.Images * ((c.Height + b.Rows - 1) / b.Rows))
	t := Choice{Direct: mean(func(u unit) float64 {
		pixels := float64(c.Images * c.Height * c.Width)
		direct := pixels*9*u.pairs(c.In, c.Out)/(u.products*gradRate) + blocks*traffic(2*9*weights)
		if NarrowPixels(c.Few) > 0 {
			direct = min(direct, pixels*u.narrowGrad(9*c.Stored, c.Few))
		}
		return direct
	})}
	for g := c.Out; g > 0; g -= 8 {
		if c.Out%g == 0 && (g == c.Out || g%16 == 0) && 36*4*c.In*g <= sumBytes {
			t.Group = g
			break
		}
	}
	if t.Group == 0 {
		return t
	}
	groups := float64(c.Out / t.Group)
	winograd := func(m int) float64 {
		again := 2 * traffic(float64((m+2)*(m+2))*weights/groups) * groups
		return mean(func(u unit) float64 { return c.gradient(m, t.Group, u) + again })
	}
	t.Small, t.Large = winograd(2), winograd(4)
	return t.best()
}

// gradient is the arithmetic of the gradient by F(m x m, 3x3), group outputs at a
// time, in cycles, without what reading and writing the sums takes.
func (c Conv) gradient(m, group int, u unit) float64 {
	input, grad := float64(largeInput), float64(largeGrad)
	if m == 2 {
		input, grad = smallInput, smallGrad
	}
	planes := float64((m + 2) * (m + 2))
	b := c.blocks(m)
	count := b[0].count + b[1].count
	rows, cols := c.tiles(m)
	tiles := float64(c.Images * rows * cols)
	transforms := tiles * (float64(c.Stored)*input*float64(c.Out/group) + float64(c.Out)*grad) / 8
	// The sums are cleared, added to by each block, and transformed.
	calls := planes * float64((c.Out+15)/16*len(SplitTiles(c.In)))
	pairs := u.pairs(c.In, c.Out)
	sums := planes*pairs*sumCost*float64(count) + (planes+18)/2*pairs/8
	return (transforms+sums)*u.transforms + float64(count)*calls*gradCall + tiles*planes*pairs/(u.products*gradRate)
}

// GradientWork is the arithmetic of the gradient by F(m x m, 3x3) for all images,
// group outputs at a time, in FLOPs at the peak of AVX2.
func (c Conv) GradientWork(m, group int) float64 { return peakFLOPs * c.gradient(m, group, units[0]) }

// best chooses; of equals the one that rounds less.
func (t Choice) best() Choice {
	limit := winogradGain * t.Direct
	switch {
	case t.Large < limit && t.Large < winogradGain*t.Small:
		t.Tile = 4
	case t.Small < limit:
		t.Tile = 2
	case t.Large < limit:
		t.Tile = 4
	}
	return t
}

// WinogradTileFLOPs is what a tile of m x m outputs costs, with in channels stored
// and k of them multiplied for each of out outputs, in FLOPs at the peak.
func WinogradTileFLOPs(m, in, k, out int) int {
	input, output := largeInput, largeOutput
	if m == 2 {
		input, output = smallInput, smallOutput
	}
	return 2*(m+2)*(m+2)*k*out + peakFLOPs*(input*in+output*out)/8
}

// winogradTiles is the number of tiles of 4x4 aimed at in a block: 36 planes of so
// many rows are large enough for the products, and small enough for the
// second-level cache. Tiles of 2x2 have fewer planes, so there are more.
const winogradTiles = 48

// WinogradBlock is how many rows of tiles, and of how many images, are
// transformed and multiplied at a time, for images of rows x cols tiles of m x m.
func WinogradBlock(images, rows, cols, m int) (blockRows, blockImages int) {
	aim := winogradTiles
	if m == 2 {
		aim *= 2
	}
	limit := aim + aim/3
	if n := rows * cols; n <= limit {
		if images*n <= limit {
			return rows, images
		}
		// Blocks of nearly equal numbers of images.
		most := max(1, aim/n)
		blocks := (images + most - 1) / most
		return rows, (images + blocks - 1) / blocks
	}
	// Blocks of nearly equal height rather than a narrow last one.
	blocks := (rows*cols + aim - 1) / aim
	blocks = min(blocks, rows)
	return (rows + blocks - 1) / blocks, 1
}
