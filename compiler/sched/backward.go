package sched

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// convDx plans backward-data: for each phase of the stride a product of dy with
// the transposed kernel.
func (b *builder) convDx(i int, s step) {
	v := s.dataProduct()
	a, ok := v.Attr.(ir.ConvAttr)
	if !ok {
		a = v.Attr.(ir.MaskedAttr).Conv
	}
	m, why := b.winogradBackward(a, v.Args[0], v.Shape.Last())
	if m > 0 {
		b.winogradDx(i, s, a, m)
		return
	}
	dy := b.buf(v.Args[0])
	hs := axisPhases(a.InH, a.KH, a.SH, a.DH, a.Pad.Top)
	ws := axisPhases(a.InW, a.KW, a.SW, a.DW, a.Pad.Left)
	empty := hasEmpty(hs) || hasEmpty(ws)
	dx, add, mask := b.dataOutput(i, s, !empty)
	if empty {
		// Some pixels have no tap at all.
		b.call(true, &plan.Zero{Info: b.info(v, callName(s, "Clear"), pass(s)), X: dx})
		b.backward[len(b.backward)-1].Base().FLOPs = 0
	}
	phases := 0
	work := make([]int64, 0, len(hs)*len(ws)) // products of each phase
	for _, h := range hs {
		for _, w := range ws {
			if len(h.taps) > 0 && len(w.taps) > 0 {
				phases++
			}
			work = append(work, int64(h.n*len(h.taps)*w.n*len(w.taps)))
		}
	}
	shares := split(dataFLOPs(v, work, dx.C, dy.C), work)
	for py, h := range hs {
		for px, w := range ws {
			if len(h.taps) == 0 || len(w.taps) == 0 {
				continue
			}
			suffix := "Dx"
			if phases > 1 {
				suffix += fmt.Sprintf("Phase%d%d", py, px)
			}
			c := &plan.IGEMM{
				Info: b.productInfo(v, v.Args[1], suffix, "backward-data"),
				X:    dy, Y: dx, Add: add, Mask: mask, Bias: -1,
				OutH: h.n, OutW: w.n, OutC: dx.Cp,
				XOrigin: dy.Origin(), XRow: dy.RowFloats(), XCol: dy.Cp,
				YOrigin: dx.Origin() + h.first*dx.RowFloats() + w.first*dx.Cp,
				YRow:    a.SH * dx.RowFloats(), YCol: a.SW * dx.Cp,
			}
			c.FLOPs = shares[py*len(ws)+px]
			var offsets, taps []int
			for _, th := range h.taps {
				for _, tw := range w.taps {
					offsets = append(offsets, th.offset*dy.RowFloats()+tw.offset*dy.Cp)
					taps = append(taps, th.k*a.KW+tw.k)
				}
			}
			run := runChannels(dy.C, dy.Cp)
			c.Seg, c.SegLen = segments(offsets, run)
			k := len(c.Seg) * c.SegLen
			c.W = b.transpose(v.Args[1], c.Name, b.kernel(v.Args[1]), 0, taps, run)
			c.Tiles = imageTiles(c.OutH, c.OutW, k, 1, c.OutH)
			c.Tiles.PanelOuter = panelOuter(c.W.PanelFloats*((dx.Cp+15)/16), dy)
			c.Comment = arrow(dy, dx, convText(a), addText(add), maskText(mask), direct(why))
			b.call(true, c)
		}
	}
}

// shareOf splits total over n calls, remainders to the first.
func shareOf(total int64, i, n int) int64 {
	share := total / int64(n)
	if i == 0 {
		share += total % int64(n)
	}
	return share
}

// dataFLOPs is the work of a backward-data whose phases have so many products of
// pixels and taps: that of the forward pass, or less where a stride leaves out
// taps that reach outside the image.
func dataFLOPs(v *ir.Value, work []int64, in, out int) int64 {
	products := int64(0)
	for _, w := range work {
		products += w
	}
	return min(op.FLOPs(v), 2*products*int64(in)*int64(out))
}

