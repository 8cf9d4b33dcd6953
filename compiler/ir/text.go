package ir

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Dump writes the graph as text, for readers and for golden files: a line for
// each value, then what the graph is for. The form is stable: equal graphs give
// equal text.
//
//	graph doodles
//	%0 input = input : f32[n 28 28 1]  // doodles.cnn:7
//	%1 conv1.kernel = param glorot_uniform fan 9 288 l2 s0 : f32[3 3 1 32]  // doodles.cnn:8
//	%2 conv1.conv2d = conv2d %0 %1 {3x3 stride 1 pad 1,1,1,1} : f32[n 28 28 32]  // doodles.cnn:8
//	...
//	scores %12
//	scalar s0 conv1.l2 = 1e-05
func (g *Graph) Dump(w io.Writer) error {
	_, err := io.WriteString(w, g.String())
	return err
}

// String is the text that Dump writes.
func (g *Graph) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graph %s\n", g.Name)
	params := make(map[*Value]*Param, len(g.Params))
	for _, p := range g.Params {
		params[p.Value] = p
	}
	for _, v := range g.Values {
		g.line(&b, v, params[v])
	}
	root := func(name string, v *Value) {
		if v != nil {
			fmt.Fprintf(&b, "%s %%%d\n", name, v.ID)
		}
	}
	root("scores", g.Scores)
	root("logits", g.Logits)
	root("loss", g.Loss)
	for i, v := range g.Grads {
		if v != nil {
			root("grad "+g.Params[i].Value.Name, v)
		}
	}
	for i, s := range g.Scalars {
		fmt.Fprintf(&b, "scalar s%d %s = %s\n", i, s.Name, number(s.Value))
	}
	return b.String()
}

func (g *Graph) line(b *strings.Builder, v *Value, p *Param) {
	b.WriteString(v.String())
	if p != nil {
		fmt.Fprintf(b, " %s fan %d %d", p.Init, p.FanIn, p.FanOut)
		if p.L1 >= 0 {
			fmt.Fprintf(b, " l1 s%d", p.L1)
		}
		if p.L2 >= 0 {
			fmt.Fprintf(b, " l2 s%d", p.L2)
		}
		if p.Frozen {
			b.WriteString(" frozen")
		}
		if c := p.Constraint; c.Name != "" {
			fmt.Fprintf(b, " %s %g %g %g", c.Name, c.Min, c.Max, c.Rate)
		}
	}
	fmt.Fprintf(b, " : %s", v.Type())
	if v.Pos.Line > 0 {
		fmt.Fprintf(b, "  // %s:%d", path.Base(v.Pos.File), v.Pos.Line)
	}
	b.WriteByte('\n')
}

// String is the value's line in the text form, without type and position:
//
//	%2 conv1.conv2d = conv2d %0 %1 {3x3 stride 1 pad 1,1,1,1}
func (v *Value) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%d %s = %s", v.ID, v.Name, v.Op)
	for _, a := range v.Args {
		fmt.Fprintf(&b, " %%%d", a.ID)
	}
	if v.Attr != nil {
		fmt.Fprintf(&b, " {%v}", v.Attr)
	}
	return b.String()
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// pair is one number for equal values, otherwise two: "2", "2x1".
func pair(a, b int) string {
	if a == b {
		return strconv.Itoa(a)
	}
	return fmt.Sprintf("%dx%d", a, b)
}

// String is "top,left,bottom,right".
func (p Pad) String() string { return fmt.Sprintf("%d,%d,%d,%d", p.Top, p.Left, p.Bottom, p.Right) }

// String is "3x3 stride 1 pad 1,1,1,1 of 28x28" (the input size), with
// "dilation 2", "groups 4" and "multiplier 1" where they say something.
func (a ConvAttr) String() string {
	s := fmt.Sprintf("%dx%d stride %s pad %s", a.KH, a.KW, pair(a.SH, a.SW), a.Pad)
	if a.DH != 1 || a.DW != 1 {
		s += " dilation " + pair(a.DH, a.DW)
	}
	if a.Groups > 1 {
		s += fmt.Sprintf(" groups %d", a.Groups)
	}
	if a.Multiplier > 0 {
		s += fmt.Sprintf(" multiplier %d", a.Multiplier)
	}
	return s + fmt.Sprintf(" of %dx%d", a.InH, a.InW)
}

