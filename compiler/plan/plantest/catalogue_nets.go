package plantest

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// catalogueNets have the layers that move, join or disturb values.
func catalogueNets() []Net {
	pad := func(top, left, bottom, right int) ir.FrameAttr {
		return ir.FrameAttr{Pad: ir.Pad{Top: top, Left: left, Bottom: bottom, Right: right}}
	}
	return []Net{
		build("frames", "borders added and cut off, on the input, in front of convolutions and without", ir.Shape{7, 9, 3}, func(n *Chain) {
			n.Crop(pad(1, 0, 0, 2)).ZeroPad(pad(0, 2, 1, 0)).Conv(5, 3, 3, Valid).Relu().ZeroPad(pad(2, 1, 0, 3)).Act("tanh")
			n.Conv(9, 2, 3, Same).Relu().Crop(pad(2, 1, 1, 0)).Conv(4, 2, 2, Valid).ZeroPad(pad(0, 1, 2, 0)).Flatten().Dense(5)
		}),
		build("upsample", "small maps enlarged both ways, and a skip as in a U", ir.Shape{8, 6, 2}, func(n *Chain) {
			n.Conv(5, 3, 3, Same).Relu()
			a := n.V
			n.MaxPool(4, 2).Conv(7, 2, 2, Same).Relu().Upsample(2, 1, true).Conv(3, 3, 3, Same).Upsample(2, 2, false)
			n.Concat(n.V, a).Conv(6, 3, 3, Same).Relu().Upsample(1, 3, true).Upsample(3, 1, false).GlobalAvgPool().Dense(3)
		}),
		build("reshape", "other shapes and orders of axes, dropout in between", ir.Shape{6, 5, 3}, func(n *Chain) {
			n.Conv(4, 3, 3, Same).Relu().Permute(2, 0, 1).Conv(6, 3, 3, Same).Relu().Reshape(4, 6, 6).Conv(5, 1, 3, Same)
			n.Permute(1, 0, 2).Relu().Flatten().Dropout(0.2).Reshape(5, 4, 6).Conv(3, 2, 2, Valid).Flatten().Dense(12).Reshape(2, 2, 3).Conv(5, 1, 1, Same).Flatten().Dense(4)
		}),
		build("squeeze", "squeeze and excite, and a map of attention", ir.Shape{7, 6, 3}, func(n *Chain) {
			n.Conv(11, 3, 3, Same).Relu()
			x := n.V
			n.GlobalAvgPool().Dense(4).Relu().Dense(11).Act("sigmoid").Reshape(1, 1, 11)
			s := n.V
			n.V = x
			n.Binary("multiply", s).Conv(9, 3, 3, Same).Relu()
			y := n.V
			n.Conv(1, 3, 3, Same).Act("sigmoid")
			n.Binary("multiply", y).Conv(7, 1, 1, Same).Relu()
			z := n.V // in memory as wide as the map that dies in the product
			n.Conv(1, 1, 1, Same).Act("sigmoid")
			n.Binary("multiply", z).Flatten().Dense(5)
		}),
		build("stretch", "every function of two values, on operands that stretch in every way", ir.Shape{5, 4, 2}, func(n *Chain) {
			n.Conv(9, 3, 3, Same).Act("tanh")
			x := n.V
			of := func(filters, h, w int) *ir.Value { // an image of h x w of the input's
				n.V = x
				n.Conv(filters, 5-h+1, 4-w+1, Valid).Act("silu")
				return n.V
			}
			var ends []*ir.Value
			for _, f := range []string{"add", "subtract", "multiply", "maximum", "minimum"} {
				for i, small := range []*ir.Value{of(9, 1, 1), of(1, 5, 4), of(9, 1, 4), of(1, 1, 1), of(9, 5, 4)} {
					n.V = x
					if i%2 == 0 {
						n.Binary(f, small).Relu()
					} else {
						n.V = small
						n.Binary(f, x)
					}
					n.Conv(3, 2, 1, Valid)
					ends = append(ends, n.V)
				}
				column, vector := of(1, 5, 4), of(9, 1, 1)
				for _, pair := range [][2]*ir.Value{{column, vector}, {vector, column}} {
					n.V = pair[0]
					n.Binary(f, pair[1]).Conv(3, 2, 1, Valid)
					ends = append(ends, n.V)
				}
			}
			n.Concat(ends...).GlobalAvgPool().Dense(3)
		}),
		build("merge", "functions of two values of one shape, with borders and behind flatten", ir.Shape{6, 5, 3}, func(n *Chain) {
			n.Conv(7, 3, 3, Same).Relu()
			a := n.V
			n.Conv(7, 3, 3, Same)
			b := n.V
			n.V = a
			n.Binary("maximum", b).Relu().Conv(7, 3, 3, Same).Binary("subtract", a).Binary("minimum", b).Affine(0.5, 0.25).Conv(7, 2, 2, Same).Relu()
			n.Binary("multiply", a).Relu().Flatten()
			v := n.V
			n.Dense(210).Binary("multiply", v).Affine(2, 0).Dense(4)
		}),
		build("noise", "all relatives of dropout, on images with and without gaps between rows and behind flatten", ir.Shape{7, 6, 3}, func(n *Chain) {
			n.Noise("gaussian_noise", 0.2).Conv(10, 3, 3, Same).Relu().Noise("spatial_dropout", 0.3).Conv(9, 3, 3, Same).Act("selu")
			n.Noise("alpha_dropout", 0.25).Conv(5, 3, 3, Same).Noise("gaussian_dropout", 0.3).Conv(17, 3, 3, Valid).Noise("spatial_dropout", 0.5).Relu()
			n.Noise("gaussian_dropout", 0.1).Noise("gaussian_noise", 0.5).Noise("alpha_dropout", 0.4).Flatten().Noise("gaussian_dropout", 0.2).Noise("alpha_dropout", 0.1).Noise("gaussian_noise", 0.1).Dense(3)
		}),
		build("prelu", "trained slopes, shared and not, and numbers for each channel", ir.Shape{5, 6, 3}, func(n *Chain) {
			n.Normalize([]float64{0.5, 2, -1}, []float64{1, 0, 0.25}).Conv(19, 3, 3, Same).PReLU(false).Conv(17, 2, 3, Valid).PReLU(true)
			n.Normalize([]float64{0.5}, seq(17)).Conv(5, 2, 2, Same).PReLU(false).Affine(1, 3).Flatten().PReLU(true).Dense(21).PReLU(false).Dense(3)
		}),
		build("loaded", "images scaled as they are copied, read by what is no product", ir.Shape{6, 5, 1}, func(n *Chain) {
			n.Affine(0.5, -1)
			x := n.V
			n.MaxPoolSame(2).Binary("maximum", x).Conv(3, 3, 3, Same).Relu().Flatten().Dense(2)
		}),
		build("globalmax", "global maxima with and without a border, with ties", ir.Shape{6, 5, 3}, func(n *Chain) {
			n.Conv(9, 3, 3, Same).Relu()
			a := n.V
			n.GlobalMaxPool().Reshape(1, 1, 9)
			n.Binary("subtract", a).Conv(12, 3, 3, Same).Relu().GlobalMaxPool().Dense(4)
		}),
	}
}

