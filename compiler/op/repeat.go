package op

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
)

// repeat_channels stands in front of depthwise convolutions with several filters a
// channel, whose output channel c*M+m reads input channel c (spec: layers,
// DepthwiseConv2D).
var repeatChannelsDef = Def{
	Name: "repeat_channels", Args: []string{"x"}, Attr: ir.RepeatAttr{},
	Doc: "x with each channel M times in a row: y[c*M+m] = x[c]",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		if err != nil {
			return ir.Type{}, err
		}
		m := v.Attr.(ir.RepeatAttr).Times
		if m < 1 {
			return ir.Type{}, fmt.Errorf("each channel %d times", m)
		}
		return f32(h, w, c*m), nil
	},
	VJP: func(b *Builder, v, dy *ir.Value, _ []bool) []*ir.Value {
		return []*ir.Value{b.Suffixed("sum_channels", "dx", v.Attr, dy)}
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		m := v.Attr.(ir.RepeatAttr).Times
		for i := range out {
			out[i] = args[0][i/m]
		}
	},
}

// sum_channels is the gradient of repeat_channels.
var sumChannelsDef = Def{
	Name: "sum_channels", Args: []string{"x"}, Attr: ir.RepeatAttr{},
	Doc: "sums of M channels in a row: y[c] = sum over m of x[c*M+m]",
	Infer: func(v *ir.Value) (ir.Type, error) {
		h, w, c, err := image(v.Args[0])
		if err != nil {
			return ir.Type{}, err
		}
		m := v.Attr.(ir.RepeatAttr).Times
		if m < 1 || c%m != 0 {
			return ir.Type{}, fmt.Errorf("%d channels as sums of %d", c, m)
		}
		return f32(h, w, c/m), nil
	},
	Eval: func(_ *Env, v *ir.Value, args [][]float64, out []float64) {
		m := v.Attr.(ir.RepeatAttr).Times
		for i, e := range args[0] {
			out[i/m] += e
		}
	},
}
