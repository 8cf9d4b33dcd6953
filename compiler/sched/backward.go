package sched

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/plan"
)

// scatter is a product that goes from the outputs of a convolution to its inputs:
// backward-data of the convolution, or a transposed one.
type scatter struct {
	v      *ir.Value // the product
	a      ir.ConvAttr
	dy, dx *plan.Buffer
	// The epilogue: bias is the offset of the bias, -1 for none.
	add, mask *plan.Buffer
	bias      int
	relu      bool
	// forward products are those of transposed convolutions, which inference has.
	forward bool
	suffix  string // of the calls' names
	what    []string
}

// convDx plans backward-data.
func (b *builder) convDx(i int, s step) {
	v := s.dataProduct()
	a := convAttr(v)
	m, why := b.winogradBackward(a, v.Args[0], v.Shape.Last())
	if m > 0 {
		b.winogradDx(i, s, a, m)
		return
	}
	dy := b.buf(v.Args[0])
	dx, add, mask := b.dataOutput(i, s, !hasEmptyPhase(a) && a.KH*a.KW*dy.Cp <= callTerms)
	b.scatter(s, scatter{
		v: v, a: a, dy: dy, dx: dx, add: add, mask: mask, bias: -1, suffix: "Dx",
		what: []string{convText(a), addText(add), maskText(mask), direct(why)},
	})
}

// deconv plans a transposed convolution with all that is fused to it.
func (b *builder) deconv(i int, s step) {
	v := s.out
	attr := fusedAttr(v)
	c := scatter{v: v, a: attr.Conv, dy: b.buf(v.Args[0]), bias: -1, relu: attr.Act.Func == "relu", forward: true,
		what: []string{"transposed " + convText(attr.Conv), fusedText(attr)}}
	c.dx, c.add = b.sumOutput(i, s, attr.Add)
	if attr.Bias {
		c.bias = b.param(v.Args[2]).Offset
	}
	b.scatter(s, c)
}

// scatter plans, for each phase of the stride, a product of dy with the transposed
// kernel.
func (b *builder) scatter(s step, p scatter) {
	v, a, dy, dx := p.v, p.a, p.dy, p.dx
	hs := axisPhases(a.InH, a.KH, a.SH, a.DH, a.Pad.Top)
	ws := axisPhases(a.InW, a.KW, a.SW, a.DW, a.Pad.Left)
	// Pixels without a tap are all zero, or what the epilogue makes of that.
	clears := hasEmptyPhase(a) && p.bias < 0 && p.add == nil
	if clears {
		b.call(s.backward, &plan.Zero{Info: b.info(v, callName(s, "Clear"), pass(s)), X: dx})
		b.lastCall(s).FLOPs = 0
	}
	phases := 0
	work := make([]int64, 0, len(hs)*len(ws)) // products of each phase
	for _, h := range hs {
		for _, w := range ws {
			if !clears || len(h.taps) > 0 && len(w.taps) > 0 {
				phases++
			}
			work = append(work, int64(h.n*len(h.taps)*w.n*len(w.taps)))
		}
	}
	shares := split(dataFLOPs(v, work, dx.C, dy.C), work)
	for py, h := range hs {
		for px, w := range ws {
			empty := len(h.taps) == 0 || len(w.taps) == 0
			if empty && clears {
				continue
			}
			suffix := p.suffix
			if phases > 1 {
				suffix += fmt.Sprintf("Phase%d%d", py, px)
			}
			c := &plan.IGEMM{
				Info: b.productInfo(v, v.Args[1], suffix, pass(s)),
				X:    dy, Y: dx, Add: p.add, Mask: p.mask, Bias: p.bias, ReLU: p.relu,
				OutH: h.n, OutW: w.n, OutC: dx.Cp, Groups: groups(a, dx.C, dy.C).Reversed(),
				XOrigin: dy.Origin(), XRow: dy.RowFloats(), XCol: dy.Cp,
				YOrigin: dx.Origin() + h.first*dx.RowFloats() + w.first*dx.Cp,
				YRow:    a.SH * dx.RowFloats(), YCol: a.SW * dx.Cp,
			}
			c.FLOPs = shares[py*len(ws)+px]
			if empty {
				c.XRow, c.XCol, c.Seg, c.SegLen, c.Groups = 0, 0, []int{0}, 1, plan.Groups{}
				c.W = b.noWeights(c.OutC)
			} else {
				b.phase(c, p, h, w)
			}
			k := len(c.Seg) * c.SegLen
			c.Tiles = imageTiles(c.OutH, c.OutW, k, c.Narrow, 1, c.OutH)
			c.Tiles.PanelOuter = !c.Groups.On() && panelOuter(c.W.PanelFloats*((dx.Cp+15)/16), dy)
			slide(c)
			what := append([]string{c.Groups.String(), narrowText(c.Narrow)}, p.what...)
			if empty {
				what = append(what, "no taps")
			}
			c.Comment = arrow(dy, dx, what...)
			b.callParts(s.backward, c)
		}
	}
}

// phase gives a product of scatter p the inputs and weights of one phase.
func (b *builder) phase(c *plan.IGEMM, p scatter, h, w axisPhase) {
	var offsets, taps []int
	for _, th := range h.taps {
		for _, tw := range w.taps {
			offsets = append(offsets, th.offset*p.dy.RowFloats()+tw.offset*p.dy.Cp)
			taps = append(taps, th.k*p.a.KW+tw.k)
		}
	}
	kernel := p.v.Args[1]
	run := runChannels(p.dy.C, p.dy.Cp)
	switch {
	case c.Groups.On():
		run = c.Groups.Span()
		c.W = b.arrange(kernel, c.Name, c.Groups, run, taps, true)
	case b.narrow(1, len(taps), p.v.Args[0], p.dx.C):
		run = b.narrowTo(c, kernel, p.dy, p.dx.C, taps, true)
	case p.forward:
		c.W = b.arrange(kernel, c.Name, plan.Groups{Count: 1, In: p.dy.C, Out: p.dx.C}, run, taps, true)
	default:
		c.W = b.transpose(kernel, c.Name, b.kernel(kernel), 0, taps, run)
	}
	c.Seg, c.SegLen = segments(offsets, run)
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

// hasEmptyPhase reports whether some phase of a convolution's backward-data has no
// taps: a stride beyond the kernel.
func hasEmptyPhase(a ir.ConvAttr) bool {
	for _, axis := range [][]axisPhase{axisPhases(a.InH, a.KH, a.SH, a.DH, a.Pad.Top), axisPhases(a.InW, a.KW, a.SW, a.DW, a.Pad.Left)} {
		for _, p := range axis {
			if len(p.taps) == 0 {
				return true
			}
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
// before it is written. It must not overwrite dy, of which neighbours are read, nor
// the mask where the sum is made in parts: the last one applies it.
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
	dx, add, mask := b.dataOutput(i, s, dy.Cp <= callTerms)
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
	b.callParts(s.backward, c)
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
