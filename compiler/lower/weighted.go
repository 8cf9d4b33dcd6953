package lower

import (
	"fmt"
	"strconv"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/lang"
)

// conv lowers a convolution: conv2d, bias, activation (spec: layers, Conv2D).
func (l *lowerer) conv(i int, x *ir.Value) *ir.Value {
	args := l.p.Layers[i].Args
	k, s, d := args["kernel"].Dims, args["stride"].Dims, args["dilation"].Dims
	a := ir.ConvAttr{KH: k[0], KW: k[1], SH: s[0], SW: s[1], DH: d[0], DW: d[1], Exact: l.exact || args["exact"].Bool}
	if !l.stepsFit(i, a) || x == nil || !l.isImage(i, x) {
		return nil
	}
	a = padded(a, x, args["pad"])
	if _, _, err := op.ConvOut(a); err != nil {
		l.doesNotFit(i, x, err)
		return nil
	}
	return l.grouped(i, a, x)
}

// stepsFit reports whether a convolution has a stride or a dilation, not both.
func (l *lowerer) stepsFit(i int, a ir.ConvAttr) bool {
	if max(a.SH, a.SW) == 1 || max(a.DH, a.DW) == 1 {
		return true
	}
	args := l.p.Layers[i].Args
	l.errorf(i, diag.Conflict, "a stride of %s and a dilation of %s exclude each other", args["stride"], args["dilation"])
	return false
}

// padded completes the attribute of a convolution of x with the padding asked
// for.
func padded(a ir.ConvAttr, x *ir.Value, pad elab.Value) ir.ConvAttr {
	a.InH, a.InW = x.Shape[0], x.Shape[1]
	switch {
	case pad.Kind == elab.Dims:
		a.Pad = ir.Pad{Top: pad.Dims[0], Left: pad.Dims[1], Bottom: pad.Dims[2], Right: pad.Dims[3]}
	case pad.Str == "same":
		a.Pad.Top, a.Pad.Bottom = op.SamePad(a.InH, a.KH, a.SH, a.DH)
		a.Pad.Left, a.Pad.Right = op.SamePad(a.InW, a.KW, a.SW, a.DW)
	}
	return a
}

// dense lowers a fully connected layer: dense, bias, activation (spec: layers,
// Dense). Its result is known even when its input is not.
func (l *lowerer) dense(i int, x *ir.Value) *ir.Value {
	units := l.p.Layers[i].Args["units"].Int()
	if x == nil {
		return l.guess(units)
	}
	if len(x.Shape) != 1 {
		// Applied to each pixel, as some libraries do, it would be a 1x1
		// convolution; far more often flatten has been forgotten.
		atEach := fmt.Sprintf("conv %d 1x1 is the same layer at every pixel", units)
		if l.isSequence(i) {
			atEach = fmt.Sprintf("conv1d %d 1 is the same layer at every step", units)
		}
		l.errorf(i, NeedsVector, "dense needs a vector, got %s; %s", l.shape(i, x), l.follows(i)).
			WithHelp("put flatten (or globalavgpool) before it; %s", atEach)
		return l.guess(units)
	}
	if !l.countParams(i, "kernel", ir.Shape{x.Shape[0], units}) {
		return l.guess(units)
	}
	return l.weighted(i, "dense", nil, x, ir.Shape{x.Shape[0], units})
}

// weighted appends the product of x with a kernel, then bias and activation
// where the layer has them. The last of them gets the layer's name.
func (l *lowerer) weighted(i int, product string, attr any, x *ir.Value, kernel ir.Shape) *ir.Value {
	args, name := l.p.Layers[i].Args, l.b.Layer
	bias := !args["nobias"].Bool
	activation := args["activation"]
	acts := activation.Str != "" && activation.Str != "linear"
	frozen := frozen(args)

	l.initFits(i, args["bias_init"], 1)
	part := "kernel"
	if l.p.Layers[i].Kind == "separable" {
		part = "pointwise_kernel"
	}
	w := l.kernel(i, part, "", kernel)
	value := name
	if bias || acts {
		value = name + "." + product
	}
	y := l.b.Op(product, value, attr, x, w.Value)
	if bias {
		channels := ir.Shape{y.Shape.Last()}
		if !l.countParams(i, "bias", channels) {
			return l.guess(y.Shape...)
		}
		p := l.b.Param(name+".bias", initializer(args["bias_init"], "zeros"), channels)
		p.Frozen = frozen
		if !frozen {
			p.L1 = l.penalty(name+".bias_l1", args["bias_l1"])
			p.L2 = l.penalty(name+".bias_l2", args["bias_l2"])
			p.Constraint = l.constraint(args["bias_constraint"])
		}
		if value = name; acts {
			value = name + ".preact"
		}
		y = l.b.Op("bias", value, nil, y, p.Value)
	}
	if acts {
		y = l.activate(i, y, activation.Str, activation.Args)
	}
	return l.activity(i, y)
}

