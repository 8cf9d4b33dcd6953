package plantest

import "github.com/cnnc/cnnc/compiler/ir"

// gappedNets have poolings whose windows lie further apart than they are long.
func gappedNets() []Net {
	return []Net{
		build("gapped", "windows with gaps between them, of which the last one ends before the image", ir.Shape{11, 13, 3}, func(n *Chain) {
			n.Conv(8, 1, 1, Valid).Act("tanh").Pool("maxpool2d", 1, 2, 2, 3, Valid).
				Conv(8, 3, 3, Same).Act("tanh").Pool("avgpool2d", 2, 1, 3, 2, Valid).Flatten().Dense(4)
		}),
		build("gappedstrip", "the same behind convolutions, down to strips of one window that are shorter than its step", ir.Shape{11, 13, 3}, func(n *Chain) {
			n.Conv(8, 1, 1, Valid).Relu().Pool("maxpool2d", 1, 2, 2, 3, Valid).
				Conv(8, 3, 3, Same).Relu().Pool("maxpool2d", 5, 1, 7, 2, Valid).Flatten().Dense(4)
		}),
	}
}
