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
	return b.arrangement(w, name, plan.Arrange{Packing: b.kernel(w), Taps: taps, Groups: g, Rows: rows, Backward: backward})
}

// arrangement completes t, which makes derived weights of w, and plans it, or finds
// the one that makes the same.
func (b *builder) arrangement(w *ir.Value, name string, t plan.Arrange) plan.Weights {
	p := b.param(w)
	t.From, t.Fold = p.Offset, b.foldOf(w)
	name += "Weights"
	if t.Fold != nil {
		name += "Folded"
	}
	for _, d := range b.derive {
		if o, ok := d.(*plan.Arrange); ok && o.From == t.From && o.Packing == t.Packing && o.Groups == t.Groups && o.Rows == t.Rows &&
			o.Backward == t.Backward && o.AlongK == t.AlongK && o.Fold == t.Fold && slices.Equal(o.Taps, t.Taps) {
			return plan.Weights{Space: plan.Derived, Offset: o.To, PanelFloats: o.PanelFloats()}
		}
	}
	t.Info = plan.Info{Name: name, Layer: w.Layer, Pass: "update", Line: w.Pos.Line, Bytes: 8 * int64(t.Floats())}
	t.Comment = fmt.Sprintf("%s, %d taps of %d inputs", p.Name, len(t.Taps), t.Rows)
	t.To = b.derivedFloats
	b.derivedFloats += t.Floats()
	b.derive = append(b.derive, &t)
	return plan.Weights{Space: plan.Derived, Offset: t.To, PanelFloats: t.PanelFloats()}
}

// noWeights reserves derived weights for one input that stay zero.
func (b *builder) noWeights(outC int) plan.Weights {
	w := plan.Weights{Space: plan.Derived, Offset: b.derivedFloats, PanelFloats: 16}
	b.derivedFloats += (outC + 15) / 16 * 16
	return w
}
