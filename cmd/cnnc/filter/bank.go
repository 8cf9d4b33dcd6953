package filter

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/weights"
)

// Bank is the kernels of some filters as one convolution: a filter of the
// network for each kernel, in a window that holds them all.
type Bank struct {
	window
	kernels   []Kernel
	at        []window // of each kernel
	filters   int      // of the network, at least as many as kernels
	correlate bool
}

// window says how far a kernel reaches around the pixel that it computes.
type window struct{ top, left, bottom, right int }

// reach is the window of a kernel. Convolution has the centre of even kernels
// where scipy.signal.convolve2d has it in mode "same": the result is the middle of
// the full convolution, rounded up and to the left. Seen from the picture, which
// the kernel meets turned, one more row lies above than below. Correlation is a
// conv layer with same padding: one more row lies below.
func reach(k *Kernel, correlate bool) window {
	w := window{top: k.Rows / 2, left: k.Cols / 2}
	if correlate {
		w.top, w.left = (k.Rows-1)/2, (k.Cols-1)/2
	}
	w.bottom, w.right = k.Rows-1-w.top, k.Cols-1-w.left
	return w
}

// maxKernels is the most kernels of a bank; sobel and prewitt have two.
const maxKernels = 64

// NewBank joins the kernels of filters.
func NewBank(filters []*Filter, correlate bool) (*Bank, error) {
	b := &Bank{correlate: correlate, filters: 1}
	for _, f := range filters {
		for i := range f.Kernels {
			w := reach(&f.Kernels[i], correlate)
			b.kernels, b.at = append(b.kernels, f.Kernels[i]), append(b.at, w)
			b.top, b.left = max(b.top, w.top), max(b.left, w.left)
			b.bottom, b.right = max(b.bottom, w.bottom), max(b.right, w.right)
		}
	}
	if len(b.kernels) == 0 || len(b.kernels) > maxKernels {
		return nil, fmt.Errorf("%d kernels; want 1..%d, where sobel and prewitt count twice", len(b.kernels), maxKernels)
	}
	// Few different programs: a kernel more or another matrix seldom needs a build.
	for b.filters < len(b.kernels) {
		b.filters *= 2
	}
	return b, nil
}

func (b *Bank) rows() int { return b.top + 1 + b.bottom }
func (b *Bank) cols() int { return b.left + 1 + b.right }

// Model is the network: one tile and its surroundings in, a tile for each kernel
// out, channels fastest. Convolutions are exact: no Winograd, so that whole
// numbers stay whole.
func (b *Bank) Model() string {
	return fmt.Sprintf(`cnn 1

model filter

net {
    input %dx%dx1
    bank = conv %d %dx%d nobias exact
    flatten
}
`, tileSide+b.rows()-1, tileSide+b.cols()-1, b.filters, b.rows(), b.cols())
}

// Weights are those of the network. Convolution meets the picture with the kernel
// turned by half a turn.
func (b *Bank) Weights() *weights.File {
	rows, cols := b.rows(), b.cols()
	w := make([]float32, rows*cols*b.filters) // [rows][cols][1][filters]
	for f := range b.kernels {
		k, at := &b.kernels[f], b.at[f]
		for i := range k.Rows {
			for j := range k.Cols {
				v := k.At(i, j)
				if !b.correlate {
					v = k.At(k.Rows-1-i, k.Cols-1-j)
				}
				y, x := b.top-at.top+i, b.left-at.left+j
				w[(y*cols+x)*b.filters+f] = v
			}
		}
	}
	return &weights.File{Tensors: []weights.Tensor{{Name: "bank.kernel", Shape: []int{rows, cols, 1, b.filters}, Data: w}}}
}

// Tiling cuts planes of this size for the network.
func (b *Bank) Tiling(height, width int) *Tiling {
	return &Tiling{
		height: height, width: width, outHeight: height, outWidth: width,
		stepY: tileSide, stepX: tileSide, window: b.window,
		outY: tileSide, outX: tileSide, channels: b.filters,
	}
}

// Kernels is the number of kernels; outputs of the network beyond it are zero.
func (b *Bank) Kernels() int { return len(b.kernels) }
