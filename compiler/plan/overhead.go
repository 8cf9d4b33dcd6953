package plan

import "github.com/cnnc/cnnc/compiler/target"

// Nanoseconds of one Zen 5 core that no vectors shorten, measured one call at a time.
const (
	// callNanos is what beginning a call of a plan takes, its operands in the cache:
	// storing ten scores takes 10, ten probabilities 27.
	callNanos = 15
	// kernelNanos is what a call of an assembled kernel takes, with its arguments and the
	// mode of subnormal numbers, which it sets and restores.
	kernelNanos = 7
	// rowNanos is what beginning to copy or clear a row takes. A border of 28 rows of 8
	// bytes takes 32 beside the call, 28 rows of an image 70.
	clearNanos, copyNanos = 0.8, 2
	// lossNanos is what an example takes in a loss, with the logarithm of a sum.
	lossNanos = 8
)

// overhead is the nanoseconds of a call for a micro-batch that no vectors shorten.
func overhead(c Call, micro int) float64 {
	n := float64(micro)
	each := 0.0 // of an example
	switch c := c.(type) {
	case *IGEMM:
		return callNanos + kernelNanos*float64(c.kernels(micro))
	case *WGrad:
		return callNanos + kernelNanos*float64(c.kernels(micro))
	case *Zero:
		each = clearNanos * float64(c.X.H+1)
	case *Load:
		each = copyNanos * float64(c.Y.H)
	case *Store:
		each = copyNanos
	case *LossGrad:
		each = lossNanos + float64(c.Loss.Outputs)*c.Loss.GradNanos
		if c.Loss.Softmax {
			each += softmaxRow
		}
	case *LossValue:
		each = lossNanos + float64(c.Loss.Outputs)*c.Loss.Nanos
	case *Softmax:
		each = softmaxRow * float64(c.X.H*c.X.W)
	}
	return callNanos + n*each
}

// softmaxRow is what a row of scores takes beside their exponentials, which softmaxWork
// has.
const softmaxRow = 8

// kernels is the number of kernel calls for a micro-batch.
func (c *IGEMM) kernels(micro int) int {
	runs, _, panels := c.Runs()
	if c.Narrow > 0 || c.Groups.Depthwise() {
		panels = 1
	}
	if c.Tiles.AcrossImages {
		return runs * panels * len(target.SplitTiles(micro))
	}
	tiles := len(c.Tiles.Full)
	if c.Window.On() {
		tiles = len(c.Window.Tiles)
	}
	groups := (c.OutH + c.Tiles.Rows - 1) / c.Tiles.Rows
	n := runs * panels * groups * max(1, tiles)
	if c.Pool != nil {
		n += groups
	}
	return micro * n
}

// kernels is the number of kernel calls for a micro-batch.
func (c *WGrad) kernels(micro int) int {
	panels := (c.OutC + 15) / 16
	if c.Narrow > 0 || c.Groups.Depthwise() {
		panels = 1
	}
	return c.blocks(micro) * panels * max(1, len(c.Tiles), len(c.Window.Passes)*len(c.Window.Tiles))
}

// blocks is the number of blocks of pixels that a micro-batch makes.
func (c *WGrad) blocks(micro int) int {
	return (micro + c.Images - 1) / c.Images * ((c.OutH + c.Rows - 1) / c.Rows)
}
