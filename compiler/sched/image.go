package sched

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// maxPool plans a pooling that no convolution swallowed.
func (b *builder) maxPool(s step) {
	v := s.out
	a, x, y := v.Attr.(ir.PoolAttr), b.buf(v.Args[0]), b.output(s)
	c := &plan.MaxPool{
		Info: b.info(v, callName(s, ""), pass(s)),
		X:    x, Y: y, Mask: b.mask(s, y, a.KH, a.KW),
		KH: a.KH, KW: a.KW, SH: a.SH, SW: a.SW, PadTop: a.Pad.Top, PadLeft: a.Pad.Left,
	}
	if s.mask != nil {
		// Fuse sets ReLU on the mask only when x is the output of a relu, which
		// another relu does not change.
		c.ReLU = s.mask.Attr.(ir.PoolMaskAttr).ReLU
	}
	c.Comment = arrow(x, y, fmt.Sprintf("%dx%d stride %dx%d", a.KH, a.KW, a.SH, a.SW))
	b.call(s.backward, c)
}

// cover says whether windows share cells and whether they miss any.
func cover(a ir.PoolAttr, out *plan.Buffer) (overlap, uncovered bool) {
	overlap = a.SH < a.KH && out.H > 1 || a.SW < a.KW && out.W > 1
	reachH := (out.H-1)*a.SH - a.Pad.Top + a.KH
	reachW := (out.W-1)*a.SW - a.Pad.Left + a.KW
	uncovered = a.SH > a.KH && out.H > 1 || a.SW > a.KW && out.W > 1 || reachH < a.InH || reachW < a.InW
	return overlap, uncovered
}

func (b *builder) maxPoolGrad(s step) error {
	v := s.out
	a, dy, mask := v.Attr.(ir.PoolAttr), b.buf(v.Args[0]), b.masks[v.Args[1]]
	if mask == nil {
		return internal(v, "no pooling makes its mask")
	}
	dx := b.output(s)
	overlap, uncovered := cover(a, dy)
	b.call(s.backward, &plan.MaxPoolGrad{
		Info: b.info(v, callName(s, ""), pass(s)),
		DY:   dy, Mask: mask, DX: dx, KH: a.KH, KW: a.KW, SH: a.SH, SW: a.SW,
		PadTop: a.Pad.Top, PadLeft: a.Pad.Left, Overlap: overlap, Uncovered: uncovered,
	})
	b.lastCall(s).Comment = arrow(dy, dx, "unpool")
	return nil
}

// poolAttr is the window of an average pooling; a global one covers the image.
func poolAttr(v *ir.Value, image geometry) ir.PoolAttr {
	if a, ok := v.Attr.(ir.PoolAttr); ok {
		return a
	}
	return ir.PoolAttr{KH: image.h, KW: image.w, SH: image.h, SW: image.w, InH: image.h, InW: image.w}
}

func (b *builder) avgPool(s step) {
	v := s.out
	x, y := b.buf(v.Args[0]), b.output(s)
	a := poolAttr(v, b.forms[v.Args[0]].geom)
	b.call(s.backward, &plan.AvgPool{
		Info: b.info(v, callName(s, ""), pass(s)), X: x, Y: y,
		KH: a.KH, KW: a.KW, SH: a.SH, SW: a.SW, PadTop: a.Pad.Top, PadLeft: a.Pad.Left,
	})
	b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("mean of %dx%d", a.KH, a.KW))
}

func (b *builder) avgPoolGrad(s step) {
	v := s.out
	dy, dx := b.buf(v.Args[0]), b.output(s)
	a := poolAttr(v, b.forms[v].geom)
	overlap, uncovered := cover(a, dy)
	b.call(s.backward, &plan.AvgPoolGrad{
		Info: b.info(v, callName(s, ""), pass(s)), DY: dy, DX: dx,
		KH: a.KH, KW: a.KW, SH: a.SH, SW: a.SW, PadTop: a.Pad.Top, PadLeft: a.Pad.Left,
		Overlap: overlap, Uncovered: uncovered,
	})
	b.lastCall(s).Comment = arrow(dy, dx, fmt.Sprintf("spread over %dx%d", a.KH, a.KW))
}

// concat copies each operand to its channels.
func (b *builder) concat(s step) {
	y := b.output(s)
	from := 0
	for i, arg := range s.out.Args {
		x := b.buf(arg)
		name := callName(s, "")
		if len(s.out.Args) > 1 {
			name += fmt.Sprintf("Part%d", i+1)
		}
		b.call(s.backward, &plan.CopyChannels{
			Info: b.info(s.out, name, pass(s)), X: x, Y: y, YFrom: from, N: x.C,
		})
		b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("channels from %d", from))
		from += x.C
	}
}

func (b *builder) slice(s step) {
	a, x, y := s.out.Attr.(ir.SliceAttr), b.buf(s.out.Args[0]), b.output(s)
	b.call(s.backward, &plan.CopyChannels{
		Info: b.info(s.out, callName(s, "Slice"), pass(s)), X: x, Y: y, XFrom: a.From, N: a.N,
	})
	b.lastCall(s).Comment = arrow(x, y, fmt.Sprintf("channels %d to %d", a.From, a.From+a.N-1))
}

// lastCall is the call just appended for s.
func (b *builder) lastCall(s step) *plan.Info {
	calls := b.forward
	if s.backward {
		calls = b.backward
	}
	return calls[len(calls)-1].Base()
}
