package support

// reshapeImage copies an image in row-major order to another of as many elements.
// Sizes are those of the images, d of the one written and s of the one read, and
// strides those of rows and columns; pad channels behind each pixel are cleared.
func reshapeImage(dst, src []float32, dH, dW, dC, pad, dRow, dCol, sW, sC, sRow, sCol int) {
	row, col, ch := 0, 0, 0 // the next element read
	for r := range dH {
		for q := range dW {
			d := dst[r*dRow+q*dCol:][:dC+pad]
			for done := 0; done < dC; {
				n := copy(d[done:dC], src[row*sRow+col*sCol+ch:][:sC-ch])
				done += n
				if ch += n; ch == sC {
					ch = 0
					if col++; col == sW {
						col, row = 0, row+1
					}
				}
			}
			clear(d[dC:])
		}
	}
}

// permuteImage copies an image of h x w pixels of c channels whose element
// (r, q, k) is src[r*s0+q*s1+k*s2], and clears pad channels behind each pixel.
func permuteImage(dst, src []float32, h, w, c, pad, dRow, dCol, s0, s1, s2 int) {
	for r := range h {
		for q := range w {
			d := dst[r*dRow+q*dCol:][:c+pad]
			s := src[r*s0+q*s1:]
			if s2 == 1 {
				copy(d[:c], s)
			} else {
				for k := range c {
					d[k] = s[k*s2]
				}
			}
			clear(d[c:])
		}
	}
}

// between finds the cells that output i of an axis lies between, when each of n
// cells becomes size outputs: the first, the distance to the second, which is 0
// beyond the centres of the outer cells, and the weight of the second.
func between(i, size, n int) (first, next int, weight float32) {
	at := 2*i + 1 + size // in halves of an output, a cell before the first
	first = at/(2*size) - 1
	switch {
	case first < 0:
		return 0, 0, 0
	case first >= n-1:
		return n - 1, 0, 0
	}
	return first, 1, float32(at%(2*size)) / float32(2*size)
}

// scaleChannels copies n pixels, each value times the scale of its channel plus its
// offset, to pixels col elements apart, and clears what is behind their channels.
func scaleChannels(dst, src, scale, offset []float32, n, col int) {
	for q := range n {
		d := dst[q*col:][:col]
		s := src[q*len(scale):][:len(scale)]
		for c, v := range s {
			d[c] = v*scale[c] + offset[c]
		}
		clear(d[len(s):])
	}
}