// split divides total in proportion to work; what rounding leaves goes to the
// first share that has any.
func split(total int64, work []int64) []int64 {
	sum, left := int64(0), total
	for _, w := range work {
		sum += w
	}
	shares := make([]int64, len(work))
	for i, w := range work {
		shares[i] = int64(float64(total) * float64(w) / float64(max(sum, 1)))
		left -= shares[i]
	}
	for i, w := range work {
		if w > 0 {
			shares[i] += left
			break
		}
	}
	return shares
}

// hasEmpty reports whether some phase has no taps: a stride beyond the kernel.
func hasEmpty(ps []axisPhase) bool {
	for _, p := range ps {
		if len(p.taps) == 0 {
			return true
		}
	}
	return false
}

// dataProduct is the backward-data operation of a step.
func (s step) dataProduct() *ir.Value {
	if s.product != nil {
		return s.product
	}
	return s.out
}

// dataOutput returns the buffer for backward-data, what is added to it and its
// relu mask, nil for none. The result may overwrite either: each element is read
// before it is written. It must not overwrite dy, of which neighbours are read.
func (b *builder) dataOutput(i int, s step, mayReuse bool) (dx, add, mask *plan.Buffer) {
	var over []*ir.Value
	relu := s.relu
	if s.product != nil {
		add = b.buf(s.add)
		over = append(over, s.add)
	} else if len(s.out.Args) > 2 {
		relu = s.out.Args[2]
	}
	if relu != nil {
		mask = b.buf(relu)
		over = append(over, relu)
	}
	dy := b.buf(s.dataProduct().Args[0])
	over = slices.DeleteFunc(over, func(v *ir.Value) bool { return !mayReuse || b.buf(v) == dy })
	return b.inPlace(i, s, over...), add, mask
}

// denseDx plans backward-data of a dense layer. Its result has the geometry of
// the layer's input: when that image is kept with a border, its rows are runs of
// the product's outputs.
func (b *builder) denseDx(i int, s step) {
	v := s.dataProduct()
	dy := b.buf(v.Args[0])
	dx, add, mask := b.dataOutput(i, s, true)
	pk := b.kernel(v.Args[1])
	c := &plan.IGEMM{
		Info: b.productInfo(v, v.Args[1], "Dx", "backward-data"),
		X:    dy, Y: dx, Add: add, Mask: mask, Bias: -1,
		OutH: 1, OutW: 1, OutC: dx.H * dx.W * dx.Cp,
		XOrigin: dy.Origin(), YOrigin: dx.Origin(),
		Seg: []int{0}, SegLen: dy.Cp,
		Tiles: plan.TilePlan{AcrossImages: true},
	}
	if !dx.Contiguous() {
		c.Run, c.YRun = dx.W*dx.Cp, dx.RowFloats()
	}
	flat := plan.Packing{Taps: 1, In: c.OutC, InPad: pk.Taps * pk.InPad, Out: pk.Out}
	c.W = b.transpose(v.Args[1], c.Name, flat, c.Run, []int{0}, dy.Cp)
	c.FLOPs = op.FLOPs(v)
	c.Comment = arrow(dy, dx, addText(add), maskText(mask))
	b.call(true, c)
}

// transpose reserves derived weights and plans their making, in runs of run inputs
// (0: one run).
func (b *builder) transpose(w *ir.Value, name string, pk plan.Packing, run int, taps []int, outPad int) plan.Weights {
	p := b.param(w)
	t := &plan.Transpose{
		Info: plan.Info{Name: name + "Weights", Layer: w.Layer, Pass: "update", Line: w.Pos.Line},
		From: p.Offset, Packing: pk, To: b.derivedFloats, Taps: taps, OutPad: outPad, Run: run,
	}
	panel := len(taps) * outPad * 16
	runs, _, panels := t.Panels()
	floats := runs * panels * panel
	b.derivedFloats += floats
	t.Bytes = 8 * int64(floats)
	t.Comment = fmt.Sprintf("%s, %d taps of %d outputs", p.Name, len(taps), pk.Out)
	b.derive = append(b.derive, t)
	return plan.Weights{Space: plan.Derived, Offset: t.To, PanelFloats: panel}
}
