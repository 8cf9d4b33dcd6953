package lower

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// kind is one row of the table of layers: how a layer kind of the language
// becomes operations. x is the result of the layer's first input, nil when it is
// not known; the result is nil when it cannot be known.
type kind struct {
	name  string
	lower func(l *lowerer, i int, x *ir.Value) *ir.Value
}

// kinds is in the order of the language's own table, which has the options and
// their meaning. Activations are looked up in the operations' table. It is a
// function because the rows lead back to it, which a variable may not.
func kinds() []kind {
	return []kind{
		{"input", (*lowerer).input},
		{"conv", (*lowerer).conv},
		{"depthwise", (*lowerer).depthwise},
		{"separable", (*lowerer).separable},
		{"deconv", (*lowerer).deconv},
		{"conv1d", (*lowerer).conv1d},
		{"dense", (*lowerer).dense},
		{"maxpool", (*lowerer).pool},
		{"avgpool", (*lowerer).pool},
		{"maxpool1d", (*lowerer).pool1d},
		{"avgpool1d", (*lowerer).pool1d},
		{"globalavgpool", (*lowerer).globalPool},
		{"globalmaxpool", (*lowerer).globalPool},
		{"zeropad", (*lowerer).frame},
		{"crop", (*lowerer).frame},
		{"upsample", (*lowerer).upsample},
		{"reshape", (*lowerer).reshape},
		{"permute", (*lowerer).permute},
		{"flatten", (*lowerer).flatten},
		{"dropout", (*lowerer).random},
		{"spatial_dropout", (*lowerer).random},
		{"gaussian_noise", (*lowerer).random},
		{"gaussian_dropout", (*lowerer).random},
		{"alpha_dropout", (*lowerer).random},
		{"rescale", (*lowerer).rescale},
		{"normalize", (*lowerer).normalize},
		{"prelu", (*lowerer).prelu},
		{"batchnorm", (*lowerer).batchnorm},
		{"layernorm", (*lowerer).layernorm},
		{"groupnorm", (*lowerer).groupnorm},
		{"add", (*lowerer).merge},
		{"subtract", (*lowerer).merge},
		{"multiply", (*lowerer).merge},
		{"average", (*lowerer).merge},
		{"maximum", (*lowerer).merge},
		{"minimum", (*lowerer).merge},
		{"concat", (*lowerer).concat},
		{"softmax", (*lowerer).activation},
		{"log_softmax", (*lowerer).activation},
	}
}

func kindOf(name string) *kind {
	for _, k := range kinds() {
		if k.name == name {
			return &k
		}
	}
	if op.FormOf(name, nil) != nil {
		return &kind{name, (*lowerer).activation}
	}
	return nil
}

func (l *lowerer) input(i int, _ *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	l.exact = args["exact"].Bool
	l.tableWidth(i)
	s := slices.Clone(ir.Shape(args["shape"].Dims))
	if len(s) == 2 { // a sequence
		s = ir.Shape{1, s[0], s[1]}
	}
	return l.b.Input(l.b.Layer, s)
}
