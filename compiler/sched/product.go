package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

// conv plans a convolution with all that is fused to it: a forward one, or the
// backward-data of a transposed convolution.
func (b *builder) conv(i int, s step) {
	v := s.out
	attr := fusedAttr(v)
	m, why := b.winogradForward(v)
	if m > 0 {
		b.winogradConv(i, s, attr, m)
		return
	}
	a, x, out := attr.Conv, b.buf(v.Args[0]), b.convOut(v)
	c := &plan.IGEMM{
		Info: b.productInfo(v, v.Args[1], convSuffix(s), pass(s)),
		X:    x, W: b.weights(v.Args[1]), Bias: -1,
		OutH: out.h, OutW: out.w, OutC: pad8(out.c), Groups: groups(a, x.C, out.c),
		XOrigin: x.Origin() - a.Pad.Top*x.RowFloats() - a.Pad.Left*x.Cp,
		XRow:    a.SH * x.RowFloats(), XCol: a.SW * x.Cp,
		ReLU: attr.Act.Func == "relu",
	}
	if attr.Bias {
		c.Bias = b.param(v.Args[2]).Offset
	}
	rows := b.kernel(v.Args[1]).InPad
	if c.Groups.Shared() {
		rows = c.Groups.Span()
		c.W = b.arrange(v.Args[1], c.Name, c.Groups, rows, allTaps(a), false)
	}
	if b.narrow(a.GroupCount(), len(allTaps(a)), v.Args[0], out.c) {
		rows = b.narrowTo(c, v.Args[1], x, out.c, allTaps(a), false)
	}
	c.Seg, c.SegLen = segments(convTaps(a, x), rows)
	k := len(c.Seg) * c.SegLen
	if k <= constK && !c.Groups.On() && c.Narrow == 0 {
		c.ConstPitch = pitch(c.Seg, c.SegLen)
	}
	what := []string{convText(a), c.Groups.String(), narrowText(c.Narrow), fusedText(attr), direct(why)}
	if attr.Pool != nil {
		b.convPool(c, s, *attr.Pool, k, attr.MaskReLU)
		c.Comment = arrow(x, c.Pool.Y, what...)
	} else {
		c.Y, c.Add = b.sumOutput(i, s, attr.Add)
		c.YOrigin, c.YRow, c.YCol = c.Y.Origin(), c.Y.RowFloats(), c.Y.Cp
		c.Tiles = imageTiles(c.OutH, c.OutW, k, c.Narrow, 1, c.OutH)
		c.Tiles.PanelOuter = !c.Groups.On() && panelOuter(b.kernel(v.Args[1]).Floats(), x)
		slide(c)
		c.Comment = arrow(x, c.Y, what...)
	}
	b.callParts(s.backward, c)
}

// convSuffix names the calls of a convolution: in the backward pass it is that of
// a transposed one.
func convSuffix(s step) string {
	if s.backward {
		return "Dx"
	}
	return ""
}

// convAttr is the convolution of a product, fused or not.
func convAttr(v *ir.Value) ir.ConvAttr {
	switch a := v.Attr.(type) {
	case ir.FusedConvAttr:
		return a.Conv
	case ir.MaskedAttr:
		return a.Conv
	}
	return v.Attr.(ir.ConvAttr)
}

// fusedAttr is what is fused to a convolution.
func fusedAttr(v *ir.Value) ir.FusedConvAttr {
	if a, ok := v.Attr.(ir.FusedConvAttr); ok {
		return a
	}
	return ir.FusedConvAttr{Conv: v.Attr.(ir.ConvAttr)}
}

// convPool routes convolution c through a strip into its pooling. Rows and
// columns that no window covers are not computed. Relu is applied once, to the
// maxima, unless the mask must not know of it.
func (b *builder) convPool(c *plan.IGEMM, s step, p ir.PoolAttr, k int, maskReLU bool) {
	y := b.output(s)
	c.OutH, c.OutW = (y.H-1)*p.SH+p.KH, (y.W-1)*p.SW+p.KW
	limit := max(1, stripBytes/(4*c.OutW*c.OutC))
	c.Tiles = imageTiles(c.OutH, c.OutW, k, c.Narrow, p.SH, limit)
	strip := b.scratch(c.Name+"Strip", c.Tiles.Rows, c.OutW, c.OutC)
	c.Y, c.YRow, c.YCol = strip, strip.RowFloats(), strip.Cp
	c.Pool = &plan.MaxPool{
		Info: b.info(s.out, goName(s.out.Layer), "forward"),
		X:    strip, Y: y, Mask: b.mask(s, y, p.KH, p.KW),
		KH: p.KH, KW: p.KW, SH: p.SH, SW: p.SW,
	}
	c.Pool.FLOPs = 0
	if c.ReLU && (c.Pool.Mask == nil || maskReLU) {
		c.ReLU, c.Pool.ReLU = false, true
	}
}

