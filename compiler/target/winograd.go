package target

// Winograd reports whether a 3x3 convolution of stride 1 with outputs of height
// x width pixels, in input and out output channels, is worth computing by
// Winograd's F(4x4, 3x3) rather than directly; if not, why.
//
// One tile of 4x4 outputs takes 36 products for each pair of channels instead of
// 144, and transforms, about 140 cycles for 8 channels in and 90 for 8 channels
// out. That pays from 16 channels on; below 7 pixels, too much of the tiles is
// wasted.
func Winograd(height, width, in, out int) (ok bool, why string) {
	switch {
	case in%16 != 0 || out%16 != 0 || in < 16 || out < 16:
		return false, "channels are no multiples of 16"
	case height < 7 || width < 7:
		return false, "less than 7 pixels"
	}
	return true, ""
}

// maxSums bounds the number of weights of a kernel whose gradient is computed by
// Winograd's algorithm: each worker keeps 36 sums for 9 of them, here 9 MB.
const maxSums = 9 << 16

// WinogradGrad is Winograd for the gradient of the kernel.
func WinogradGrad(height, width, in, out int) bool {
	ok, _ := Winograd(height, width, in, out)
	return ok && 9*in*out <= maxSums
}

// winogradTiles is the number of tiles aimed at in a block: 36 planes of so many
// rows are large enough for the products, and small enough for the second-level
// cache.
const winogradTiles = 48

// WinogradBlock is how many rows of tiles, and of how many images, are
// transformed and multiplied at a time, for images of rows x cols tiles.
func WinogradBlock(images, rows, cols int) (blockRows, blockImages int) {
	if n := rows * cols; n <= winogradTiles+winogradTiles/3 {
		return rows, max(1, min(images, winogradTiles/n))
	}
	// Blocks of nearly equal height rather than a narrow last one.
	blocks := (rows*cols + winogradTiles - 1) / winogradTiles
	blocks = min(blocks, rows)
	return (rows + blocks - 1) / blocks, 1
}
