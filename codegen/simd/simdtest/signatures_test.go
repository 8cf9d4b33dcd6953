package simdtest

// Signatures of the assembled kernels.
type (
	igemmFunc     = func(x, w, bias, add, mask, y *float32, tab *int32, tiles int, seg *int32, segs, segLen, wPanel int)
	wgradBiasFunc = func(x, dy, dw, db *float32, tab *int32, tiles, dwPanel, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int)

	wgradFunc = func(x, dy, dw *float32, tab *int32, tiles, dwPanel, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol int)
)
