package sched

import (
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// groups are the channel groups of a convolution from in to out channels; its
// backward-data has them reversed.
func groups(a ir.ConvAttr, in, out int) plan.Groups {
	if n := a.GroupCount(); n > 1 {
		return plan.Groups{Count: n, In: in / n, Out: out / n}
	}
	return plan.Groups{}
}

// allTaps are the cells of a kernel in order.
func allTaps(a ir.ConvAttr) []int {
	taps := make([]int, a.KH*a.KW)
	for i := range taps {
		taps[i] = i
	}
	return taps
}

// arrange reserves derived weights for a product with groups g (Count 1 for one
// group) and plans their making, or finds those that are there.
func (b *builder) arrange(w *ir.Value, name string, g plan.Groups, rows int, taps []int, backward bool) plan.Weights {
	p, fold := b.param(w), b.foldOf(w)
	name += "Weights"
	if fold != nil {
		name += "Folded"
	}
	t := &plan.Arrange{
		Info: plan.Info{Name: name, Layer: w.Layer, Pass: "update", Line: w.Pos.Line},
		From: p.Offset, Packing: p.Packing, Taps: taps, Groups: g, Rows: rows, Backward: backward, Fold: fold,
	}
	for _, d := range b.derive {
		if o, ok := d.(*plan.Arrange); ok && o.From == t.From && o.Groups == g && o.Rows == rows && o.Backward == backward && o.Fold == fold && slices.Equal(o.Taps, taps) {
			return plan.Weights{Space: plan.Derived, Offset: o.To, PanelFloats: o.PanelFloats()}
		}
	}
	t.To = b.derivedFloats
	b.derivedFloats += t.Floats()
	t.Bytes = 8 * int64(t.Floats())
	t.Comment = fmt.Sprintf("%s, %d taps of %d inputs", p.Name, len(taps), rows)
	b.derive = append(b.derive, t)
	return plan.Weights{Space: plan.Derived, Offset: t.To, PanelFloats: t.PanelFloats()}
}

// noWeights reserves derived weights for one input that stay zero.
func (b *builder) noWeights(outC int) plan.Weights {
	w := plan.Weights{Space: plan.Derived, Offset: b.derivedFloats, PanelFloats: 16}
	b.derivedFloats += (outC + 15) / 16 * 16
	return w
}
