package plantest

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// Net is a small network with a loss, as lowering makes it.
type Net struct {
	Name string
	// What it is there for.
	Why   string
	Graph *ir.Graph
}

// Nets are fixed networks of odd shapes, each for the sake of one thing that
// layouts, schedules or emitters may get wrong.
func Nets() []Net {
	return append([]Net{
		build("plain", "conv, relu, pool, dense: the common case", ir.Shape{9, 7, 1}, func(n *Chain) {
			n.Conv(12, 3, 3, Same).Relu().Conv(24, 3, 3, Same).Relu().MaxPool(2, 2).Flatten().Dense(10)
		}),
		build("twostage", "pooling in a strip of several groups, odd rows dropped", ir.Shape{21, 23, 3}, func(n *Chain) {
			n.Conv(8, 5, 5, Same).Relu().MaxPool(2, 2).Conv(17, 3, 3, Valid).Relu().MaxPool(2, 3).Flatten().Dense(33).Relu().Dense(4)
		}),
		build("strided", "strides in both axes, one beyond the kernel", ir.Shape{13, 11, 2}, func(n *Chain) {
			n.ConvStride(9, 3, 3, 2, 1, Same).Relu().ConvStride(11, 2, 1, 3, 2, Valid).Relu().ConvStride(8, 3, 2, 1, 2, Same).Flatten().Dense(5)
		}),
		build("haloflat", "a dense layer reads an image kept with a border", ir.Shape{6, 5, 5}, func(n *Chain) {
			n.Conv(9, 3, 3, Same).Relu().Conv(7, 3, 3, Same).Relu().Flatten().Dense(6)
		}),
		build("dilated", "dilation and even kernels", ir.Shape{12, 10, 4}, func(n *Chain) {
			n.ConvDilated(10, 3, 3, 2, Same).Act("tanh").Conv(5, 2, 4, Same).Act("leaky_relu", 0.1).GlobalAvgPool().Dense(3)
		}),
		build("overlap", "overlapping, clipped and gapped windows", ir.Shape{15, 14, 8}, func(n *Chain) {
			n.Conv(8, 1, 1, Valid).Relu().Pool("maxpool2d", 3, 3, 2, 2, Same).Conv(12, 3, 3, Same).Pool("avgpool2d", 3, 2, 2, 2, Same).
				Pool("maxpool2d", 2, 1, 3, 2, Valid).Flatten().Dense(7)
		}),
		build("residual", "skips with and without projection, gradients that meet", ir.Shape{8, 8, 3}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu()
			a := n.V
			n.Conv(16, 3, 3, Same).Relu().Conv(16, 3, 3, Same).Add(a).Relu()
			b := n.V
			n.Conv(20, 1, 1, Same)
			p := n.V
			n.V = b
			n.Conv(20, 3, 3, Same).Relu().Conv(20, 3, 3, Same).Add(p).Relu().GlobalAvgPool().Dense(4)
		}),
		build("branch", "gradients that meet behind a pooling", ir.Shape{11, 12, 1}, func(n *Chain) {
			n.Conv(9, 3, 3, Same).Relu().MaxPool(2, 2)
			p := n.V
			n.Conv(12, 3, 3, Same)
			q := n.V
			n.V = p
			n.Conv(12, 2, 2, Same).Add(q).Relu().Flatten().Dense(5)
		}),
		build("addact", "additions that no convolution can swallow", ir.Shape{7, 6, 8}, func(n *Chain) {
			n.Conv(8, 3, 3, Same).Relu()
			a := n.V
			n.MaxPoolSame(3).Add(a).Relu().Add(a).Flatten().Dense(3)
		}),
		build("concat", "branches joined at channels that are no multiple of 8", ir.Shape{9, 9, 3}, func(n *Chain) {
			x := n.V
			n.Conv(4, 1, 1, Same).Relu()
			a := n.V
			n.V = x
			n.Conv(9, 3, 3, Same).Relu()
			b := n.V
			n.V = x
			n.MaxPoolSame(3).Conv(5, 1, 1, Same)
			n.Concat(a, b, n.V).Conv(7, 3, 3, Same).Relu().Flatten().Dense(5)
		}),
		build("dropout", "masks on the input, on images and behind flatten", ir.Shape{10, 9, 3}, func(n *Chain) {
			n.Dropout(0.2).Conv(12, 3, 3, Same).Relu().MaxPool(2, 2).Dropout(0.4).Conv(11, 3, 3, Same).Relu().Flatten().Dropout(0.3).Dense(9).Relu().Dropout(0.5).Dense(3)
		}),
		build("activity", "penalties of activities, with and without padded channels and borders", ir.Shape{7, 6, 3}, func(n *Chain) {
			n.Conv(8, 3, 3, Same).Relu().Activity(0.01, 0.02).Conv(5, 3, 3, Same).Act("sigmoid").Activity(0, 0.03).MaxPool(2, 2)
			n.Conv(16, 2, 2, Valid).Activity(0.04, 0).Flatten().Dense(11).Act("tanh").Activity(0.05, 0.01).Dense(3)
		}),
		build("vector", "a flattened image meets a plain vector", ir.Shape{4, 3, 2}, func(n *Chain) {
			n.Conv(5, 3, 3, Same).Relu().Flatten()
			v := n.V
			n.Dense(60).Relu().Add(v).Dense(30).Relu().Dense(6)
		}),
		build("image", "an image of 3 channels is the output", ir.Shape{6, 5, 3}, func(n *Chain) {
			n.End, n.Loss = "", "mean_squared_error"
			n.Conv(10, 3, 3, Same).Relu().Conv(3, 3, 3, Same).Act("sigmoid").Flatten()
		}),
		build("softmse", "a softmax that is not joined with its loss", ir.Shape{5, 5, 1}, func(n *Chain) {
			n.Loss = "mean_squared_error"
			n.Conv(8, 3, 3, Valid).Act("silu").Flatten().Dense(11)
		}),
		build("attention", "softmax over channels, with a border around the result, in place and elsewhere", ir.Shape{5, 6, 3}, func(n *Chain) {
			n.Conv(9, 3, 3, Same).Op("softmax")
			weights := n.V
			n.Conv(9, 3, 3, Same).Op("log_softmax").Conv(9, 3, 3, Same).Binary("multiply", weights).Op("softmax").Op("log_softmax").Flatten().Dense(11).Op("softmax").Dense(5)
		}),
		build("logsoftmax", "logarithms of probabilities and the loss of logits, several images of one pixel", ir.Shape{1, 1, 9}, func(n *Chain) {
			n.End, n.Loss = "log_softmax", "softmax_crossentropy"
			n.Conv(7, 1, 1, Same).Op("softmax").Flatten().Dense(5)
		}),
		build("logscores", "logarithms of probabilities that are no logits", ir.Shape{3, 2, 2}, func(n *Chain) {
			n.End, n.Loss = "log_softmax", "mean_squared_error"
			n.Flatten().Dense(4)
		}),
		build("sigmoid", "padding channels that are not zero, crossentropy of scores that are no softmax", ir.Shape{5, 4, 1}, func(n *Chain) {
			n.End = ""
			n.Conv(5, 3, 3, Same).Act("sigmoid").Conv(6, 2, 2, Same).Act("hard_sigmoid").Flatten().Dense(6).Act("gelu").Dense(3).Act("sigmoid")
		}),
		build("activations", "every activation function, branch by branch", ir.Shape{4, 7, 3}, func(n *Chain) {
			x := n.V
			var branches []*ir.Value
			for _, f := range op.Activations() {
				n.V = x
				n.Conv(5, 2, 3, Same).Act(f.Name, f.Sample...)
				branches = append(branches, n.V)
			}
			n.Concat(branches...).GlobalAvgPool().Dense(4)
		}),
		build("linear", "one dense layer on the caller's images", ir.Shape{3, 5, 3}, func(n *Chain) { n.Flatten().Dense(2) }),
		build("wide", "more pixels than one table holds, kernels longer than the image is high", ir.Shape{3, 300, 1}, func(n *Chain) {
			n.Conv(8, 3, 7, Same).Relu().Conv(9, 5, 3, Same).Relu().MaxPool(3, 2).Flatten().Dense(2)
		}),
		build("strips", "a strip of several groups, the last one smaller", ir.Shape{19, 17, 2}, func(n *Chain) {
			n.Conv(40, 3, 3, Same).Relu().Conv(8, 5, 5, Same).Relu().MaxPool(2, 2).GlobalAvgPool().Dense(3)
		}),
		build("deep", "weights that outweigh the image, gradients worth packing, no bias", ir.Shape{6, 5, 8}, func(n *Chain) {
			n.Bare(88, 3, 3, Same).Relu().Conv(100, 3, 3, Same).Relu().Bare(64, 1, 1, Same).Flatten().Dense(5)
		}),
		fast("batchnorm", "statistics of the batch behind convolutions, one of them Winograd's, an addition, poolings, dense and flatten", ir.Shape{9, 8, 3}, func(n *Chain) {
			n.Norm("gamma beta").Bare(16, 3, 3, Same).Norm("gamma beta").Relu()
			a := n.V
			n.Bare(16, 3, 3, Same).Norm("beta").Add(a).Relu().MaxPool(2, 2).Norm("").
				Conv(11, 3, 2, Same).Act("tanh").Norm("gamma").Flatten().Norm("gamma beta").Dense(9).Norm("gamma beta").Relu().Dense(4)
		}),
		fast("normskip", "batchnorm with additions, projections and a frozen one", ir.Shape{7, 8, 2}, func(n *Chain) {
			n.Bare(16, 3, 3, Same).Norm("gamma beta").Relu()
			a := n.V
			n.Bare(16, 3, 3, Same).Norm("gamma beta").Relu().Bare(16, 3, 3, Same).Norm("gamma beta").Add(a).Relu()
			b := n.V
			n.Bare(20, 1, 1, Same).Norm("gamma beta")
			p := n.V
			n.V = b
			n.Bare(20, 3, 3, Same).Norm("frozen").Relu().Bare(20, 3, 3, Same).Norm("gamma beta").Add(p).Relu().Norm("frozen").GlobalAvgPool().Dense(4)
		}),
		build("examplenorm", "layer and group normalization of images and vectors, channels that are no multiple of 8", ir.Shape{6, 5, 3}, func(n *Chain) {
			n.ExampleNorm("layernorm", 0, "gamma").Conv(12, 3, 3, Same).ExampleNorm("groupnorm", 3, "gamma beta").Relu().
				Conv(11, 2, 2, Same).ExampleNorm("layernorm", 0, "gamma beta").Relu().Conv(11, 3, 3, Same).ExampleNorm("groupnorm", 11, "gamma").
				ExampleNorm("groupnorm", 1, "").ExampleNorm("layernorm", 0, "beta").Flatten().ExampleNorm("layernorm", 0, "gamma beta").
				Dense(35).ExampleNorm("groupnorm", 7, "gamma beta").Relu().ExampleNorm("layernorm", 0, "").Dense(4)
		}),
		fast("winograd", "Winograd with pooling, blocks of several images", ir.Shape{15, 18, 3}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu().Conv(32, 3, 3, Same).Relu().MaxPool(2, 2).Conv(16, 3, 3, Same).Relu().Flatten().Dense(5)
		}),
		fast("winogradskip", "Winograd with additions, in both directions", ir.Shape{7, 10, 2}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu()
			a := n.V
			n.Conv(16, 3, 3, Same).Relu().Conv(16, 3, 3, Same).Add(a).Relu().Flatten().Dense(4)
		}),
		fast("winogradwide", "Winograd in several rows of tiles, a strip with a smaller last group, no padding", ir.Shape{20, 75, 1}, func(n *Chain) {
			n.Conv(16, 3, 3, Valid).Relu().Conv(16, 3, 3, Valid).Relu().MaxPool(2, 2).Conv(16, 3, 3, Valid).Act("tanh").GlobalAvgPool().Dense(3)
		}),
		fast("winogradsizes", "Winograd on maps of 7 to 65 pixels a side, of which most end within a tile", ir.Shape{17, 67, 1}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu().Conv(16, 3, 3, Valid).Relu().Conv(16, 3, 3, Valid).Relu().MaxPool(1, 2).
				Conv(16, 3, 3, Same).Relu().Conv(16, 3, 3, Valid).Relu().Bare(16, 3, 3, Valid).Relu().Conv(16, 3, 3, Valid).Relu().Flatten().Dense(3)
		}),
		fast("winogradodd", "Winograd on channels that are no whole panels, and some that stay padding", ir.Shape{9, 10, 1}, func(n *Chain) {
			n.Conv(8, 3, 3, Same).Relu().Conv(20, 3, 3, Same).Relu().Conv(24, 3, 3, Valid).Act("sigmoid").Bare(37, 3, 3, Same).Relu().MaxPool(2, 2).Flatten().Dense(3)
		}),
		fast("winogradsmall", "Winograd in tiles of 2x2: tiny maps, with a pooling, an addition and padding", ir.Shape{6, 6, 1}, func(n *Chain) {
			n.Conv(24, 1, 1, Same).Relu().Conv(24, 3, 3, Same).Relu().MaxPool(2, 2).MaxPoolSame(2)
			a := n.V
			n.Conv(24, 3, 3, Same).Relu().Conv(24, 3, 3, Same).Add(a).Relu().MaxPool(2, 1).Conv(16, 3, 3, Same).Relu().Flatten().Dense(3)
		}),
		fast("winogradgroups", "weight gradients of so many channels that their sums are made in groups", ir.Shape{4, 3, 3}, func(n *Chain) {
			n.Conv(264, 1, 1, Same).Relu().Conv(256, 3, 3, Same).Relu().GlobalAvgPool().Dense(3)
		}),
		build("groups", "groups that share vectors of channels, and groups of whole panels", ir.Shape{7, 6, 6}, func(n *Chain) {
			n.Grouped(12, 3, 2, 1, 3).Relu().Grouped(20, 3, 3, 2, 4).Act("tanh").Grouped(32, 2, 3, 1, 2).Relu().
				Grouped(48, 3, 1, 1, 2).Relu().Grouped(16, 3, 1, 1, 2).Relu().Grouped(32, 1, 3, 1, 2).Relu().MaxPool(2, 2).Grouped(10, 1, 1, 1, 2).Flatten().Dense(3)
		}),
		build("groupskip", "groups with additions in both directions, one filter each of several channels", ir.Shape{6, 5, 10}, func(n *Chain) {
			n.Conv(10, 3, 3, Same).Relu()
			a := n.V
			n.Grouped(10, 3, 3, 1, 5).Relu().Grouped(10, 3, 3, 1, 2).Add(a).Relu().Grouped(5, 3, 3, 3, 5).Flatten().Dense(3)
		}),
		build("depthwise", "depthwise convolution, strided, dilated, in taps that end within a tile, on the input too", ir.Shape{11, 9, 3}, func(n *Chain) {
			n.Depthwise(1, 3, 3, 1, 1, Same).Relu().Conv(13, 1, 1, Same).Relu().Depthwise(1, 3, 3, 2, 1, Same).Relu().Conv(24, 1, 1, Same).
				Depthwise(1, 5, 2, 1, 2, Same).Act("relu6").Depthwise(1, 2, 2, 3, 1, Valid).MaxPool(2, 2).Flatten().Dense(4)
		}),
		build("multiplier", "several filters a channel, and a block of separable convolutions with a skip", ir.Shape{8, 7, 3}, func(n *Chain) {
			n.Depthwise(3, 3, 3, 1, 1, Same).Relu().Depthwise(2, 3, 3, 2, 1, Same).Relu()
			a := n.V
			n.Depthwise(1, 3, 3, 1, 1, Same).Conv(18, 1, 1, Same).Relu().Depthwise(1, 3, 3, 1, 1, Same).Conv(18, 1, 1, Same).Add(a).Relu().GlobalAvgPool().Dense(4)
		}),
		build("deconv", "transposed convolutions: strides, a stride beyond the kernel, dilation, output padding", ir.Shape{4, 3, 5}, func(n *Chain) {
			n.Deconv(9, 3, 3, 2, 1, -1, Same).Relu().Deconv(7, 2, 2, 3, 1, -1, Same).Act("sigmoid").Deconv(6, 3, 2, 1, 2, -1, Valid).Act("tanh").
				Deconv(4, 5, 4, 2, 1, 1, Valid).Flatten().Dense(3)
		}),
		build("deconvinput", "a transposed convolution of the input, without bias, with pixels that nothing reaches", ir.Shape{4, 5, 2}, func(n *Chain) {
			n.Deconv(3, 1, 2, 3, 1, 2, Valid).Conv(16, 3, 3, Same).Act("tanh").BareDeconv(16, 3, 3, 1, Same).Relu().BareDeconv(5, 1, 1, 2, Same).Flatten().Dense(2)
		}),
		build("unet", "a U: down, up, and joined with what was kept on the way", ir.Shape{12, 10, 3}, func(n *Chain) {
			n.End, n.Loss = "", "mean_squared_error"
			n.Conv(8, 3, 3, Same).Relu()
			top := n.V
			n.MaxPool(2, 2).Conv(16, 3, 3, Same).Relu()
			middle := n.V
			n.Pool("maxpool2d", 3, 3, 2, 2, Same).Conv(24, 3, 3, Same).Relu().Deconv(16, 3, 3, 2, 1, -1, Same)
			up := n.Cropped(n.V, middle)
			n.Concat(middle, up).Conv(12, 3, 3, Same).Relu().Deconv(8, 2, 2, 2, 1, -1, Valid)
			up = n.V
			n.Concat(top, up).Conv(2, 1, 1, Same).Act("sigmoid").Flatten()
		}),
		build("inception", "branches of 1x1, 3x3 and 5x5 convolutions and a pooling side by side", ir.Shape{9, 8, 3}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu()
			x := n.V
			n.Conv(8, 1, 1, Same).Relu()
			a := n.V
			n.V = x
			n.Conv(6, 1, 1, Same).Relu().Conv(12, 3, 3, Same).Relu()
			b := n.V
			n.V = x
			n.Conv(4, 1, 1, Same).Relu().Conv(5, 5, 5, Same).Relu()
			c := n.V
			n.V = x
			n.MaxPoolSame(3).Conv(7, 1, 1, Same).Relu()
			n.Concat(a, b, c, n.V).GlobalAvgPool().Dense(4)
		}),
		build("sequence", "an image of one row: causal, strided, pooled, in groups and depthwise", ir.Shape{1, 37, 6}, func(n *Chain) {
			n.Causal(12, 5, 2).Relu().Pool("maxpool2d", 1, 3, 1, 2, Same).Causal(16, 3, 4).Relu().ConvStride(9, 1, 4, 1, 3, Valid).
				Pool("avgpool2d", 1, 2, 1, 2, Same).Depthwise(1, 1, 3, 1, 1, Same).Relu().Grouped(6, 1, 2, 1, 3).GlobalAvgPool().Dense(3)
		}),
		build("single", "images of one pixel", ir.Shape{1, 1, 16}, func(n *Chain) {
			n.Conv(24, 3, 3, Same).Relu().Conv(8, 1, 1, Same).Relu().Flatten().Dense(3)
		}),
		build("foldedgroups", "batchnorm behind depthwise, grouped and transposed convolutions, with and without biases", ir.Shape{9, 8, 6}, func(n *Chain) {
			n.Depthwise(2, 3, 3, 1, 1, Same).Norm("frozen").Relu().Depthwise(1, 5, 3, 2, 1, Same).Norm("frozen").
				Grouped(20, 3, 3, 1, 4).Norm("frozen").Relu().Grouped(32, 1, 2, 1, 2).Norm("frozen").
				BareDeconv(11, 3, 2, 2, Same).Norm("gamma beta").Relu().Deconv(7, 3, 3, 1, 1, -1, Valid).Norm("frozen").
				GlobalAvgPool().Dense(4)
		}),
	}, slices.Concat(narrowNets(), lossNets(), catalogueNets(), edgeNets())...)
}

// build makes a net of direct convolutions, fast one in which the scheduler is free.
func build(name, why string, input ir.Shape, layers func(n *Chain)) Net {
	return fast(name, why, input, func(n *Chain) {
		n.Exact = true
		layers(n)
	})
}

func fast(name, why string, input ir.Shape, layers func(n *Chain)) Net {
	return Net{name, why, Build(name, input, layers)}
}
