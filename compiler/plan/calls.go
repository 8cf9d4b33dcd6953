package plan

// IGEMM is an indirect matrix product with an epilogue: convolution forward,
// convolution backward-data (one call a stride phase), dense forward and
// backward. For every example i and output pixel (oy, ox):
//
//	acc[co] = bias[co] + sum over s, k: x[Seg[s]+k] * w[panel][s*SegLen+k][co]
//	x begins at X + i*X.ImageFloats + XOrigin + oy*XRow + ox*XCol
//	acc += Add, then ReLU or Mask, stored at Y + i*Y.ImageFloats + YOrigin + oy*YRow + ox*YCol
//
// Add and Mask are read at the same relative place as Y is written, so their
// buffers have the geometry of Y, and either may be Y itself: an element is read
// before it is written. X is never Y.
type IGEMM struct {
	Info
	X, Y      *Buffer
	W         Weights
	Bias      int // offset in Params, -1 none
	Add, Mask *Buffer
	ReLU      bool

	OutH, OutW          int // output pixels an image
	XOrigin, XRow, XCol int
	YOrigin, YRow, YCol int
	Seg                 []int // relative to the pixel's x
	SegLen              int
	OutC                int // channels to write, a multiple of 8
	Tiles               TilePlan
	// Pool, when set, sends the rows of Tiles.Rows through Strip and pools them
	// into Pool.Y; then Y is the strip: one group of rows, reused.
	Pool *MaxPool
	// ConstPitch > 0 asks for the fully unrolled kernel of short K: then Seg[s]
	// is s*ConstPitch.
	ConstPitch int
}

// Weights is a packed panel array.
type Weights struct {
	Space       Space // Params or Derived
	Offset      int
	PanelFloats int
}

// TilePlan says how the pixels of an image are cut into register tiles.
type TilePlan struct {
	// AcrossImages: one pixel an image (dense); tiles run over the examples of
	// the micro-batch, whose number is known at run time only, with a remainder
	// of 1 to 5.
	AcrossImages bool
	// Rows is the number of output rows one table covers; OutH rows are done in
	// groups of it, the last group may have fewer rows.
	Rows int
	// Full are the tiles of a group of Rows rows, Last those of the last,
	// smaller group (nil when Rows divides OutH).
	Full, Last []Tiles
	// PanelOuter puts the loop over output channels outside the loops over
	// images and row groups: for small images, whose weights outweigh them.
	PanelOuter bool
}

// Tiles is a run of N register tiles of MR pixels each, in row-major order.
type Tiles struct{ MR, N int }

// WGrad adds to the gradients of a kernel and, if DB >= 0, a bias:
//
//	dw[tap*InPad+in][co] += sum over examples and pixels: x[pixel + Taps[tap] + in] * dy[pixel + co]
//	db[co]               += sum over examples and pixels: dy[pixel + co]
//
// for in < In: the rows of padded input channels are left out, and stay zero.
// The k rows in order are those of KRows; with DB alone there are none.
type WGrad struct {
	Info
	X, DY *Buffer
	DW    Weights // Space Grads
	DB    int     // offset in Grads, -1 none

	OutH, OutW             int
	XOrigin, XRow, XCol    int
	DYOrigin, DYRow, DYCol int
	// Taps holds, for each cell of the kernel (each image position for a dense
	// kernel behind flatten), its offset in x relative to the pixel's x.
	Taps      []int
	In, InPad int // input channels, and rows of the panel a tap
	OutC      int // a multiple of 8
	// AcrossImages: one pixel an image (dense).
	AcrossImages bool
	// Rows is the number of output rows in a block, Images the number of images
	// a block spans when Rows >= OutH (small maps); the last blocks may be
	// smaller. Pack copies dy of a block, 8, 16 or 32 channels at a time, into a
	// panel in Scratch first.
	Rows, Images int
	Pack         bool
	Scratch      *Buffer
	Tiles        []Tiles // of KRows; each is one kernel call a block
}

// KRow is one k row of WGrad: where it begins in x, relative to the pixel, and
// its row of the panel.
type KRow struct{ X, Panel int }

// KRows returns the k rows in the order that Tiles cuts up.
func (c *WGrad) KRows() []KRow {
	rows := make([]KRow, 0, len(c.Taps)*c.In)
	for t, x := range c.Taps {
		for in := range c.In {
			rows = append(rows, KRow{X: x + in, Panel: t*c.InPad + in})
		}
	}
	return rows
}

