package plantest

import "github.com/cnnc/cnnc/compiler/ir"

// narrowNets are networks with products to few channels.
func narrowNets() []Net {
	return []Net{
		build("narrow", "convolutions to 1 to 6 channels, forward and back through them, strided, dilated, pooled in strips", ir.Shape{13, 11, 3}, func(n *Chain) {
			n.Conv(24, 3, 3, Same).Relu().Conv(1, 3, 3, Same).Relu().Conv(33, 3, 3, Same).Relu().Conv(2, 3, 2, Same).Act("tanh").
				Conv(17, 1, 1, Same).Act("sigmoid").ConvStride(4, 3, 3, 2, 1, Same).Relu().Conv(16, 3, 3, Same).Relu().Bare(5, 5, 5, Same).MaxPool(2, 2).
				Conv(40, 1, 1, Same).ConvDilated(6, 2, 2, 2, Same).Relu().Flatten().Dense(9).Relu().Dense(1)
			n.End, n.Loss = "", "mean_squared_error"
		}),
		build("narrowskip", "additions behind products to few channels, in both directions", ir.Shape{40, 31, 9}, func(n *Chain) {
			n.Conv(3, 3, 3, Same).Relu()
			a := n.V
			n.Conv(16, 3, 3, Same).Relu().Conv(3, 5, 5, Same).Add(a).Relu().Conv(20, 3, 3, Same).Relu().Conv(3, 1, 1, Same).Relu().MaxPool(3, 2).Flatten().Dense(2)
		}),
		build("narrowrow", "products to one channel along rows: strided, in several groups of rows, with additions", ir.Shape{31, 70, 5}, func(n *Chain) {
			n.Conv(16, 3, 3, Same).Relu().Conv(1, 5, 5, Same).Relu()
			a := n.V
			n.Conv(24, 1, 1, Same).Relu().Conv(1, 3, 2, Same).Add(a).Relu().Conv(17, 3, 3, Same).ConvStride(1, 3, 3, 2, 2, Same).Act("tanh").
				Conv(16, 3, 3, Same).Relu().Conv(1, 1, 9, Same).Flatten().Dense(3)
		}),
		fast("autoencoder", "an image of one channel from many, transposed convolutions, a frozen batchnorm folded", ir.Shape{8, 12, 1}, func(n *Chain) {
			n.End, n.Loss = "", "mean_squared_error"
			n.Conv(16, 3, 3, Same).Relu().MaxPool(2, 2).Conv(3, 3, 3, Same).Norm("frozen").Relu().
				Deconv(16, 3, 3, 2, 1, -1, Same).Relu().BareDeconv(2, 3, 3, 1, Same).Norm("frozen").Conv(24, 3, 3, Same).Relu().Conv(1, 3, 3, Same).Act("sigmoid").Flatten()
		}),
	}
}
