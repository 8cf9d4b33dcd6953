package lang

import "slices"

// The convolutions besides conv, and the layers for sequences.

// Options that several convolutions share.
var (
	padOption = Option{Name: "pad", Type: Sides, Default: "valid", Range: "[0, 1024]", Choices: []string{"valid", "same"}, Bare: true,
		Doc: "same: output side is ceil(input/stride); valid: no padding; or zeros as 1, 1x2 (rows x columns) or sides(top=1, left=2, bottom=1, right=2)"}
	strideOption   = Option{Name: "stride", Type: Size, Default: "1x1", Range: kernelRange, Doc: "step between windows; not above 1 together with dilation"}
	dilationOption = Option{Name: "dilation", Type: Size, Default: "1x1", Range: kernelRange, Doc: "step between the cells of the kernel"}
	groupsOption   = Option{Name: "groups", Type: Int, Default: "1", Range: channelRange,
		Doc: "channel groups, of which each output channel sees one; a divisor of both channel counts"}
	multiplierOption = Option{Name: "multiplier", Type: Int, Default: "1", Range: "[1, 1024]", Doc: "filters for each channel, M"}
	sizeOption       = Option{Name: "kernel", Type: Size, Range: kernelRange, Doc: "rows x columns of the kernel"}
	filtersOption    = Option{Name: "filters", Type: Int, Range: channelRange, Doc: "output channels"}
)

var depthwiseLayer = Entry{
	Name: "depthwise", Doc: "depthwise 2-D convolution: each channel has filters of its own, M of them. Initializers count all channels as inputs, as Keras does, so in a deep net without normalization init=variance_scaling(2, fan_out) is the better start",
	Formula: "out[n,y,x,c*M+m] = act(bias[c*M+m] + sum over i,j of in[n, y*sh-top+i*dh, x*sw-left+j*dw, c] * kernel[i,j,c,m])",
	Args:    []Option{sizeOption},
	Options: slices.Concat([]Option{multiplierOption, padOption, strideOption, dilationOption}, weightOptions),
	Example: "depthwise 3x3 same stride=2 relu6", Also: []string{"depthwise_conv", "depthwise_conv2d", "depthwiseconv2d"},
}

var separableLayer = Entry{
	Name: "separable", Doc: "depthwise convolution and at once a 1x1 convolution, with one bias and the activation at the end; stride, padding and dilation are those of the first; init, l1 and l2 those of the 1x1 kernel",
	Formula: "out = conv(depthwise(in, depthwise_kernel), pointwise_kernel) + bias",
	Args:    []Option{filtersOption, sizeOption},
	Options: slices.Concat([]Option{multiplierOption, padOption, strideOption, dilationOption,
		{Name: "depthwise_init", Type: Func, Of: Initializers, Default: "glorot_uniform", Doc: "start values of the depthwise kernel"},
		{Name: "depthwise_l1", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "l1 penalty on the depthwise kernel"},
		{Name: "depthwise_l2", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "l2 penalty on the depthwise kernel"},
		{Name: "depthwise_constraint", Type: Func, Of: Constraints, Optional: true, Doc: "limit of the depthwise kernel, kept by each step"},
	}, weightOptions),
	Example: "separable 64 3x3 same relu", Also: []string{"separable_conv", "separableconv2d", "separable_conv2d"},
}

var deconvLayer = Entry{
	Name: "deconv", Doc: "transposed convolution: each input pixel is spread over a window of the result, which a stride makes larger; the kernel is kept as rows x columns x filters x input channels",
	Formula: "out[n, y*sh+i*dh-top, x*sw+j*dw-left, f] = act(bias[f] + sum over c of in[n,y,x,c] * kernel[i,j,f,c], over all y,x,i,j that meet there)",
	Args:    []Option{filtersOption, sizeOption},
	Options: slices.Concat([]Option{
		{Name: "pad", Type: Choice, Choices: []string{"valid", "same"}, Default: "valid", Bare: true,
			Doc: "same: output side is input*stride, cut from the middle; valid: all of it, (input-1)*stride + the larger of kernel and stride"},
		strideOption, dilationOption,
		{Name: "output_padding", Type: Size, Range: "[0, 1023]", Optional: true, Doc: "rows x columns more at the bottom and right, below the stride; sides then are (input-1)*stride + kernel + output_padding (valid), or with kernel mod 2 in the place of kernel (same)"},
	}, weightOptions),
	Example: "deconv 16 3x3 same stride=2 relu", Also: []string{"conv_transpose", "conv2dtranspose", "conv_transpose2d", "convtranspose", "transposed_conv"},
}

var conv1dLayer = Entry{
	Name: "conv1d", Doc: "1-D convolution (cross-correlation) along a sequence",
	Formula: "out[n,t,f] = act(bias[f] + sum over i,c of in[n, t*s-left+i*d, c] * kernel[i,c,f])",
	Args: []Option{filtersOption,
		{Name: "kernel", Type: Int, Range: kernelRange, Doc: "length of the kernel"}},
	Options: slices.Concat([]Option{
		{Name: "pad", Type: Choice, Choices: []string{"valid", "same", "causal"}, Default: "valid", Bare: true,
			Doc: "same: output length is ceil(input/stride); valid: no padding; causal: zeros before the first value only, so that nothing depends on what comes later"},
		{Name: "stride", Type: Int, Default: "1", Range: kernelRange, Doc: "step between windows; not above 1 together with dilation"},
		{Name: "dilation", Type: Int, Default: "1", Range: kernelRange, Doc: "step between the values of the kernel"},
		groupsOption,
	}, weightOptions),
	Example: "conv1d 32 5 causal relu", Also: []string{"convolution1d"},
}

// pool1d makes the row of a pooling along sequences.
func pool1d(name, doc, size string, also ...string) Entry {
	return Entry{
		Name: name, Doc: doc,
		Args: []Option{{Name: "size", Type: Int, Default: size, Range: kernelRange, Doc: "length of the window"}},
		Options: []Option{
			{Name: "stride", Type: Int, Optional: true, Range: kernelRange, Doc: "step between windows; the length of the window when not given"},
			{Name: "pad", Type: Choice, Choices: []string{"valid", "same"}, Default: "valid", Bare: true, Doc: "as for conv1d"}},
		Example: name + " 2", Also: also,
	}
}
