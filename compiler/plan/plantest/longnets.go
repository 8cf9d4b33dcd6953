package plantest

import "github.com/cnnc/cnnc/compiler/ir"

// LongNets are networks whose kernel calls would take long if they were not cut:
// long rows, large windows, many channels, long sums. They take the reference some
// time, so they are not among Nets.
func LongNets() []Net {
	return []Net{
		fast("longrows", "transforms, pooling in them and a gradient over rows of many tiles", ir.Shape{6, 1150, 3}, func(n *Chain) {
			n.Conv(17, 3, 3, Same).Relu().Conv(20, 3, 3, Same).Relu().MaxPool(2, 2).Conv(9, 3, 3, Valid).GlobalAvgPool().Dense(3)
		}),
		build("longelements", "elementwise functions and overlapping windows along long rows", ir.Shape{5, 8209, 8}, func(n *Chain) {
			n.Act("gelu").Pool("maxpool2d", 3, 3, 2, 2, Same).Pool("avgpool2d", 2, 9, 1, 2, Same).Conv(9, 1, 1, Valid).Relu().MaxPool(2, 3).GlobalMaxPool().Dense(3)
		}),
		build("longwindows", "windows whose channels are cut, with bits and without", ir.Shape{61, 60, 85}, func(n *Chain) {
			n.Conv(85, 1, 1, Valid).Relu()
			a := n.V
			n.Pool("maxpool2d", 61, 59, 1, 1, Valid).Flatten().Dense(4)
			b := n.V
			n.V = a
			n.GlobalAvgPool().Dense(4)
			n.Add(b)
			c := n.V
			n.V = a
			n.GlobalMaxPool().Dense(4).Add(c)
		}),
		build("hugewindows", "windows too large for a kernel", ir.Shape{131, 130, 16}, func(n *Chain) {
			a := n.V
			n.GlobalMaxPool().Dense(4)
			b := n.V
			n.V = a
			n.GlobalAvgPool().Dense(4).Add(b)
		}),
		build("longsums", "sums of more terms than a call takes, forward and backward", ir.Shape{4, 5, 1300}, func(n *Chain) {
			n.Conv(9, 5, 5, Same).Relu().Conv(1300, 5, 5, Same).Relu().Flatten().Dense(3)
		}),
		fast("longpanels", "kernels of many channels transformed", ir.Shape{5, 6, 150}, func(n *Chain) {
			n.Conv(140, 3, 3, Same).Relu().Conv(3, 3, 3, Same).Flatten().Dense(5000)
		}),
		fast("longdelta", "gradients of kernels of many inputs transformed back", ir.Shape{6, 6, 1100}, func(n *Chain) {
			n.Conv(20, 3, 3, Same).Relu().Flatten().Dense(3)
		}),
		build("longdepth", "a depthwise product of many channels", ir.Shape{7, 9, 2700}, func(n *Chain) {
			n.Depthwise(1, 7, 7, 1, 1, Same).Relu().Depthwise(1, 3, 3, 2, 1, Same).GlobalAvgPool().Dense(3)
		}),
	}
}

// VastNets are networks whose kernel calls would take milliseconds if they were not
// cut. They are too large for the reference.
func VastNets() []Net {
	return []Net{
		fast("vastrows", "Winograd over a photograph at full width", ir.Shape{9, 4000, 64}, func(n *Chain) {
			n.Conv(64, 3, 3, Same).Relu().Conv(64, 3, 3, Same).Relu().MaxPool(2, 2).GlobalAvgPool().Dense(3)
		}),
		build("vastelements", "pooling and functions over the longest rows", ir.Shape{6, 16384, 24}, func(n *Chain) {
			n.Act("gelu").Pool("maxpool2d", 3, 3, 2, 2, Same).Act("silu").Pool("avgpool2d", 3, 3, 2, 2, Same).Norm("").GlobalMaxPool().Dense(3)
		}),
		build("vastwindows", "pooling of an image of a million pixels", ir.Shape{1000, 1000, 16}, func(n *Chain) {
			a := n.V
			n.GlobalMaxPool().Dense(3)
			b := n.V
			n.V = a
			n.GlobalAvgPool().Dense(3).Add(b)
		}),
		build("vastsums", "sums of 100352 terms, forward and backward", ir.Shape{4, 4, 2048}, func(n *Chain) {
			n.Conv(64, 7, 7, Same).Relu().Conv(2048, 7, 7, Same).Relu().GlobalAvgPool().Dense(3)
		}),
		fast("vastpanels", "transformed kernels of 4096 channels, 10000 classes", ir.Shape{4, 4, 4096}, func(n *Chain) {
			n.Conv(64, 3, 3, Same).Relu().Flatten().Dense(10000)
		}),
		build("vastdense", "200000 inputs", ir.Shape{500, 400, 1}, func(n *Chain) {
			n.Flatten().Dense(16).Relu().Dense(3)
		}),
		build("vastdepth", "depthwise products of 8192 channels", ir.Shape{8, 8, 8192}, func(n *Chain) {
			n.Depthwise(1, 7, 7, 1, 1, Same).Relu().Depthwise(1, 5, 5, 2, 1, Same).GlobalAvgPool().Dense(3)
		}),
	}
}
