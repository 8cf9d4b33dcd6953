package target

// WGrad is how a weight gradient is blocked. Loops: blocks of pixels outside,
// panels of output channels inside, k rows innermost:
//
//	for each block of Images x Rows output rows:
//	    for each panel:
//	        Pack:   packPanel copies dy of the block to scratch, adding to db
//	        !Pack:  colSum adds to db, if there is a bias
//	        for each TileRun of SplitTiles(k), in calls of at most TilesPerCall:
//	            wgrad
type WGrad struct {
	Images       int  // images per block; 1 unless Rows is the whole height
	Rows         int  // output rows per block; the last block may have fewer
	Pack         bool // copy dy to a panel of Images*Rows*width*lanes elements
	TilesPerCall int  // so that a call stays below about 50 us
}

const (
	// wgradPixels is the size of a block. Its panel, 12.5 KB for 16 lanes,
	// stays in the first-level cache while all k rows pass over it; its inputs
	// stay in the second. Measured on one Zen 5 core, AVX2, % of the FMA peak
	// for blocks of 64/128/192/256/512 pixels: 28x28x64 96/99/99/99/98,
	// 63x63x128 98/98/98/98/98; AVX-512: 28x28x64 97/98/96/97/92, 63x63x128
	// 96/95/96/95/86.
	wgradPixels = 200

	// packK is the smallest k for which copying dy can pay, packBytes the
	// smallest span of a block's dy. Unpacked against packed on the same core,
	// AVX2: 28x28 1->32 3x3 (k 9) 87 against 73, 63x63 16->64 1x1 (k 16) 92
	// against 82, 28x28 64->128 1x1 (k 64) 96 against 91, 63x63x32 (k 288)
	// 99 against 99, 63x63x128 (k 1152) 96 against 98; AVX-512: 94 against 84
	// (k 27), 92 against 88 (k 64), 84 against 96 (k 1152, dy 512 bytes from
	// pixel to pixel, which leaves it an eighth of the cache's sets).
	packK     = 128
	packBytes = 32 << 10
)

// WGradBlock blocks the weight gradient of a convolution with outputs of
// images x height x width pixels, k weights per output channel, pixels of dy
// dyCol elements apart, and lanes channels per call.
func WGradBlock(images, height, width, k, dyCol, lanes int) WGrad {
	b := WGrad{Images: 1, Rows: height}
	if n := height * width; n > wgradPixels {
		// Blocks of nearly equal height rather than a narrow last one.
		blocks := (n + wgradPixels - 1) / wgradPixels
		b.Rows = (height + blocks - 1) / blocks
	} else {
		b.Images = max(1, min(images, wgradPixels/n))
	}
	pixels := b.Images * b.Rows * width
	b.Pack = k >= packK && 4*pixels*dyCol > packBytes
	// A tile reads and writes MaxMR rows of dw besides its products.
	b.TilesPerCall = max(1, min(callFLOPs/(2*MaxMR*lanes*pixels), callBytes/(8*MaxMR*lanes)))
	return b
}

// Calls cuts a run of tiles into calls of at most perCall, of nearly equal
// size.
func (r TileRun) Calls(perCall int) []TileRun {
	n := (r.Count + perCall - 1) / perCall
	var out []TileRun
	for i := range n {
		out = append(out, TileRun{MR: r.MR, Count: r.Count*(i+1)/n - r.Count*i/n})
	}
	return out
}
