package filter

// tileSide is the height and width of a tile of results. A network for tiles of
// one size serves pictures of any size: it is built once, and memory does not
// grow with the picture.
const tileSide = 128

// Tiling cuts planes of one size into tiles for a network and puts what comes out
// together. Tiles lie in rows; those at the right and at the bottom reach beyond
// the plane, where everything is zero.
type Tiling struct {
	height, width       int // of a plane
	outHeight, outWidth int // of a result
	stepY, stepX        int // from tile to tile, in the plane
	window                  // what a tile has around it
	outY, outX          int // of a tile of results
	channels            int // of the network
}

// Len is the number of tiles of a plane.
func (t *Tiling) Len() int { return t.rows() * t.cols() }

func (t *Tiling) rows() int { return (t.outHeight + t.outY - 1) / t.outY }
func (t *Tiling) cols() int { return (t.outWidth + t.outX - 1) / t.outX }

// InSize and OutSize are the lengths of what the network takes and returns for a
// tile, in floats.
func (t *Tiling) InSize() int {
	return (t.top + t.stepY + t.bottom) * (t.left + t.stepX + t.right)
}

// OutSize is explained at InSize.
func (t *Tiling) OutSize() int { return t.outY * t.outX * t.channels }

// OutShape is that of a plane of results.
func (t *Tiling) OutShape() (height, width int) { return t.outHeight, t.outWidth }

// Cut copies tile i of a plane to dst [InSize].
func (t *Tiling) Cut(dst, plane []float32, i int) {
	clear(dst)
	w := t.left + t.stepX + t.right
	x := i%t.cols()*t.stepX - t.left
	from, to := max(x, 0), min(x+w, t.width)
	for r := range t.top + t.stepY + t.bottom {
		y := i/t.cols()*t.stepY - t.top + r
		if y >= 0 && y < t.height && from < to {
			copy(dst[r*w+from-x:], plane[y*t.width+from:y*t.width+to])
		}
	}
}

// Join copies channel c of the results of tile i, src [OutSize], to its place in
// dst [outHeight][outWidth].
func (t *Tiling) Join(dst, src []float32, i, c int) {
	y0, x0 := i/t.cols()*t.outY, i%t.cols()*t.outX
	for y := range min(t.outY, t.outHeight-y0) {
		row := dst[(y0+y)*t.outWidth+x0:]
		for x := range min(t.outX, t.outWidth-x0) {
			row[x] = src[(y*t.outX+x)*t.channels+c]
		}
	}
}