// String is "2 times".
func (a RepeatAttr) String() string { return fmt.Sprintf("%d times", a.Times) }

// String is "2x2 stride 2 pad 0,0,0,0 of 28x28".
func (a PoolAttr) String() string {
	return fmt.Sprintf("%dx%d stride %s pad %s of %dx%d", a.KH, a.KW, pair(a.SH, a.SW), a.Pad, a.InH, a.InW)
}

// String is the function's name, with its parameters up to the last that is not
// 0: "leaky_relu 0.2".
func (a ActAttr) String() string {
	last := len(a.Params)
	for last > 0 && a.Params[last-1] == 0 {
		last--
	}
	s := a.Func
	for _, x := range a.Params[:last] {
		s += " " + number(x)
	}
	return s
}

// String names the scalars: "l1 s0 l2 s1".
func (a ActivityAttr) String() string {
	factor := func(name string, i int) string {
		if i < 0 {
			return ""
		}
		return fmt.Sprintf(" %s s%d", name, i)
	}
	return strings.TrimSpace(factor("l1", a.L1) + factor("l2", a.L2))
}

// String names the scalar and the stream: "rate s0 stream 1 of 32 channels".
func (a DropoutAttr) String() string {
	return fmt.Sprintf("rate s%d stream %d of %d channels", a.Rate, a.Stream, a.Channels)
}

// String is "10 scores", with the numbers of the loss: "1 score, 0.25 2".
func (a LossAttr) String() string {
	s := fmt.Sprintf("%d scores", a.Scores)
	if a.Scores == 1 {
		s = "1 score"
	}
	last := len(a.Options)
	for last > 0 && a.Options[last-1] == 0 {
		last--
	}
	for i, x := range a.Options[:last] {
		if i == 0 {
			s += ","
		}
		s += " " + number(x)
	}
	return s
}

// String is the half-open range of channels: "8:24".
func (a SliceAttr) String() string { return fmt.Sprintf("%d:%d", a.From, a.From+a.N) }

// String is the pooling, with "relu" when windows that are not above zero mark
// no cell.
func (a PoolMaskAttr) String() string {
	if a.ReLU {
		return a.Pool.String() + " relu"
	}
	return a.Pool.String()
}

// String lists the parts of the fused operation in the order they apply.
func (a FusedConvAttr) String() string {
	var parts []string
	if a.Conv != (ConvAttr{}) {
		parts = append(parts, a.Conv.String())
	}
	if a.Bias {
		parts = append(parts, "bias")
	}
	if a.Add {
		parts = append(parts, "add")
	}
	if a.Act.Func != "" {
		parts = append(parts, a.Act.String())
	}
	if a.Pool != nil {
		parts = append(parts, "pool "+a.Pool.String())
	}
	if a.MaskReLU {
		parts = append(parts, "mask relu")
	}
	return strings.Join(parts, "; ")
}

// String is the convolution's, empty for a dense layer.
func (a MaskedAttr) String() string {
	if a.Conv == (ConvAttr{}) {
		return "relu"
	}
	return a.Conv.String() + "; relu"
}

// String is "top,left,bottom,right".
func (a FrameAttr) String() string { return a.Pad.String() }

// String is "2x3 nearest" or "2x3 bilinear".
func (a UpsampleAttr) String() string {
	how := "nearest"
	if a.Bilinear {
		how = "bilinear"
	}
	return fmt.Sprintf("%dx%d %s", a.SH, a.SW, how)
}

// String lists the axes from 1, as the language does: "3 1 2".
func (a PermuteAttr) String() string {
	return fmt.Sprintf("%d %d %d", a.Axes[0]+1, a.Axes[1]+1, a.Axes[2]+1)
}

// String is the function, with what else is set: "multiply", "maximum of 1",
// "add; relu".
func (a BinaryAttr) String() string {
	s := a.Func
	if a.Operand > 0 {
		s += fmt.Sprintf(" of %d", a.Operand)
	}
	if a.ReLU {
		s += "; relu"
	}
	return s
}

// String is "x 0.5 + 1", or with lists "x 0.5,0.25 + 1".
func (a AffineAttr) String() string { return "x " + numbers(a.Scale) + " + " + numbers(a.Offset) }

func numbers(xs []float64) string {
	s := make([]string, len(xs))
	for i, x := range xs {
		s[i] = number(x)
	}
	return strings.Join(s, ",")
}