// sumOutput returns the buffer for the result of a product and, with add, that
// of its last operand, which is added to it. The result may overwrite what is
// added, but not x, of which neighbours are still read.
func (b *builder) sumOutput(i int, s step, add bool) (y, addend *plan.Buffer) {
	if !add {
		return b.output(s), nil
	}
	args := s.out.Args
	skip := args[len(args)-1]
	addend = b.buf(skip)
	if addend == b.buf(args[0]) {
		return b.output(s), addend
	}
	return b.inPlace(i, s, skip), addend
}

// convTaps lists where each kernel cell begins in x relative to the pixel, in
// the order of the packed rows.
func convTaps(a ir.ConvAttr, x *plan.Buffer) []int {
	taps := make([]int, 0, a.KH*a.KW)
	for kh := range a.KH {
		for kw := range a.KW {
			taps = append(taps, kh*a.DH*x.RowFloats()+kw*a.DW*x.Cp)
		}
	}
	return taps
}

// pitch returns the distance between segments when it is constant, 0 otherwise.
func pitch(seg []int, segLen int) int {
	if len(seg) == 1 {
		return segLen
	}
	for i, s := range seg {
		if s != i*seg[1] {
			return 0
		}
	}
	return seg[1]
}

// param is the packed form of parameter w. Folded parameters lie where those are
// that they are made from; a folded bias, in place of the moving mean.
func (b *builder) param(w *ir.Value) plan.Param {
	switch w.Op {
	case "folded_kernel":
		w = w.Args[0]
	case "folded_bias":
		w = w.Args[0].Args[0]
	}
	return b.params[b.index[w]]
}

// kernel is the packing of parameter w.
func (b *builder) kernel(w *ir.Value) plan.Packing { return b.param(w).Packing }

// weights is the panel array of parameter w.
func (b *builder) weights(w *ir.Value) plan.Weights {
	p := b.param(w)
	return plan.Weights{Space: plan.Params, Offset: p.Offset, PanelFloats: p.Packing.PanelFloats()}
}

// dense plans a dense layer: one "pixel" an example, whose run of inputs is the
// whole image.
func (b *builder) dense(i int, s step) {
	v := s.out
	attr, _ := v.Attr.(ir.FusedConvAttr)
	x := b.buf(v.Args[0])
	c := &plan.IGEMM{
		Info: b.productInfo(v, v.Args[1], "", "forward"),
		X:    x, W: b.weights(v.Args[1]), Bias: -1,
		OutH: 1, OutW: 1, OutC: pad8(v.Shape[0]),
		XOrigin: x.Origin(), ReLU: attr.Act.Func == "relu",
		Tiles: plan.TilePlan{AcrossImages: true},
	}
	if attr.Bias {
		c.Bias = b.param(v.Args[2]).Offset
	}
	rows := make([]int, x.H)
	for r := range rows {
		rows[r] = r * x.RowFloats()
	}
	if b.narrow(1, x.H*x.W, v.Args[0], v.Shape[0]) {
		// Of all its rows one tap.
		k := x.H * x.W * x.Cp
		b.narrowWeights(c, v.Args[1], plan.Arrange{
			Packing: plan.Packing{Taps: 1, In: k, InPad: k, Out: v.Shape[0]}, Taps: []int{0},
			Groups: plan.Groups{Count: 1, In: k, Out: v.Shape[0]}, Rows: k,
		})
	}
	c.Seg, c.SegLen = segments(rows, x.W*x.Cp)
	c.Y, c.Add = b.sumOutput(i, s, attr.Add)
	c.YOrigin = c.Y.Origin()
	c.Comment = arrow(x, c.Y, narrowText(c.Narrow), fusedText(attr))
	b.callParts(false, c)
}

