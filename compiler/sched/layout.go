package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// channels is the unit that channel counts are padded to: half a weight panel,
// one AVX register.
const channels = 8

// pad8 rounds up to whole vectors.
func pad8(c int) int { return (c + channels - 1) / channels * channels }

// pad16 rounds up to whole panels and to the alignment of buffers.
func pad16(n int) int { return (n + 15) / 16 * 16 }

// halo is a border in pixels.
type halo struct{ top, left, bottom, right int }

func (h halo) max(o halo) halo {
	return halo{max(h.top, o.top), max(h.left, o.left), max(h.bottom, o.bottom), max(h.right, o.right)}
}

// layout decides, for the root of every buffer, padded channels and border.
// Values whose buffers must look alike, because one kernel walks over them with
// one set of offsets, are kept in one class.
type layout struct {
	*legal
	parent map[*ir.Value]*ir.Value // union-find over roots
	halos  map[*ir.Value]halo      // by class
	after  map[*ir.Value]bool      // what depends on the loss (isGradient)
	// direct: convolutions and dense layers read the caller's images where they
	// are; exact: in a copy or not, the images keep their 1 to 4 channels.
	direct, exact bool
	// images are likely to be computed together.
	images int
}

// newLayout computes the layout for the steps. With padInput the input is
// copied and its channels padded in any case. images is a guess at the
// micro-batch, which is known only when everything else is.
func newLayout(l *legal, steps []step, padInput bool, images int) *layout {
	y := &layout{legal: l, parent: map[*ir.Value]*ir.Value{}, halos: map[*ir.Value]halo{}, images: images}
	products := !padInput
	for _, s := range steps {
		y.step(s)
		for i, a := range s.out.Args {
			if y.root(a) == l.Input && (s.store || !readsAsProduct(s.out, i)) {
				products = false
			}
		}
	}
	c := l.Input.Shape.Last()
	y.exact = products && c <= 4
	y.direct = l.loaded == nil && products && (y.exact || c%channels == 0) && y.halo(l.Input) == halo{}
	return y
}

// readsAsProduct reports whether argument i of v is the x of a convolution or
// dense layer, whose kernels take any channel count and stride. Those of depthwise
// convolutions read vectors.
func readsAsProduct(v *ir.Value, i int) bool {
	switch v.Op {
	case "conv2d", "conv2d_fused", "conv2d_dw":
		a, c := convAttr(v), v.Args[0].Shape.Last()
		return i == 0 && (a.GroupCount() == 1 || a.Groups < c)
	case "dense", "dense_fused", "dense_dw":
		return i == 0
	}
	return false
}

// isGradient reports whether v is a value of the backward pass: its padding channels
// are zero.
func (y *layout) isGradient(v *ir.Value) bool {
	if y.after == nil {
		y.after = y.dependsOnLoss()
	}
	return y.after[v]
}

// root is the value whose buffer holds v, nil when v has none.
func (y *layout) root(v *ir.Value) *ir.Value { return y.forms[v].root }

// class finds the representative of the class of v.
func (y *layout) class(v *ir.Value) *ir.Value {
	v = y.root(v)
	for y.parent[v] != nil {
		v = y.parent[v]
	}
	return v
}

// alike puts the buffers of a and b into one class.
func (y *layout) alike(a, b *ir.Value) {
	ca, cb := y.class(a), y.class(b)
	if ca == cb {
		return
	}
	y.parent[cb] = ca
	y.halos[ca] = y.halos[ca].max(y.halos[cb])
}

// need demands a border around v.
func (y *layout) need(v *ir.Value, h halo) {
	c := y.class(v)
	y.halos[c] = y.halos[c].max(h)
}

// halo is the border around v.
func (y *layout) halo(v *ir.Value) halo { return y.halos[y.class(v)] }

