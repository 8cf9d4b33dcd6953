package support

// copyChannels copies channels of n pixels, dstCol and srcCol elements apart,
// and clears the pad elements behind them.
func copyChannels(dst, src []float32, n, channels, pad, dstCol, srcCol int) {
	for q := range n {
		d := dst[q*dstCol:][:channels+pad]
		copy(d, src[q*srcCol:][:channels])
		clear(d[channels:])
	}
}

// addChannels is copyChannels that adds instead of copying.
func addChannels(dst, src []float32, n, channels, pad, dstCol, srcCol int) {
	for q := range n {
		d := dst[q*dstCol:][:channels+pad]
		for c, v := range src[q*srcCol:][:channels] {
			d[c] += v
		}
		clear(d[channels:])
	}
}