// callParts plans a product, in parts where its sum is too long. Groups have short
// sums, and those that are pooled or to few channels are left as they are.
func (b *builder) callParts(backward bool, c *plan.IGEMM) {
	if c.Groups.On() || c.Pool != nil || c.Narrow > 0 && !c.Tiles.AcrossImages {
		b.call(backward, c)
		return
	}
	for _, part := range b.parts(c) {
		b.call(backward, part)
	}
}

// callTerms is the longest sum of one kernel call: a tile of it takes 50 us at
// 120 GFLOP/s.
const callTerms = 2 * callFLOPs / (2 * target.MaxMR * kernelLanes)

// parts cuts a product with a sum too long for one kernel call into several,
// each but the first going on from the result of the one before.
func (b *builder) parts(c *plan.IGEMM) []*plan.IGEMM {
	runs := cutRuns(c.Seg, c.SegLen, callTerms)
	if len(runs) == 1 {
		return []*plan.IGEMM{c}
	}
	list := make([]*plan.IGEMM, len(runs))
	at, k := 0, len(c.Seg)*c.SegLen
	for i, r := range runs {
		p := *c
		n := len(r.seg) * r.segLen
		p.Seg, p.SegLen = r.seg, r.segLen
		if p.Narrow > 0 {
			p.W.Offset += at
		} else {
			p.W.Offset += 16 * at
		}
		p.FLOPs = c.FLOPs*int64(at+n)/int64(k) - c.FLOPs*int64(at)/int64(k)
		if p.ReLU = c.ReLU && i == len(runs)-1; i < len(runs)-1 {
			p.Mask = nil
		}
		if i > 0 {
			p.Comment = arrow(c.X, c.Y, "the sum goes on")
			if p.ReLU {
				p.Comment += ", relu"
			}
			p.Name = unique(b.callNames, fmt.Sprintf("%sPart%d", c.Name, i+1))
			p.Bias, p.Add = -1, c.Y
		}
		p.Comment += fmt.Sprintf(", terms %d to %d of %d", at, at+n-1, k)
		list[i] = &p
		at += n
	}
	return list
}

// runs are runs of inputs of one length.
type runs struct {
	seg    []int
	segLen int
}

// cutRuns cuts runs of length segLen that begin at seg into lists of at most
// most inputs each, in order.
func cutRuns(seg []int, segLen, most int) []runs {
	if segLen <= most {
		var list []runs
		for _, part := range chunks(len(seg), max(1, most/segLen)) {
			list = append(list, runs{seg[part[0]:part[1]], segLen})
		}
		return list
	}
	var list []runs
	for _, s := range seg {
		// In whole panels of 16, so that each part begins on a cache line.
		for _, part := range chunks((segLen+15)/16, max(1, most/16)) {
			from, to := 16*part[0], min(16*part[1], segLen)
			list = append(list, runs{[]int{s + from}, to - from})
		}
	}
	return list
}

// chunks cuts [0, n) into parts of nearly equal size, at most most.
func chunks(n, most int) [][2]int {
	count := (n + most - 1) / most
	list := make([][2]int, count)
	for i := range list {
		list[i] = [2]int{n * i / count, n * (i + 1) / count}
	}
	return list
}

func convText(a ir.ConvAttr) string {
	s := fmt.Sprintf("%dx%d", a.KH, a.KW)
	if a.SH != 1 || a.SW != 1 {
		s += fmt.Sprintf(" stride %dx%d", a.SH, a.SW)
	}
	if a.DH != 1 || a.DW != 1 {
		s += fmt.Sprintf(" dilation %dx%d", a.DH, a.DW)
	}
	return s
}

func fusedText(a ir.FusedConvAttr) string {
	var s string
	add := func(t string) {
		if s != "" {
			s += ", "
		}
		s += t
	}
	if a.Bias {
		add("bias")
	}
	if a.Add {
		add("add")
	}
	if a.Act.Func != "" {
		add(a.Act.Func)
	}
	if p := a.Pool; p != nil {
		add(fmt.Sprintf("max %dx%d", p.KH, p.KW))
	}
	return s
}

func addText(add *plan.Buffer) string {
	if add == nil {
		return ""
	}
	return "plus " + add.Name
}

func maskText(mask *plan.Buffer) string {
	if mask == nil {
		return ""
	}
	return "masked by " + mask.Name
}
