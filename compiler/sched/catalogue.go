package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// This file plans the operations that move, join or disturb values without
// weights to speak of: each is one call.

// frame plans zeropad and crop.
func (b *builder) frame(s step) {
	v := s.out
	p := v.Attr.(ir.FrameAttr).Pad
	x, y := b.buf(v.Args[0]), b.output(s)
	c := &plan.CopyWindow{Info: b.info(v, callName(s, ""), pass(s)), X: x, Y: y, H: min(x.H, y.H), W: min(x.W, y.W)}
	what := "border of "
	if v.Op == "crop" {
		c.XTop, c.XLeft = p.Top, p.Left
		what = "without " + what
	} else {
		c.YTop, c.YLeft = p.Top, p.Left
	}
	c.Comment = arrow(x, y, what+p.String())
	b.call(s.backward, c)
}

func (b *builder) permute(s step) {
	a, x, y := s.out.Attr.(ir.PermuteAttr), b.buf(s.out.Args[0]), b.output(s)
	b.call(s.backward, &plan.Permute{Info: b.info(s.out, callName(s, ""), pass(s)), X: x, Y: y, Axes: a.Axes})
	b.lastCall(s).Comment = arrow(x, y, "axes "+a.String())
}

// upsample plans upsample and its gradient. Repetition is what the gradient of
// an average pooling does, but for the division, and the other way round.
func (b *builder) upsample(s step) {
	v := s.out
	a, x, y := v.Attr.(ir.UpsampleAttr), b.buf(v.Args[0]), b.output(s)
	info := b.info(v, callName(s, ""), pass(s))
	info.Comment = arrow(x, y, a.String())
	var c plan.Call
	switch grad := v.Op == "upsample_dx"; {
	case a.Bilinear && grad:
		c = &plan.UpsampleGrad{Info: info, DY: x, DX: y, SH: a.SH, SW: a.SW}
	case a.Bilinear:
		c = &plan.Upsample{Info: info, X: x, Y: y, SH: a.SH, SW: a.SW}
	case grad:
		c = &plan.AvgPool{Info: info, X: x, Y: y, KH: a.SH, KW: a.SW, SH: a.SH, SW: a.SW, Sum: true}
	default:
		c = &plan.AvgPoolGrad{Info: info, DY: x, DX: y, KH: a.SH, KW: a.SW, SH: a.SH, SW: a.SW, Sum: true}
	}
	b.call(s.backward, c)
}

// globalMaxPool is one window of the whole image.
func (b *builder) globalMaxPool(s step) {
	x, y := b.buf(s.out.Args[0]), b.output(s)
	b.call(s.backward, &plan.MaxPool{
		Info: b.info(s.out, callName(s, ""), pass(s)), X: x, Y: y, KH: x.H, KW: x.W, SH: x.H, SW: x.W,
	})
	b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("max of %dx%d", x.H, x.W))
}

func (b *builder) globalMaxPoolGrad(s step) {
	v := s.out
	dy, dx := b.buf(v.Args[0]), b.output(s)
	b.call(s.backward, &plan.GlobalMaxPoolGrad{
		Info: b.info(v, callName(s, ""), pass(s)), DY: dy, X: b.buf(v.Args[1]), Y: b.buf(v.Args[2]), DX: dx,
	})
	b.lastCall(s).Comment = arrow(dy, dx, "shared by the largest")
}

// reduce plans sums over axes that stretched.
func (b *builder) reduce(s step) {
	v := s.out
	x, y := b.buf(v.Args[0]), b.output(s)
	info := b.info(v, callName(s, "Sum"), pass(s))
	info.Comment = arrow(x, y, "sum")
	if len(v.Args) == 1 && x.C == y.C {
		b.call(s.backward, &plan.AvgPool{
			Info: info, X: x, Y: y, KH: x.H / y.H, KW: x.W / y.W, SH: x.H / y.H, SW: x.W / y.W, Sum: true,
		})
		return
	}
	c := &plan.Reduce{Info: info, A: x, Y: y}
	if len(v.Args) == 2 {
		c.B = b.buf(v.Args[1])
		c.Comment += " of products"
	}
	b.call(s.backward, c)
}

// pointwise plans what works element by element, over its operand wherever that
// dies.
func (b *builder) pointwise(i int, s step) {
	v := s.out
	x := b.buf(v.Args[0])
	var y *plan.Buffer
	var c plan.Call
	info := func(what string) plan.Info { return b.info(v, callName(s, what), pass(s)) }
	switch v.Op {
	case "binary":
		a := v.Attr.(ir.BinaryAttr)
		y = b.inPlace(i, s, v.Args[0], v.Args[1])
		c = &plan.Binary{Info: info(title(a.Func)), Func: a.Func, A: x, B: b.buf(v.Args[1]), Y: y, ReLU: a.ReLU}
	case "binary_grad":
		a := v.Attr.(ir.BinaryAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.BinaryGrad{Info: info(title(a.Func)), Func: a.Func, Operand: a.Operand, DY: x, A: b.buf(v.Args[1]), B: b.buf(v.Args[2]), DX: y}
	case "affine":
		a := v.Attr.(ir.AffineAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.Affine{Info: info("Affine"), Scale: a.Scale, Offset: a.Offset, X: x, Y: y}
	case "prelu":
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.PReLU{Info: info(""), Alpha: b.slopes(v.Args[1]), X: x, Y: y}
	case "prelu_dx":
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.PReLUGrad{Info: info(""), Alpha: b.slopes(v.Args[2]), DY: x, X: b.buf(v.Args[1]), DX: y}
	case "spatial_dropout":
		a := v.Attr.(ir.DropoutAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.SpatialDropout{Info: info(""), X: x, Y: y, Rate: a.Rate, Stream: a.Stream}
	case "alpha_dropout", "alpha_dropout_dx":
		a := v.Attr.(ir.DropoutAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.AlphaDropout{Info: info(""), X: x, Y: y, Rate: a.Rate, Stream: a.Stream, Grad: v.Op == "alpha_dropout_dx"}
	case "gaussian_noise", "gaussian_dropout":
		a := v.Attr.(ir.DropoutAttr)
		y = b.inPlace(i, s, v.Args[0])
		c = &plan.Noise{Info: info(""), X: x, Y: y, Rate: a.Rate, Stream: a.Stream, Multiply: v.Op == "gaussian_dropout"}
	}
	c.Base().Comment = size(y)
	if y == x {
		c.Base().Comment += ", in place"
	}
	b.call(s.backward, c)
}

// slopes is where the alpha of a prelu lies.
func (b *builder) slopes(alpha *ir.Value) plan.Slopes {
	p := b.params[b.index[alpha]]
	return plan.Slopes{Space: plan.Params, Offset: p.Offset, Pixels: p.Packing.Taps}
}

// slopeGrad plans the gradient of an alpha.
func (b *builder) slopeGrad(s step) error {
	v := s.out
	i, ok := b.target[v]
	if !ok {
		return internal(v, "gradient of no parameter")
	}
	p := b.params[i]
	c := &plan.PReLUWeights{
		Info:   b.info(v, callName(s, "Dw"), pass(s)),
		DAlpha: plan.Slopes{Space: plan.Grads, Offset: p.Offset, Pixels: p.Packing.Taps},
		DY:     b.buf(v.Args[0]), X: b.buf(v.Args[1]),
	}
	c.Comment = size(c.X)
	b.call(true, c)
	return nil
}
