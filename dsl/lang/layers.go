package lang

import "slices"

// Ranges shared by several rows. They are wide enough for any real network and
// narrow enough that no product of three of them overflows.
const (
	channelRange = "[1, 65536]"
	kernelRange  = "[1, 1024]"
	imageRange   = "[1, 16384]"
)

// weightOptions are the options of every layer with a kernel and a bias.
var weightOptions = []Option{
	{Name: "activation", Type: Func, Of: Activations, Default: "linear", Bare: true, Doc: "applied to the result; written as a bare word"},
	{Name: "nobias", Type: Flag, Doc: "no bias weights"},
	{Name: "init", Type: Func, Of: Initializers, Default: "glorot_uniform", Doc: "start values of the kernel"},
	{Name: "bias_init", Type: Func, Of: Initializers, Default: "zeros", Doc: "start values of the bias"},
	{Name: "l1", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty l1*sum(|w|) on the kernel; with l2 the elastic net"},
	{Name: "l2", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty l2*sum(w^2) on the kernel, no factor 1/2"},
	{Name: "trainable", Type: Bool, Default: "true", Doc: "false freezes the weights"},
	{Name: "bias_l1", Type: Float, Optional: true, Range: "[0, inf)", Runtime: true, Doc: "penalty bias_l1*sum(|b|) on the bias"},
	{Name: "bias_l2", Type: Float, Optional: true, Range: "[0, inf)", Runtime: true, Doc: "penalty bias_l2*sum(b^2) on the bias"},
	{Name: "activity_l1", Type: Float, Optional: true, Range: "[0, inf)", Runtime: true, Doc: "penalty activity_l1*sum(|y|) on the result of the layer, the mean over the batch"},
	{Name: "activity_l2", Type: Float, Optional: true, Range: "[0, inf)", Runtime: true, Doc: "penalty activity_l2*sum(y^2) on the result of the layer, the mean over the batch"},
	{Name: "constraint", Type: Func, Of: Constraints, Optional: true, Doc: "limit of the kernel after each update; the norm is that of the weights of one output"},
	{Name: "bias_constraint", Type: Func, Of: Constraints, Optional: true, Doc: "the same for the bias, all of it together"},
}

// keepDims is the option of global pooling.
var keepDims = []Option{{Name: "keepdims", Type: Flag, Doc: "the result is an image of 1 x 1 pixels instead of a vector"}}

// mergeArgs are the values of layers that join some element by element.
var mergeArgs = []Option{{Name: "values", Type: Ref, Variadic: true, Doc: "names of layers; a named current value stands where it is named, otherwise first"}}

// Layers are the layer kinds, in the order of the reference.
var Layers = slices.Concat([]Entry{
	{Name: "input", Doc: "the images, rows x columns x channels, the sequences, length x channels, or the vectors, such as rows of a table; the first line of the net",
		Args:    []Option{{Name: "shape", Type: Shape, Range: imageRange, Doc: "rows x columns x channels, length x channels, or one number, the length of a vector; `features` is how many values the columns of a table become"}},
		Options: []Option{{Name: "exact", Type: Flag, Doc: "every convolution of the net is exact"}},
		Example: "input 28x28x1"},

	{Name: "conv", Doc: "2-D convolution (cross-correlation) over rows and columns",
		Formula: "out[n,y,x,f] = act(bias[f] + sum over i,j,c of in[n, y*sh-top+i*dh, x*sw-left+j*dw, c] * kernel[i,j,c,f])",
		Args:    []Option{filtersOption, sizeOption},
		Options: append([]Option{padOption, strideOption, dilationOption, groupsOption,
			{Name: "exact", Type: Flag, Doc: "direct kernels only, where Winograd's would be faster but round about 2.5 times as much"},
		}, weightOptions...),
		Example: "conv 32 3x3 same stride=2 relu l2=1e-5", Also: []string{"conv2d", "convolution", "convolution2d"}},

	depthwiseLayer, separableLayer, deconvLayer, conv1dLayer,

	{Name: "dense", Doc: "fully connected layer; an image or a sequence needs flatten or globalavgpool before it, or in place of dense conv n 1x1 (conv1d n 1) for the same layer at every pixel",
		Formula: "out[n,u] = act(bias[u] + sum over d of in[n,d] * kernel[d,u])",
		Args:    []Option{{Name: "units", Type: Int, Range: channelRange, Doc: "output length"}},
		Options: weightOptions,
		Example: "dense 128 relu", Also: []string{"linear", "fc", "fully_connected"}},

	{Name: "maxpool", Doc: "largest value of each window; padding is never chosen, of equal values the first in row-major order gets the gradient",
		Args: []Option{{Name: "size", Type: Size, Default: "2x2", Range: kernelRange, Doc: "rows x columns of the window"}},
		Options: []Option{
			{Name: "stride", Type: Size, Optional: true, Range: kernelRange, Doc: "step between windows; the size of the window when not given"},
			{Name: "pad", Type: Choice, Choices: []string{"valid", "same"}, Default: "valid", Bare: true, Doc: "as for conv"}},
		Example: "maxpool 3x3 stride=2 same", Also: []string{"maxpool2d", "max_pool", "maxpooling2d"}},

	{Name: "avgpool", Doc: "mean of each window over its real cells, padding not counted",
		Args: []Option{{Name: "size", Type: Size, Range: kernelRange, Doc: "rows x columns of the window"}},
		Options: []Option{
			{Name: "stride", Type: Size, Optional: true, Range: kernelRange, Doc: "step between windows; the size of the window when not given"},
			{Name: "pad", Type: Choice, Choices: []string{"valid", "same"}, Default: "valid", Bare: true, Doc: "as for conv"}},
		Example: "avgpool 2x2", Also: []string{"avgpool2d", "averagepooling2d", "avg_pool"}},

	pool1d("maxpool1d", "largest value of each window of a sequence; of equal values the first gets the gradient", "2", "max_pool1d", "maxpooling1d"),
	pool1d("avgpool1d", "mean of each window of a sequence over its real values, padding not counted", "", "avg_pool1d", "averagepooling1d"),

	{Name: "globalavgpool", Doc: "mean of each channel over rows and columns, or along a sequence", Formula: "out[n,c] = sum over y,x of in[n,y,x,c] / (H*W)",
		Options: keepDims,
		Example: "globalavgpool", Also: []string{"global_avgpool", "globalaveragepooling2d", "globalaveragepooling1d", "gap"}},

	{Name: "globalmaxpool", Doc: "largest value of each channel over rows and columns, or along a sequence; equal largest cells share the gradient", Formula: "out[n,c] = max over y,x of in[n,y,x,c]",
		Options: keepDims,
		Example: "globalmaxpool", Also: []string{"global_maxpool", "globalmaxpooling2d", "globalmaxpooling1d", "gmp"}},

	{Name: "zeropad", Doc: "a border of zeros around the image; in front of a conv it costs nothing",
		Args:    []Option{{Name: "border", Type: Sides, Default: "1", Range: "[0, 1024]", Doc: "pixels: 1, 1x2 (rows x columns) or sides(top=1, left=2, bottom=1, right=2)"}},
		Example: "zeropad 1x2", Also: []string{"zeropadding2d", "zero_padding", "pad"}},

	{Name: "crop", Doc: "takes a border off the image",
		Args:    []Option{{Name: "border", Type: Sides, Range: "[0, 16384]", Doc: "pixels: 1, 1x2 (rows x columns) or sides(top=1, left=2, bottom=1, right=2)"}},
		Example: "crop sides(top=1, left=2)", Also: []string{"cropping2d", "cropping"}},

	{Name: "upsample", Doc: "every pixel becomes several, copied or interpolated between the centres of pixels",
		Formula: "nearest: out[n,y,x,c] = in[n, floor(y/sh), floor(x/sw), c]; bilinear: in at (y+0.5)/sh - 0.5, (x+0.5)/sw - 0.5, clamped at the edges",
		Args:    []Option{{Name: "size", Type: Size, Default: "2x2", Range: "[1, 1024]", Doc: "rows x columns that a pixel becomes"}},
		Options: []Option{{Name: "interpolation", Type: Choice, Choices: []string{"nearest", "bilinear"}, Default: "nearest", Bare: true, Doc: "how"}},
		Example: "upsample 2x2 bilinear", Also: []string{"upsampling2d", "upsampling", "resize"}},

	{Name: "reshape", Doc: "another shape of the same values, in row-major order; behind reshape 1 1 d an upsample repeats a vector over an image",
		Args:    []Option{{Name: "sizes", Type: Int, Range: "[-1, 268435456]", Variadic: true, Doc: "three for an image, two for a sequence, one for a vector; one of them may be -1, what is left"}},
		Example: "reshape 14 14 -1"},

	{Name: "permute", Doc: "the axes of the image in another order", Formula: "axis i of out is axis axes[i] of in; 1 rows, 2 columns, 3 channels",
		Args:    []Option{{Name: "axes", Type: Int, Range: "[1, 3]", Variadic: true, Doc: "each of 1, 2 and 3 once"}},
		Example: "permute 2 1 3", Also: []string{"transpose"}},

	{Name: "flatten", Doc: "rows x columns x channels as one row-major vector", Formula: "out[n, (y*W+x)*C+c] = in[n,y,x,c]",
		Example: "flatten"},

	{Name: "dropout", Doc: "in training, zeroes each value with probability rate and scales the others; nothing otherwise",
		Formula: "out = in * mask / (1-rate)",
		Args:    []Option{{Name: "rate", Type: Float, Range: "[0, 1]", Runtime: true, Doc: "share of values dropped"}},
		Example: "dropout 0.3"},

	{Name: "spatial_dropout", Doc: "in training, zeroes whole channels with probability rate and scales the others; nothing otherwise",
		Formula: "out = in * mask / (1-rate), one mask for all pixels of a channel",
		Args:    []Option{{Name: "rate", Type: Float, Range: "[0, 1]", Runtime: true, Doc: "share of channels dropped"}},
		Example: "spatial_dropout 0.2", Also: []string{"spatialdropout2d"}},

	{Name: "gaussian_noise", Doc: "in training, adds normal noise of mean 0; nothing otherwise", Formula: "out = in + stddev*z",
		Args:    []Option{{Name: "stddev", Type: Float, Range: "[0, 1]", Runtime: true, Doc: "standard deviation of the noise"}},
		Example: "gaussian_noise 0.1", Also: []string{"gaussiannoise"}},

	{Name: "gaussian_dropout", Doc: "in training, multiplies by normal noise of mean 1; nothing otherwise", Formula: "out = in * (1 + sqrt(rate/(1-rate))*z)",
		Args:    []Option{{Name: "rate", Type: Float, Range: "[0, 1)", Runtime: true, Doc: "as for dropout: mean and variance of the factors are the same"}},
		Example: "gaussian_dropout 0.2", Also: []string{"gaussiandropout"}},

	{Name: "alpha_dropout", Doc: "in training, dropout that keeps mean 0 and variance 1 behind selu; nothing otherwise",
		Formula: "out = a*(in or p) + b, p = -1.7580993408473766, a = 1/sqrt((1-rate)*(1 + rate*p^2)), b = -a*p*rate",
		Args:    []Option{{Name: "rate", Type: Float, Range: "[0, 1)", Runtime: true, Doc: "share of values that become p"}},
		Example: "alpha_dropout 0.1", Also: []string{"alphadropout"}},

	normLayers[0], normLayers[1], normLayers[2],

	{Name: "add", Doc: "sum, element by element, of the current value and the named ones; axes of size 1 stretch, a vector counts as 1 x 1 x channels", Merge: true,
		Args:    mergeArgs,
		Example: "add input"},

	{Name: "subtract", Doc: "the current value minus the named one; axes of size 1 stretch as for add", Merge: true,
		Args:    mergeArgs,
		Example: "subtract input"},

	{Name: "multiply", Doc: "product, element by element; axes of size 1 stretch as for add", Merge: true,
		Args:    mergeArgs,
		Example: "multiply input"},

	{Name: "average", Doc: "mean, element by element; axes of size 1 stretch as for add", Merge: true,
		Args:    mergeArgs,
		Example: "average input"},

	{Name: "maximum", Doc: "largest, element by element; axes of size 1 stretch as for add; where values are equal the first gets the gradient", Merge: true,
		Args:    mergeArgs,
		Example: "maximum input"},

	{Name: "minimum", Doc: "smallest, element by element; axes of size 1 stretch as for add; where values are equal the first gets the gradient", Merge: true,
		Args:    mergeArgs,
		Example: "minimum input"},

	{Name: "concat", Doc: "the current value and the named ones side by side along the channels", Merge: true,
		Args:    []Option{{Name: "values", Type: Ref, Variadic: true, Doc: "names of layers; a named current value stands where it is named, otherwise first"}},
		Example: "concat input", Also: []string{"concatenate", "cat"}},

	{Name: "rescale", Doc: "scales and shifts, in training and inference", Formula: "out = in*scale + offset",
		Args:    []Option{{Name: "scale", Type: Float, Doc: "factor"}},
		Options: []Option{{Name: "offset", Type: Float, Default: "0", Doc: "added behind"}},
		Example: "rescale 1/127.5 offset=-1", Also: []string{"rescaling"}},

	{Name: "normalize", Doc: "to mean 0 and variance 1, by known numbers of the data",
		Formula: "out[n,y,x,c] = (in[n,y,x,c] - mean[c]) / max(sqrt(variance[c]), 1e-7)",
		Options: []Option{
			{Name: "mean", Type: Numbers, Doc: "of all values, or list(...) with one for each channel"},
			{Name: "variance", Type: Numbers, Range: "[0, inf)", Doc: "as mean"},
			{Name: "invert", Type: Flag, Doc: "back again: out = mean + in*max(sqrt(variance), 1e-7)"}},
		Example: "normalize mean=0.5 variance=0.0625", Also: []string{"normalization"}},

	{Name: "prelu", Doc: "relu with a trained slope for negatives, one for each value", Formula: "max(x, 0) - alpha*max(-x, 0)",
		Options: []Option{
			{Name: "shared", Type: Flag, Doc: "one slope for each channel, for all rows and columns"},
			{Name: "init", Type: Func, Of: Initializers, Default: "zeros", Doc: "start values of the slopes"},
			{Name: "l1", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty l1*sum(|alpha|)"},
			{Name: "l2", Type: Float, Default: "0", Range: "[0, inf)", Runtime: true, Doc: "penalty l2*sum(alpha^2)"},
			{Name: "trainable", Type: Bool, Default: "true", Doc: "false freezes the slopes"}},
		Example: "prelu shared", Also: []string{"parametric_relu"}},
}, activationLayers, []Entry{
	// Known to the language, not compiled by this version.
	{Name: "sparsemax", Later: true, Activation: true, Doc: "a softmax that makes small probabilities 0", Also: []string{"sparse_max"}},
})
