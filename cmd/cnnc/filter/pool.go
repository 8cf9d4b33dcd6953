package filter

import (
	"fmt"
	"strconv"
	"strings"
)

// maxPool is the most rows or columns of a pooling window.
const maxPool = 64

// Pool is a pooling whose windows do not overlap. Rows and columns that fill no
// window are left out, as a pooling layer without padding does.
type Pool struct {
	Kind       string // "max" or "avg"
	Rows, Cols int
}

// ParsePool reads the two words of a pooling: max or avg, and a size such as 2x2.
func ParsePool(kind, size string) (*Pool, error) {
	if kind != "max" && kind != "avg" {
		return nil, fmt.Errorf("the pooling %q is neither max nor avg", kind)
	}
	r, c, ok := strings.Cut(size, "x")
	rows, err := strconv.Atoi(r)
	cols, err2 := strconv.Atoi(c)
	if !ok || err != nil || err2 != nil || rows < 1 || cols < 1 || rows > maxPool || cols > maxPool {
		return nil, fmt.Errorf("the pooling window %q is no size; want rows x columns such as 2x2, sides in 1..%d", size, maxPool)
	}
	return &Pool{kind, rows, cols}, nil
}

// String is as in titles: "max pool 2x2".
func (p *Pool) String() string { return fmt.Sprintf("%s pool %dx%d", p.Kind, p.Rows, p.Cols) }

// Model is the network: a tile of whole windows in, their results out.
func (p *Pool) Model() string {
	y, x := p.windows()
	return fmt.Sprintf(`cnn 1

model pool

net {
    input %dx%dx1
    %spool %dx%d
    flatten
}
`, y*p.Rows, x*p.Cols, p.Kind, p.Rows, p.Cols)
}

// windows are those of a tile.
func (p *Pool) windows() (y, x int) {
	return max(1, tileSide/p.Rows), max(1, tileSide/p.Cols)
}

// Tiling cuts planes of this size for the network. Planes smaller than a window
// are an error.
func (p *Pool) Tiling(height, width int) (*Tiling, error) {
	if height < p.Rows || width < p.Cols {
		return nil, fmt.Errorf("%s: the picture of %dx%d is smaller than a window", p, height, width)
	}
	y, x := p.windows()
	return &Tiling{
		height: height, width: width, outHeight: height / p.Rows, outWidth: width / p.Cols,
		stepY: y * p.Rows, stepX: x * p.Cols, outY: y, outX: x, channels: 1,
	}, nil
}
