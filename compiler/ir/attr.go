package ir

// Pad is explicit padding in pixels on each side.
type Pad struct{ Top, Left, Bottom, Right int }

// ConvAttr belongs to conv2d, conv2d_dx, conv2d_dw, deconv2d and their fused
// forms.
// Padding is resolved: "same" has become numbers (spec: layers 0.2).
type ConvAttr struct {
	KH, KW int
	SH, SW int // stride
	DH, DW int // dilation, 1 for none
	Pad    Pad
	// InH, InW are the input size, which the gradient operations cannot derive
	// from their arguments.
	InH, InW int
	// Groups of channels, 0 for one group: output channel f of F belongs to group
	// f/(F/Groups) and reads the channels of that group only. The kernel is
	// [KH KW C/Groups F].
	Groups int
	// Multiplier > 0 makes the convolution depthwise: each channel has a filter of
	// its own, Groups is the number of channels C*Multiplier, and the kernel is
	// written [KH KW C Multiplier], which is the same order of elements. The image
	// has its C channels repeated Multiplier times each (repeat_channels).
	Multiplier int
	// Exact rules out algorithms that round more than the direct one. It is no
	// part of the text form, and so not of hashes: weights fit either way.
	Exact bool
}

// GroupCount is the number of groups, at least 1.
func (a ConvAttr) GroupCount() int { return max(1, a.Groups) }

// RepeatAttr belongs to repeat_channels and sum_channels: how many channels are
// made of one, or one of how many.
type RepeatAttr struct{ Times int }

// PoolAttr belongs to maxpool2d, avgpool2d and their gradients.
type PoolAttr struct {
	KH, KW   int
	SH, SW   int
	Pad      Pad
	InH, InW int
}

// ActAttr belongs to act and act_grad: an elementwise function and its
// parameters (op.Activation.Params), in order. Func is the name in the spec
// (activations): "relu", "sigmoid", ...
type ActAttr struct {
	Func   string
	Params ActParams
}

// ActParams are the parameters of an activation function, 0 behind the last.
type ActParams [3]float64

// DropoutAttr belongs to dropout, which is its own gradient: the same mask is
// drawn again from the layer's Stream and the example's key.
type DropoutAttr struct {
	Rate   int // index into Graph.Scalars
	Stream int // distinct for every dropout layer, from 1
	// Channels numbers the elements for the mask: logical element e counts as
	// e/Channels*pad8(Channels) + e%Channels, its place in an image whose
	// channels are padded to a multiple of 8 (no halo). Behind a flatten it is
	// the image's channel count, so that the mask follows the memory that image
	// and vector share (op.Layouts).
	Channels int
}

// ActivityAttr belongs to activity and activity_grad: indices into Graph.Scalars
// of the factors of sum(|x|) and sum(x^2), -1 for none.
type ActivityAttr struct{ L1, L2 int }

// LossAttr belongs to the losses and their gradients: how many scores there
// are, and the numbers of the loss (op.Loss.Options), in order.
type LossAttr struct {
	Scores  int
	Options LossOptions
}

// LossOptions are the numbers of a loss, 0 behind the last.
type LossOptions [4]float64

// SliceAttr belongs to slice: channels From..From+N-1 of the last axis.
type SliceAttr struct{ From, N int }

// PoolMaskAttr belongs to maxpool2d_mask(x): which cell of each window is the
// first maximum in row-major order. With ReLU set, a window whose maximum is
// not above zero marks no cell: the mask then contains the derivative of the
// relu in front of the pooling.
type PoolMaskAttr struct {
	Pool PoolAttr
	ReLU bool
}

// FusedConvAttr belongs to the operations that pass fuse makes:
// conv2d_fused(x, w[, b][, skip]) is pool(act(conv(x, w) + b + skip)), and
// conv2d_fused_mask, with the same arguments and attribute, is the mask of its
// pooling. The scheduler computes the two in one kernel sequence.
// dense_fused(x, w[, b][, skip]) uses Bias, Add and Act only.
type FusedConvAttr struct {
	Conv ConvAttr
	Bias bool
	Add  bool
	Act  ActAttr // Func "" for none
	Pool *PoolAttr
	// MaskReLU is PoolMaskAttr.ReLU of the mask.
	MaskReLU bool
}

// MaskedAttr belongs to conv2d_dx_masked(dy, w, y) and dense_dx_masked: the
// gradient with respect to the input, multiplied by the derivative of relu at
// its output y.
type MaskedAttr struct{ Conv ConvAttr }

// FrameAttr belongs to zeropad and crop: the pixels added or removed on each
// side.
type FrameAttr struct{ Pad Pad }

// UpsampleAttr belongs to upsample and its gradient: every pixel becomes SH x SW.
type UpsampleAttr struct {
	SH, SW int
	// Bilinear interpolates between the centres of pixels; otherwise pixels are
	// repeated.
	Bilinear bool
}

// PermuteAttr belongs to permute: axis i of the result is axis Axes[i] of the
// operand, counted from 0.
type PermuteAttr struct{ Axes [3]int }

// BinaryAttr belongs to binary and binary_grad: "add", "subtract", "multiply",
// "maximum" or "minimum".
type BinaryAttr struct {
	Func string
	// Operand is, in binary_grad, the operand whose gradient it is: 0 or 1.
	Operand int
	// ReLU applies a relu to the result of a binary.
	ReLU bool
}

// AffineAttr belongs to affine: x*Scale + Offset. Each list has one number for
// all channels or one for each.
type AffineAttr struct{ Scale, Offset []float64 }