// activity appends the penalty of the layer's result y, when it has one.
func (l *lowerer) activity(i int, y *ir.Value) *ir.Value {
	args, name := l.p.Layers[i].Args, l.b.Layer
	a := ir.ActivityAttr{L1: l.penalty(name+".activity_l1", args["activity_l1"]), L2: l.penalty(name+".activity_l2", args["activity_l2"])}
	switch {
	case y == nil || a.L1 < 0 && a.L2 < 0:
		return y
	case i == len(l.p.Layers)-1:
		l.errorf(i, diag.Conflict, "a penalty on the activity of the last layer would be one on the scores").
			WithHelp("what the scores should be is a matter of the loss; activity_l1 and activity_l2 are for the layers before")
		return y
	}
	return l.b.Op("activity", name+".activity", a, y)
}

// constraint reads a limit of weights, nothing where there is none.
func (l *lowerer) constraint(v elab.Value) ir.Constraint {
	c := ir.Constraint{Name: v.Str, Min: v.Args["min"].Num, Max: v.Args["max"].Num, Rate: v.Args["rate"].Num}
	if c.Name == "min_max_norm" && c.Min > c.Max {
		l.list.Add(diag.Errorf(diag.Conflict, v.Pos, "min_max_norm: the smallest norm, %g, is above the largest, %g", c.Min, c.Max))
	}
	return c
}

// kernel appends a kernel of layer i with its initializer and penalties, the
// options of which begin with prefix.
func (l *lowerer) kernel(i int, part, prefix string, shape ir.Shape) *ir.Param {
	args, name := l.p.Layers[i].Args, l.b.Layer
	l.initFits(i, args[prefix+"init"], len(shape))
	w := l.b.Param(name+"."+part, initializer(args[prefix+"init"], "glorot_uniform"), shape)
	if w.Frozen = frozen(args); !w.Frozen { // the penalty of frozen weights is not part of the loss
		w.L1 = l.penalty(name+"."+prefix+"l1", args[prefix+"l1"])
		w.L2 = l.penalty(name+"."+prefix+"l2", args[prefix+"l2"])
		w.Constraint = l.constraint(args[prefix+"constraint"])
	}
	return w
}

// penalty makes a scalar of a regularization factor that is not 0, or that a
// hyperparameter may make so without recompiling. It returns its index, or -1.
func (l *lowerer) penalty(name string, v elab.Value) int {
	if v.Num == 0 && len(v.Hypers) == 0 {
		return -1
	}
	return l.b.Scalar(name, v.Num)
}

// initializer is the name of an initializer as the runtime reads it: with its
// arguments behind it, in the order of the language's table, when they are not
// the defaults: "he_normal", "constant:0.1", "variance_scaling:2,fan_out,uniform".
func initializer(v elab.Value, otherwise string) string {
	if v.Str == "" {
		return otherwise
	}
	e := lang.Find(lang.InitializerTable, v.Str)
	if e == nil {
		return v.Str
	}
	text, plain := "", true
	for _, a := range e.Args {
		given := v.Args[a.Name]
		x := given.Str
		if given.Kind != elab.Name {
			x = strconv.FormatFloat(given.Num, 'g', -1, 64)
		}
		if text += ","; text == "," {
			text = ":"
		}
		text += x
		d, err := strconv.ParseFloat(a.Default, 64)
		plain = plain && (given.Kind == elab.Name && given.Str == a.Default || err == nil && d == given.Num)
	}
	if plain {
		text = ""
	}
	return v.Str + text
}

// initFits reports an initializer that cannot fill a tensor of that rank.
func (l *lowerer) initFits(i int, v elab.Value, rank int) {
	switch {
	case v.Str == "identity" && rank != 2:
		l.errorf(i, diag.WrongType, "identity is for the kernel of a dense layer, the only one that is a matrix")
	case v.Str == "orthogonal" && rank < 2:
		l.errorf(i, diag.WrongType, "orthogonal is for kernels: this weight has one axis only")
	}
}

// doesNotFit reports a window that is larger than its image, with the
// arithmetic that the operation's shape rule gave.
func (l *lowerer) doesNotFit(i int, x *ir.Value, err error) {
	layer := &l.p.Layers[i]
	size := layer.Args["kernel"]
	if size.Kind == elab.Unknown {
		size = layer.Args["size"]
	}
	l.errorf(i, EmptyOutput, "%s %s on %s: %v; %s", layer.Kind, size, l.shape(i, x), err, l.follows(i)).
		WithHelp("pad=same fits any image; or take a smaller window here, or less pooling and striding before it")
}
