package op_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/ir"
)

// TestInferRefuses gives every shape rule operands that it must refuse.
func TestInferRefuses(t *testing.T) {
	mask := func(d ...int) ir.Type { return ir.Type{Shape: d, DType: ir.Mask, Batched: true} }
	pool := ir.PoolAttr{KH: 2, KW: 2, SH: 2, SW: 2, InH: 4, InW: 4}
	padded := func(p ir.Pad) ir.PoolAttr { a := pool; a.Pad = p; return a }
	loss := ir.LossAttr{Scores: 5}
	relu := ir.ActAttr{Func: "relu"}
	fused := ir.FusedConvAttr{Conv: convB}
	for _, c := range []struct {
		c    compilertest.Case
		want string
	}{
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(vector(5), weights(3, 2, 3, 4))}, "want an image"},
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(4, 5, 3), weights(3, 2, 3, 4))}, "the attribute says 5x4"},
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), weights(2, 3, 3, 4))}, "the attribute says 3x2"},
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), weights(3, 2, 4))}, "want weights of rank 4"},
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), image(3, 2, 3))}, "want weights"},
		{compilertest.Case{Op: "conv2d", Attr: convA, Args: types(image(5, 4, 3), weights(3, 2, 2, 4))}, "a kernel for 2 channels on an image of 3"},
		{compilertest.Case{Op: "conv2d", Attr: ir.ConvAttr{KH: 1, KW: 3, SH: 1, SW: 0, DH: 1, DW: 1, InH: 2, InW: 7}, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))}, "stride of 0"},
		{compilertest.Case{Op: "conv2d", Attr: ir.ConvAttr{KH: 1, KW: 3, SH: 1, SW: 1, DH: 0, DW: 1, InH: 2, InW: 7}, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))}, "dilation of 0"},
		{compilertest.Case{Op: "conv2d", Attr: ir.ConvAttr{KH: 1, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, InH: 2, InW: 7, Pad: ir.Pad{Left: -1}}, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))}, "padding of -1 and 0"},
		{compilertest.Case{Op: "conv2d_dx", Attr: convA, Args: types(image(5, 2, 4), weights(3, 2, 3, 4))}, "want f32[n 2 5 4]"},
		{compilertest.Case{Op: "conv2d_dw", Attr: convA, Args: types(image(5, 4, 3), vector(4))}, "want f32[n 2 5 4]"},
		{compilertest.Case{Op: "bias", Args: types(image(2, 3, 5), weights(3))}, "a bias of 3 on 2x3x5"},
		{compilertest.Case{Op: "bias", Args: types(weights(5), weights(5))}, "want a batched f32"},
		{compilertest.Case{Op: "bias_grad", Args: types(ir.Type{Batched: true})}, "has no channels"},
		{compilertest.Case{Op: "act", Attr: ir.ActAttr{Func: "relu", Params: ir.ActParams{1}}, Args: types(vector(3))}, "has 0 parameters, got another"},
		{compilertest.Case{Op: "act", Attr: ir.ActAttr{Func: "leaky_relu", Params: ir.ActParams{-1}}, Args: types(vector(3))}, "at least 0"},
		{compilertest.Case{Op: "act", Attr: relu, Args: types(mask(3))}, "want a batched f32"},
		{compilertest.Case{Op: "act_grad", Attr: relu, Args: types(vector(3), vector(4))}, "differ"},
		{compilertest.Case{Op: "maxpool2d", Attr: padded(ir.Pad{Top: 2}), Args: types(image(4, 4, 1))}, "would lie outside"},
		{compilertest.Case{Op: "avgpool2d", Attr: padded(ir.Pad{Right: 3}), Args: types(image(4, 4, 1))}, "would lie outside"},
		{compilertest.Case{Op: "avgpool2d", Attr: pool, Args: types(image(4, 3, 1))}, "the attribute says 4x4"},
		{compilertest.Case{Op: "maxpool2d_dx", Attr: pool, Args: types(image(2, 2, 3), mask(2, 2, 2))}, "want a mask"},
		{compilertest.Case{Op: "maxpool2d_dx", Attr: pool, Args: types(image(2, 2, 3), image(2, 2, 3))}, "want a mask"},
		{compilertest.Case{Op: "avgpool2d_dx", Attr: pool, Args: types(image(3, 2, 3))}, "the pooling gives 2x2"},
		{compilertest.Case{Op: "globalavgpool", Args: types(vector(3))}, "want an image"},
		{compilertest.Case{Op: "globalavgpool_dx", Args: types(vector(3)), Shape: ir.Shape{2, 2, 4}}, "cannot be the gradient"},
		{compilertest.Case{Op: "flatten", Args: types(weights(3))}, "want a batched f32"},
		{compilertest.Case{Op: "reshape", Args: types(vector(12)), Shape: ir.Shape{2, 2, 4}}, "cannot become"},
		{compilertest.Case{Op: "dense", Args: types(image(2, 2, 3), weights(12, 3))}, "want a vector"},
		{compilertest.Case{Op: "dense", Args: types(vector(7), weights(3, 7))}, "weights 3x7 on a vector of 7"},
		{compilertest.Case{Op: "dense_dx", Args: types(vector(7), weights(7, 3))}, "weights 7x3 for a gradient of 7"},
		{compilertest.Case{Op: "dense_dw", Args: types(vector(7), image(1, 1, 3))}, "want a vector"},
		{compilertest.Case{Op: "dropout", Attr: ir.DropoutAttr{Stream: 0, Channels: 3}, Args: types(vector(3))}, "stream 0"},
		{compilertest.Case{Op: "dropout", Attr: ir.DropoutAttr{Stream: 1, Channels: 4}, Args: types(vector(6))}, "of 4 channels"},
		{compilertest.Case{Op: "add", Args: types(vector(6), vector(5))}, "differ"},
		{compilertest.Case{Op: "add", Args: types(mask(6), mask(6))}, "is a mask"},
		{compilertest.Case{Op: "concat", Args: types(image(3, 2, 1), image(2, 3, 1))}, "all but the channels must agree"},
		{compilertest.Case{Op: "concat", Args: types(image(3, 2, 1), vector(3))}, "all but the channels must agree"},
		{compilertest.Case{Op: "slice", Attr: ir.SliceAttr{From: 2, N: 2}, Args: types(vector(3))}, "channels 2:4 of 3"},
		{compilertest.Case{Op: "slice", Attr: ir.SliceAttr{From: -1, N: 2}, Args: types(vector(3))}, "channels -1:1 of 3"},
		{compilertest.Case{Op: "softmax", Args: types(ir.Type{Shape: ir.Shape{2, 3}, Batched: true})}, "a vector or an image"},
		{compilertest.Case{Op: "log_softmax", Args: types(weights(3))}, "batched"},
		{compilertest.Case{Op: "log_softmax_grad", Args: types(image(1, 2, 3), image(2, 1, 3))}, "differ"},
		{compilertest.Case{Op: "softmax_grad", Args: types(vector(3), vector(4))}, "differ"},
		{compilertest.Case{Op: "categorical_crossentropy", Attr: loss, Args: types(vector(5), vector(5))}, "one class index"},
		{compilertest.Case{Op: "softmax_crossentropy", Attr: loss, Args: types(vector(4), label)}, "a loss of 5 scores on 4"},
		{compilertest.Case{Op: "mean_squared_error", Attr: loss, Args: types(vector(5), label)}, "differ"},
		{compilertest.Case{Op: "conv2d_fused", Attr: fused, Args: types(image(2, 7, 1), weights(1, 3, 1, 2), weights(2))}, "1 operands behind the weights, the attribute says 0"},
		{compilertest.Case{Op: "conv2d_fused_mask", Attr: fused, Args: types(image(2, 7, 1), weights(1, 3, 1, 2))}, "no pooling"},
		{compilertest.Case{Op: "dense_fused", Attr: fused, Args: types(vector(7), weights(7, 2))}, "a dense layer with convolution"},
		{compilertest.Case{Op: "conv2d_dx_masked", Attr: ir.MaskedAttr{Conv: convA}, Args: types(image(2, 5, 4), weights(3, 2, 3, 4), image(4, 5, 3))}, "differ"},
		{compilertest.Case{Op: "add", Args: types(vector(3))}, "has 1 operands, want a, b"},
		{compilertest.Case{Op: "input", Args: types(vector(3))}, "has 1 operands"},
		{compilertest.Case{Op: "nonsense", Args: types(vector(3))}, "no operation"},
	} {
		if _, err := c.c.Graph(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.c, err, c.want)
		}
	}
}
