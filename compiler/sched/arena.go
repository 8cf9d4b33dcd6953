package sched

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/plan"
)

// lifetimes sets First and Last of all buffers from the calls.
func lifetimes(p *plan.Program) {
	for _, b := range p.Buffers {
		b.First, b.Last = -1, -1
	}
	for i, c := range p.Calls() {
		for _, a := range plan.Accesses(c) {
			if a.Buffer.First < 0 {
				a.Buffer.First = i
			}
			a.Buffer.Last = i
		}
	}
}

// place gives every arena buffer its offset for micro examples: buffers that
// never live at the same time may share memory. Large ones are placed first,
// each in the tightest gap that fits between those it must not touch (best fit
// by decreasing size), which for the nested lifetimes of forward and backward
// comes close to the lower bound, the largest sum of live buffers.
func place(p *plan.Program, micro int) {
	p.Micro = micro
	p.ArenaFloats = placeIn(plan.Arena, p, micro)
	p.ResidentFloats = placeIn(plan.Resident, p, micro)
}

// placeIn places the buffers of one space and returns its size.
func placeIn(space plan.Space, p *plan.Program, micro int) (floats int) {
	var order []*plan.Buffer
	for _, b := range p.Buffers {
		if b.Space == space {
			order = append(order, b)
		}
	}
	slices.SortStableFunc(order, func(a, b *plan.Buffer) int {
		if d := b.Floats(micro) - a.Floats(micro); d != 0 {
			return d
		}
		return a.First - b.First
	})
	var placed []*plan.Buffer // by offset
	for _, b := range order {
		b.Offset = gap(placed, b, micro)
		floats = max(floats, b.Offset+b.Floats(micro))
		at, _ := slices.BinarySearchFunc(placed, b, func(x, b *plan.Buffer) int { return x.Offset - b.Offset })
		placed = slices.Insert(placed, at, b)
	}
	return floats
}

// gap finds the offset of b among the buffers placed before, which are sorted
// by offset: the smallest hole that fits, or the end.
func gap(placed []*plan.Buffer, b *plan.Buffer, micro int) int {
	need := b.Floats(micro)
	best, bestSize, end := -1, 0, 0
	for _, o := range placed {
		if o.Last < b.First || b.Last < o.First {
			continue
		}
		if hole := o.Offset - end; hole >= need && (best < 0 || hole < bestSize) {
			best, bestSize = end, hole
		}
		end = max(end, o.Offset+o.Floats(micro))
	}
	if best >= 0 {
		return best
	}
	return end
}

// clearBorders inserts the calls that zero the border of every buffer with a
// halo that shares memory with another: the arena is zero at first, and no
// kernel writes borders, so a buffer on its own never needs it again.
func clearBorders(b *builder, p *plan.Program) {
	shared := map[*plan.Buffer]bool{}
	for _, x := range p.Buffers {
		if x.Space == plan.Input || !x.HasHalo() || x.MaskCells > 0 {
			continue
		}
		for _, o := range p.Buffers {
			if o != x && x.Overlaps(o, p.Micro) {
				shared[x] = true
				break
			}
		}
	}
	done := map[*plan.Buffer]bool{}
	insert := func(calls []plan.Call, pass string) []plan.Call {
		var out []plan.Call
		for _, c := range calls {
			for _, a := range plan.Accesses(c) {
				if x := a.Buffer; shared[x] && !done[x] {
					done[x] = true
					base := c.Base()
					z := &plan.Zero{
						Info: plan.Info{
							Name: unique(b.callNames, x.Name+"Border"), Layer: base.Layer, Pass: pass, Line: base.Line,
							Comment: "the border of " + x.Name + ", whose memory other buffers use",
						},
						X: x, HaloOnly: true,
					}
					b.stage[z] = b.stage[c]
					out = append(out, z)
				}
			}
			out = append(out, c)
		}
		return out
	}
	p.Forward = insert(p.Forward, "forward")
	p.Backward = insert(p.Backward, "backward-data")
	lifetimes(p)
	b.cut(p)
}