// seq is n different numbers.
func seq(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = 0.5 - float64(i)/8
	}
	return list
}

// ZeroPad appends a border of zeros.
func (n *Chain) ZeroPad(a ir.FrameAttr) *Chain {
	n.V = n.b.Op("zeropad", n.layer("zeropad"), a, n.V)
	return n
}

// Crop cuts a border off.
func (n *Chain) Crop(a ir.FrameAttr) *Chain {
	n.V = n.b.Op("crop", n.layer("crop"), a, n.V)
	return n
}

// Upsample makes every pixel sh x sw.
func (n *Chain) Upsample(sh, sw int, bilinear bool) *Chain {
	n.V = n.b.Op("upsample", n.layer("upsample"), ir.UpsampleAttr{SH: sh, SW: sw, Bilinear: bilinear}, n.V)
	return n
}

// Permute reorders the axes, counted from 0.
func (n *Chain) Permute(axes ...int) *Chain {
	n.V = n.b.Op("permute", n.layer("permute"), ir.PermuteAttr{Axes: [3]int(axes)}, n.V)
	return n
}

// Reshape gives the value another shape of the same size.
func (n *Chain) Reshape(dims ...int) *Chain {
	n.V = n.b.Shaped("reshape", n.layer("reshape"), ir.Type{Shape: dims, Batched: true}, nil, n.V)
	return n
}

// GlobalMaxPool appends the largest value of each channel.
func (n *Chain) GlobalMaxPool() *Chain {
	n.V = n.b.Op("globalmaxpool", n.layer("globalmaxpool"), nil, n.V)
	return n
}

// Binary appends a function of the value and v.
func (n *Chain) Binary(f string, v *ir.Value) *Chain {
	n.V = n.b.Op("binary", n.layer(f), ir.BinaryAttr{Func: f}, n.V, v)
	return n
}

// Affine appends x*scale + offset.
func (n *Chain) Affine(scale, offset float64) *Chain {
	return n.Normalize([]float64{scale}, []float64{offset})
}

// Normalize appends x*scale + offset, with numbers for each channel.
func (n *Chain) Normalize(scale, offset []float64) *Chain {
	n.V = n.b.Op("affine", n.layer("affine"), ir.AffineAttr{Scale: scale, Offset: offset}, n.V)
	return n
}

// PReLU appends a relu with trained slopes.
func (n *Chain) PReLU(shared bool) *Chain {
	shape := append(ir.Shape(nil), n.V.Shape...)
	if shared {
		for i := range len(shape) - 1 {
			shape[i] = 1
		}
	}
	name := n.layer("prelu")
	alpha := n.b.Param(name+".alpha", "zeros", shape)
	n.V = n.b.Op("prelu", name, nil, n.V, alpha.Value)
	return n
}

// Noise appends one of the relatives of dropout.
func (n *Chain) Noise(kind string, rate float64) *Chain {
	name := n.layer(kind)
	n.drops++
	a := ir.DropoutAttr{Rate: n.b.Scalar(fmt.Sprint(name, ".rate"), rate), Stream: n.drops, Channels: make(op.Layouts).Of(n.V).Last()}
	n.V = n.b.Op(kind, name, a, n.V)
	return n
}
