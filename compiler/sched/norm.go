package sched

import (
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// norms plans what the batchnorms of a program need besides buffers: places for
// partial and whole sums, and vectors made from fixed statistics.
type norms struct {
	list               []plan.BatchNorm
	of                 map[*ir.Value]int // batch_stats to its place in list
	sumFloats, batched int
	foldedAt           int // -1 none
}

// planNorms lists the batchnorms with statistics of the batch.
func (b *builder) planNorms() {
	b.norms = norms{of: map[*ir.Value]int{}, foldedAt: -1}
	level := b.levels()
	n := &b.norms
	for _, v := range b.Values {
		switch v.Op {
		case "batch_stats":
			c, g := v.Shape[0]/2, b.forms[v.Args[0]].geom
			n.of[v] = len(n.list)
			n.list = append(n.list, plan.BatchNorm{
				Layer: v.Layer, Channels: c, Pitch: pad8(c), Pixels: g.h * g.w, Moments: level[v], Sums: -1,
				MomentsAt: n.sumFloats, SumsAt: -1, At: n.batched,
				Gamma: -1, Beta: -1, Mean: b.param(v.Args[1]).Offset, Variance: b.param(v.Args[2]).Offset,
				Momentum: v.Attr.(ir.MomentAttr).Momentum,
			})
			n.sumFloats += 1 + 2*c
			n.batched += plan.NormRows * pad8(c)
		case "batchnorm", "batchnorm_act":
			if i, ok := n.of[v.Args[1]]; ok {
				f := b.fixedNorm(v)
				n.list[i].Gamma, n.list[i].Beta, n.list[i].Epsilon = f.Gamma, f.Beta, f.Epsilon
			}
		case "batchnorm_sums":
			if i, ok := n.of[v.Args[2]]; ok {
				n.list[i].Sums, n.list[i].SumsAt = level[v], n.sumFloats
				n.sumFloats += 2 * n.list[i].Channels
			}
		}
	}
	n.batched = pad16(n.batched)
}

// whole returns the block of the statistics v.
func (b *builder) whole(stats *ir.Value) (plan.BatchNorm, bool) {
	i, ok := b.norms.of[stats]
	if !ok {
		return plan.BatchNorm{}, false
	}
	return b.norms.list[i], true
}

// row is the place of a row of a block.
func row(n plan.BatchNorm, i int) int { return n.At + i*n.Pitch }

// fixedNorm is where batchnorm v has its parameters; mean and variance are those
// of moving_stats, if it has these.
func (b *builder) fixedNorm(v *ir.Value) plan.FixedNorm {
	a, ok := v.Attr.(ir.NormAttr)
	if !ok {
		a = v.Attr.(ir.NormActAttr).Norm
	}
	stats, rest := v.Args[1], v.Args[2:]
	switch v.Op {
	case "batchnorm_fixed_dx":
		stats, rest = v.Args[1], v.Args[2:]
	case "folded_bias":
		stats, rest = v.Args[0], v.Args[1:]
	}
	f := plan.FixedNorm{Channels: stats.Shape[0] / 2, Gamma: -1, Beta: -1, Mean: -1, Variance: -1, Epsilon: a.Epsilon}
	if a.Scale {
		f.Gamma, rest = b.param(rest[0]).Offset, rest[1:]
	}
	if a.Center {
		f.Beta = b.param(rest[0]).Offset
	}
	if stats.Op == "moving_stats" {
		f.Mean, f.Variance = b.param(stats.Args[0]).Offset, b.param(stats.Args[1]).Offset
	}
	return f
}

// fixedVectors returns where the vectors of v with fixed statistics are derived
// to. A layer's own and its gradient's are the same, and so are those of both
// programs.
func (b *builder) fixedVectors(v *ir.Value) int {
	f := b.fixedNorm(v)
	for _, c := range b.derive {
		if n, ok := c.(*plan.NormVectors); ok && n.Mean == f.Mean && n.Variance == f.Variance {
			if n.Beta < 0 {
				n.Beta = f.Beta
			}
			return n.To
		}
	}
	n := &plan.NormVectors{
		Info:      plan.Info{Name: goName(v.Layer) + "Vectors", Layer: v.Layer, Pass: "update", Line: v.Pos.Line, Comment: "mean, scale and shift"},
		FixedNorm: f, To: b.derivedFloats, Pitch: pad16(f.Channels),
	}
	n.Bytes = int64(4 * plan.FixedRows * n.Pitch)
	b.derivedFloats += plan.FixedRows * n.Pitch
	b.derive = append(b.derive, n)
	return n.To
}

// fold plans the folded kernel w and the bias with it.
func (b *builder) fold(w, bias *ir.Value) {
	if b.norms.foldedAt < 0 {
		b.norms.foldedAt = b.derivedFloats
		b.derivedFloats += pad16(b.paramFloats())
	}
	p := b.param(w)
	c := &plan.Fold{
		Info: plan.Info{Name: goName(w.Layer) + "Folded", Layer: w.Layer, Pass: "update", Line: w.Pos.Line, Comment: p.Name + " with the batchnorm behind it"},
		Norm: bias.Args[0].Layer, FixedNorm: b.fixedNorm(bias), From: p.Offset, Floats: p.Packing.Floats(), Panel: p.Packing.PanelFloats(), Bias: -1,
	}
	if w.Attr.(ir.NormAttr).Inner > 0 { // its packed outputs are inputs: Arrange scales it
		c.Floats = 0
	}
	if bias.Attr.(ir.NormAttr).Bias {
		c.Bias = b.param(bias.Args[len(bias.Args)-1]).Offset
	}
	c.Bytes = int64(8 * c.Floats)
	b.derive = append(b.derive, c)
}

// foldOf is the fold of kernel w, nil when it is used as it is.
func (b *builder) foldOf(w *ir.Value) *plan.Fold {
	if w.Op != "folded_kernel" {
		return nil
	}
	for _, c := range b.derive {
		if f, ok := c.(*plan.Fold); ok && f.From == b.param(w).Offset {
			return f
		}
	}
	return nil
}

// paramFloats is the length of the packed parameters.
func (b *builder) paramFloats() int {
	if len(b.params) == 0 {
		return 0
	}
	last := b.params[len(b.params)-1]
	return last.Offset + last.Packing.Floats()
}

// planFolds plans all folded kernels, before anything reads one.
func (b *builder) planFolds() {
	for _, v := range b.Values {
		if v.Op != "folded_kernel" {
			continue
		}
		for _, u := range b.Values {
			if u.Op == "folded_bias" && u.Args[0] == v.Args[1] {
				b.fold(v, u)
			}
		}
	}
}

// norm plans the operations of batchnorm.
func (b *builder) norm(i int, s step) error {
	v := s.out
	x := b.buf(v.Args[0])
	switch v.Op {
	case "batch_stats":
		n, _ := b.whole(v)
		b.call(s.backward, &plan.Moments{Info: b.normInfo(s, "Moments", size(x)+" -> mean, variance"), X: x, At: n.MomentsAt})
	case "batchnorm", "batchnorm_act":
		b.batchnorm(i, s)
	case "batchnorm_sums":
		n, ok := b.whole(v.Args[2])
		if !ok {
			return internal(v, "sums for statistics that are not the batch's")
		}
		b.call(s.backward, &plan.NormSums{
			Info: b.normInfo(s, "Sums", size(x)+" -> sums"),
			DY:   x, X: b.buf(v.Args[1]), Mean: row(n, plan.NormMean), At: n.SumsAt,
		})
	case "batchnorm_dx":
		n, _ := b.whole(v.Args[2])
		y := b.inPlace(i, s, v.Args[0])
		b.call(s.backward, &plan.NormGrad{
			Info: b.normInfo(s, "", size(y)),
			DY:   x, X: b.buf(v.Args[1]), DX: y, Mean: row(n, plan.NormMean), Scale: row(n, plan.NormScale),
			Slope: row(n, plan.NormSlope), Offset: row(n, plan.NormOffset),
		})
	case "batchnorm_fixed_dx":
		at := b.fixedVectors(v)
		pitch := pad16(v.Shape.Last())
		y := b.inPlace(i, s, v.Args[0])
		zeros := at + plan.FixedZero*pitch
		b.call(s.backward, &plan.Norm{
			Info: b.normInfo(s, "", size(y)), X: x, Y: y,
			Space: plan.Derived, Mean: zeros, Scale: at + plan.NormScale*pitch, Shift: zeros,
		})
	}
	return nil
}

// batchnorm plans the forward call.
func (b *builder) batchnorm(i int, s step) {
	v := s.out
	attr, _ := v.Attr.(ir.NormActAttr)
	c := &plan.Norm{X: b.buf(v.Args[0]), ReLU: attr.ReLU}
	over := []*ir.Value{v.Args[0]}
	what := ""
	if attr.Add {
		skip := v.Args[len(v.Args)-1]
		c.Add = b.buf(skip)
		over = append(over, skip)
		what += ", plus " + c.Add.Name
	}
	if attr.ReLU {
		what += ", relu"
	}
	if b.again[v] {
		what += ", again"
	}
	c.Y = b.inPlace(i, s, over...)
	if n, ok := b.whole(v.Args[1]); ok {
		c.Space, c.Mean, c.Scale, c.Shift = plan.Batch, row(n, plan.NormMean), row(n, plan.NormScale), row(n, plan.NormShift)
	} else {
		at, pitch := b.fixedVectors(v), pad16(v.Shape.Last())
		c.Space, c.Mean, c.Scale, c.Shift = plan.Derived, at+plan.NormMean*pitch, at+plan.NormScale*pitch, at+plan.NormShift*pitch
	}
	name := ""
	if b.again[v] {
		name = "Again"
	}
	c.Info = b.normInfo(s, name, size(c.Y)+what)
	b.call(s.backward, c)
}

// normInfo describes a call of a batchnorm: it belongs to that layer, whatever
// is fused to it.
func (b *builder) normInfo(s step, what, comment string) plan.Info {
	v := s.out
	name, p := goName(v.Layer)+what, "forward"
	if s.backward {
		p = "backward-data"
		if what == "" {
			name += "Grad"
		}
	}
	i := b.info(v, name, p)
	i.Comment, i.FLOPs = comment, 0
	return i
}