// MaxPool is max pooling. With Mask set it also writes which cell won.
type MaxPool struct {
	Info
	X, Y   *Buffer
	Mask   *Buffer // nil in inference
	KH, KW int
	SH, SW int
	// PadTop, PadLeft: windows reaching outside are clipped, so no halo is read.
	PadTop, PadLeft int
	// ReLU is applied to the result, and to the mask: a maximum that is not
	// above zero marks no cell.
	ReLU bool
}

// MaxPoolGrad sends DY to the winning cells. Overlap (windows share cells)
// adds into DX, otherwise cells are written once. With Overlap, or when cells
// exist that no window covers (Uncovered), the call first clears the pixels of
// DX.
type MaxPoolGrad struct {
	Info
	DY, Mask, DX    *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
	Overlap         bool
	Uncovered       bool
}

// AvgPool is average pooling over the real cells of each window; a global
// average is one window of the whole image.
type AvgPool struct {
	Info
	X, Y            *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
}

// AvgPoolGrad spreads DY evenly. Overlap and Uncovered as in MaxPoolGrad.
type AvgPoolGrad struct {
	Info
	DY, DX          *Buffer
	KH, KW, SH, SW  int
	PadTop, PadLeft int
	Overlap         bool
	Uncovered       bool
}

// Act applies an elementwise function; X and Y may be one buffer. Here and in
// all elementwise calls the buffers have one geometry, and only pixels are
// written (all Cp channels), never the halo.
type Act struct {
	Info
	Func  string
	Alpha float64
	X, Y  *Buffer
}

// ActGrad is DX = DY * Func'(at R), R being the function's output or input as
// codegen/simd documents for each. DX may be DY.
type ActGrad struct {
	Info
	Func      string
	Alpha     float64
	DY, R, DX *Buffer
}

// Dropout applies layer Stream's mask with rate Scalars[Rate]; forward and
// backward alike. X and Y may be one buffer.
type Dropout struct {
	Info
	X, Y   *Buffer
	Rate   int
	Stream int
}

// Add is Y = A + B, with relu when set. Y may be A or B.
type Add struct {
	Info
	A, B, Y *Buffer
	ReLU    bool
}

// CopyChannels copies N channels of every pixel from X at XFrom to Y at YFrom:
// concatenation and its gradient. Accumulate adds instead. When the copied
// channels end at Y.C, the call also clears the padding channels Y.C..Y.Cp-1.
type CopyChannels struct {
	Info
	X, Y            *Buffer
	XFrom, YFrom, N int
	Accumulate      bool
}

// Reshape copies the elements of X in row-major order to Y, whose H, W, C
// differ but hold as many, and clears the padding channels of Y. It is needed
// only where an image with padded channels must become a plain vector or the
// reverse; elsewhere flatten costs nothing.
type Reshape struct {
	Info
	X, Y *Buffer
}

// Load copies the caller's images into a buffer with a halo or with padded
// channels, which it clears.
type Load struct {
	Info
	Y *Buffer
}

// Store copies a vector (1x1xOutputs) to the caller's scores.
type Store struct {
	Info
	X *Buffer
}

// Softmax writes probabilities; X and Y may be one buffer.
type Softmax struct {
	Info
	X, Y *Buffer
}

// LossGrad computes each example's loss and the gradient of the loss with
// respect to X: for softmax_crossentropy X are logits and the probabilities go
// to the caller's scores too; for crossentropy and mse X are scores. DX is
// scaled by the run-time factor 1/batch. DX may be X.
type LossGrad struct {
	Info
	Loss  Loss
	X, DX *Buffer
}

// SoftmaxGrad is DX = Y * (DY - sum over classes of DY*Y) for Y the
// probabilities. DX may be DY.
type SoftmaxGrad struct {
	Info
	DY, Y, DX *Buffer
}

// Zero clears the pixels of a buffer, or only the border around them when
// HaloOnly.
type Zero struct {
	Info
	X        *Buffer
	HaloOnly bool
}

// Transpose remakes derived weights from packed ones: for input-channel panels
// of the forward kernel, rows are (tap, out channel):
//
//	derived[in/16][t*OutPad+out][in%16] = param[out/16][(Taps[t]*InPad+in)][out%16]
//
// for in < Packing.In and out < Packing.Out; the panels over in are
// len(Taps)*OutPad*16 floats long. Other cells are zero and stay zero. A dense
// kernel is seen as Taps [0] with In the run of elements to be written.
type Transpose struct {
	Info
	From    int // offset in Params
	Packing Packing
	To      int // offset in Derived
	Taps    []int
	OutPad  int // channels of dy that a product reads
}
