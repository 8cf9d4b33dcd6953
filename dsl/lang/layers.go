package lang

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
	{Name: "constraint", Type: Func, Of: Constraints, Optional: true, Doc: "limit of the kernel after each update; the norm is that of the weights of one output"},
	{Name: "bias_constraint", Type: Func, Of: Constraints, Optional: true, Doc: "the same for the bias, all of it together"},
}

// Layers are the layer kinds, in the order of the reference.
var Layers = []Entry{
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
		Example: "globalavgpool", Also: []string{"global_avgpool", "globalaveragepooling2d", "globalaveragepooling1d", "gap"}},

	{Name: "flatten", Doc: "rows x columns x channels as one row-major vector", Formula: "out[n, (y*W+x)*C+c] = in[n,y,x,c]",
		Example: "flatten"},

	{Name: "dropout", Doc: "in training, zeroes each value with probability rate and scales the others; nothing otherwise",
		Formula: "out = in * mask / (1-rate)",
		Args:    []Option{{Name: "rate", Type: Float, Range: "[0, 1)", Runtime: true, Doc: "share of values dropped"}},
		Example: "dropout 0.3"},

	{Name: "add", Doc: "sum, element by element, of the current value and the named ones; shapes must be equal", Merge: true,
		Args:    []Option{{Name: "values", Type: Ref, Variadic: true, Doc: "names of layers"}},
		Example: "add input"},

	{Name: "concat", Doc: "the current value and the named ones side by side along the channels", Merge: true,
		Args:    []Option{{Name: "values", Type: Ref, Variadic: true, Doc: "names of layers; a named current value stands where it is named, otherwise first"}},
		Example: "concat input", Also: []string{"concatenate", "cat"}},

	{Name: "relu", Activation: true, Doc: "rectified linear unit", Formula: "max(x, 0)", Example: "relu"},
	{Name: "leaky_relu", Activation: true, Doc: "relu with a slope for negatives", Formula: "x if x > 0 else alpha*x",
		Args:    []Option{{Name: "alpha", Type: Float, Default: "0.3", InWord: "0.2", Range: "[0, inf)", Doc: "slope for negatives"}},
		Example: "leaky_relu 0.1", Also: []string{"lrelu", "leakyrelu"}},
	{Name: "relu6", Activation: true, Doc: "relu cut at 6", Formula: "min(max(x, 0), 6)", Example: "relu6"},
	{Name: "elu", Activation: true, Doc: "exponential linear unit", Formula: "x if x > 0 else alpha*(e^x - 1)",
		Args:    []Option{{Name: "alpha", Type: Float, Default: "1", Range: "[0, inf)", Doc: "scale for negatives"}},
		Example: "elu"},
	{Name: "selu", Activation: true, Doc: "scaled exponential linear unit", Formula: "S*x if x > 0 else S*A*(e^x - 1), A = 1.6732632423543772, S = 1.0507009873554805", Example: "selu"},
	{Name: "sigmoid", Activation: true, Doc: "logistic function", Formula: "1 / (1 + e^-x)", Example: "sigmoid", Also: []string{"logistic"}},
	{Name: "tanh", Activation: true, Doc: "hyperbolic tangent", Formula: "tanh x", Example: "tanh"},
	{Name: "softplus", Activation: true, Doc: "smooth relu", Formula: "ln(1 + e^x)", Example: "softplus"},
	{Name: "softsign", Activation: true, Doc: "a tanh with slow tails", Formula: "x / (1 + |x|)", Example: "softsign"},
	{Name: "silu", Activation: true, Doc: "sigmoid-weighted linear unit", Formula: "x / (1 + e^-x)", Example: "silu", Also: []string{"swish"}},
	{Name: "gelu", Activation: true, Doc: "Gaussian error linear unit", Formula: "x * (1 + erf(x/sqrt 2)) / 2",
		Options: []Option{{Name: "approximate", Type: Flag, Doc: "the tanh form instead of the exact one"}},
		Example: "gelu"},
	{Name: "exponential", Activation: true, Doc: "exponential function", Formula: "e^x", Example: "exponential", Also: []string{"exp"}},
	{Name: "hard_sigmoid", Activation: true, Doc: "piecewise linear sigmoid", Formula: "min(max(x+3, 0), 6) / 6", Example: "hard_sigmoid"},
	{Name: "softmax", Activation: true, Doc: "positive values with sum 1 along the last axis", Formula: "e^(x_i - m) / sum over j of e^(x_j - m), m = max x", Example: "softmax"},

	// Known to the language, not compiled by this version.
	{Name: "batchnorm", Later: true, Doc: "batch normalization", Also: []string{"batch_norm", "batchnormalization", "bn"}},
	{Name: "layernorm", Later: true, Doc: "layer normalization", Also: []string{"layer_norm"}},
	{Name: "groupnorm", Later: true, Doc: "group normalization", Also: []string{"group_norm"}},
	{Name: "upsample", Later: true, Doc: "larger images by repetition or interpolation", Also: []string{"upsampling2d", "upsampling"}},
	{Name: "globalmaxpool", Later: true, Doc: "largest value of each channel", Also: []string{"global_maxpool", "globalmaxpooling2d"}},
	{Name: "zeropad", Later: true, Doc: "a border of zeros", Also: []string{"zeropadding2d"}},
	{Name: "crop", Later: true, Doc: "removes a border", Also: []string{"cropping2d"}},
	{Name: "reshape", Later: true, Doc: "another shape of the same values"},
	{Name: "permute", Later: true, Doc: "another order of the axes"},
	{Name: "spatial_dropout", Later: true, Doc: "drops whole channels", Also: []string{"spatialdropout2d"}},
	{Name: "alpha_dropout", Later: true, Doc: "dropout that keeps mean and variance"},
	{Name: "gaussian_dropout", Later: true, Doc: "multiplies by noise of mean 1"},
	{Name: "gaussian_noise", Later: true, Doc: "adds noise of mean 0"},
	{Name: "subtract", Later: true, Merge: true, Doc: "difference of two values"},
	{Name: "multiply", Later: true, Merge: true, Doc: "product of values"},
	{Name: "average", Later: true, Merge: true, Doc: "mean of values"},
	{Name: "maximum", Later: true, Merge: true, Doc: "largest of values"},
	{Name: "minimum", Later: true, Merge: true, Doc: "smallest of values"},
	{Name: "prelu", Later: true, Doc: "relu with a learned slope for negatives"},
	{Name: "hard_silu", Later: true, Activation: true, Doc: "piecewise silu", Also: []string{"hard_swish"}},
	{Name: "hard_tanh", Later: true, Activation: true, Doc: "clipped identity"},
	{Name: "mish", Later: true, Activation: true, Doc: "x * tanh(softplus x)"},
	{Name: "celu", Later: true, Activation: true, Doc: "continuously differentiable elu"},
	{Name: "log_sigmoid", Later: true, Activation: true, Doc: "logarithm of sigmoid"},
	{Name: "log_softmax", Later: true, Activation: true, Doc: "logarithm of softmax"},
	{Name: "rescale", Later: true, Doc: "scales and shifts inside the net"},
}