// step records what a step demands.
func (y *layout) step(s step) {
	v := s.out
	if s.store {
		return
	}
	if p := s.product; p != nil {
		if a, ok := p.Attr.(ir.ConvAttr); ok {
			y.need(p.Args[0], y.convDxHalo(p, a))
		}
		y.alike(v, s.add)
		if s.relu != nil {
			y.alike(v, s.relu)
		}
		return
	}
	switch v.Op {
	case "conv2d", "conv2d_dw":
		if v.Op == "conv2d_dw" {
			y.needTiles(v)
		}
		y.need(v.Args[0], y.convHalo(v, v.Attr.(ir.ConvAttr)))
	case "conv2d_fused":
		a := v.Attr.(ir.FusedConvAttr)
		y.need(v.Args[0], y.convHalo(v, a.Conv))
		if a.Add {
			y.alike(v, v.Args[len(v.Args)-1])
		}
	case "deconv2d", "deconv2d_fused":
		y.need(v.Args[0], backwardHalo(convAttr(v), y.forms[v.Args[0]].geom))
		if a, ok := v.Attr.(ir.FusedConvAttr); ok && a.Add {
			y.alike(v, v.Args[len(v.Args)-1])
		}
	case "dense_fused":
		if v.Attr.(ir.FusedConvAttr).Add {
			y.alike(v, v.Args[len(v.Args)-1])
		}
	case "conv2d_dx":
		y.need(v.Args[0], y.convDxHalo(v, v.Attr.(ir.ConvAttr)))
	case "conv2d_dx_masked":
		y.need(v.Args[0], y.convDxHalo(v, v.Attr.(ir.MaskedAttr).Conv))
		y.alike(v, v.Args[2])
	case "dense_dx_masked":
		y.alike(v, v.Args[2])
	case "act", "dropout", "act_grad", "activity_grad", "add", "add_act", "affine", "spatial_dropout", "alpha_dropout", "alpha_dropout_dx",
		"gaussian_noise", "gaussian_dropout":
		for _, a := range v.Args {
			y.alike(v, a)
		}
	case "binary", "binary_grad":
		for _, a := range v.Args { // what stretches is walked over in steps of its own
			if y.forms[a].geom == y.forms[v].geom {
				y.alike(v, a)
			}
		}
	case "prelu":
		y.alike(v, v.Args[0])
	case "prelu_dx":
		y.alike(v, v.Args[0])
		y.alike(v, v.Args[1])
	case "prelu_dw":
		y.alike(v.Args[0], v.Args[1])
	case "globalmaxpool_dx":
		y.alike(v, v.Args[1])
	}
}

// convOut is the size of a convolution's result (before a pooling).
func (y *layout) convOut(v *ir.Value) geometry {
	if v.Op == "conv2d_dw" {
		return y.forms[v.Args[1]].geom
	}
	a := convAttr(v)
	_, channels := op.ConvChannels(a, v.Args[1].Shape)
	return geometry{
		(a.InH+a.Pad.Top+a.Pad.Bottom-(a.KH-1)*a.DH-1)/a.SH + 1,
		(a.InW+a.Pad.Left+a.Pad.Right-(a.KW-1)*a.DW-1)/a.SW + 1,
		channels,
	}
}

// forwardHalo is how far the windows of a convolution reach outside its input.
func forwardHalo(a ir.ConvAttr, out geometry) halo {
	return halo{
		top:    a.Pad.Top,
		left:   a.Pad.Left,
		bottom: max(0, (out.h-1)*a.SH+(a.KH-1)*a.DH-a.Pad.Top-(a.InH-1)),
		right:  max(0, (out.w-1)*a.SW+(a.KW-1)*a.DW-a.Pad.Left-(a.InW-1)),
	}
}

// backwardHalo is how far backward-data reaches outside dy, over all phases.
func backwardHalo(a ir.ConvAttr, dy geometry) halo {
	var h halo
	for _, p := range axisPhases(a.InH, a.KH, a.SH, a.DH, a.Pad.Top) {
		before, after := p.reach(dy.h)
		h.top, h.bottom = max(h.top, before), max(h.bottom, after)
	}
	for _, p := range axisPhases(a.InW, a.KW, a.SW, a.DW, a.Pad.Left) {
		before, after := p.reach(dy.w)
		h.left, h.right = max(h.left, before), max(h.right, after)
	}
	return h
}

// buffer makes the buffer of v. It is not placed yet.
func (y *layout) buffer(v *ir.Value, name string) *plan.Buffer {
	f := y.forms[v]
	h := y.halo(v)
	b := &plan.Buffer{
		Name: name, H: f.geom.h, W: f.geom.w, C: f.geom.c, Cp: y.cp(v),
		Top: h.top, Left: h.left, Bottom: h.bottom, Right: h.right,
	}
	if f.root == y.Input && y.direct {
		b.Space = plan.Input
		b.ImageFloats = b.H * b.W * b.C
		return b
	}
	b.ImageFloats = pad16((b.Top + b.H + b.Bottom) * b.RowFloats())
	return b
}

// cp is the channel pitch of v's buffer.
func (y *layout) cp(v *ir.Value) int {
	f := y.forms[v]
	if f.root == y.Input && y.exact {
		return f.geom.c
	}
	return pad8(f.geom.c)
}

// maskBuffer makes the buffer of a pooling's mask.
func maskBuffer(out *plan.Buffer, name string, kh, kw int) *plan.Buffer {
	b := &plan.Buffer{Name: name, H: out.H, W: out.W, C: out.C, Cp: out.Cp, MaskCells: kh * kw}
	b.ImageFloats = pad16((b.MaskBytes() + 3) / 4)
	return b
}
