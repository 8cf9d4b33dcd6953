package plantest

import "github.com/cnnc/cnnc/compiler/ir"

// edgeNets are at the edge of what calls are made for: windows that lie further
// apart than they are long, vectors that are images with a border, kernels of many
// rows.
func edgeNets() []Net {
	return []Net{
		build("gapped", "windows with gaps between them, of which the last one ends before the image", ir.Shape{11, 13, 3}, func(n *Chain) {
			n.Conv(8, 1, 1, Valid).Act("tanh").Pool("maxpool2d", 1, 2, 2, 3, Valid).
				Conv(8, 3, 3, Same).Act("tanh").Pool("avgpool2d", 2, 1, 3, 2, Valid).Flatten().Dense(4)
		}),
		build("gappedstrip", "the same behind convolutions, down to strips of one window that are shorter than its step", ir.Shape{11, 13, 3}, func(n *Chain) {
			n.Conv(8, 1, 1, Valid).Relu().Pool("maxpool2d", 1, 2, 2, 3, Valid).
				Conv(8, 3, 3, Same).Relu().Pool("maxpool2d", 5, 1, 7, 2, Valid).Flatten().Dense(4)
		}),
		build("tall", "depthwise kernels of more rows than their names have digits for", ir.Shape{13, 5, 8}, func(n *Chain) {
			n.Depthwise(1, 10, 1, 1, 1, Same).Relu().Depthwise(2, 21, 1, 1, 1, Same).Relu().GlobalAvgPool().Dense(3)
		}),
		build("keptdims", "the maximum of each channel as an image of one pixel, with the border that a convolution wants", ir.Shape{5, 6, 3}, func(n *Chain) {
			n.Conv(11, 2, 2, Valid).Act("tanh")
			n.V = n.b.Op("globalmaxpool", n.layer("globalmaxpool")+".vector", nil, n.V)
			n.V = n.b.Shaped("reshape", n.b.Layer, ir.Type{Shape: ir.Shape{1, 1, 11}, Batched: true}, nil, n.V)
			n.Conv(7, 3, 2, Same).Relu().Flatten().Dense(3)
		}),
	}
}
