package sched

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
)

// Values of the whole batch cut a training program into stages: what reads one
// must wait until all micro-batches have contributed to it. The level of a value
// is the stage in which it can first be computed, and steps run in the order of
// their levels, so that a program has as few stages as its longest chain of such
// values asks for.

// isWhole reports whether op makes a value of the whole batch, to which every
// micro-batch contributes.
func isWhole(op string) bool { return op == "batch_stats" || op == "batchnorm_sums" }

// levels computes the level of every value.
func (l *legal) levels() map[*ir.Value]int {
	level := make(map[*ir.Value]int, len(l.Values))
	for _, v := range l.Values {
		n := l.floor[v]
		for _, a := range v.Args {
			m := level[a]
			if isWhole(a.Op) {
				m++
			}
			n = max(n, m)
		}
		level[v] = n
	}
	return level
}

// recompute makes the backward pass, and whatever else comes in a later stage,
// compute the result of a batchnorm again: its input is kept anyway, for the
// gradient, and computing is cheaper than keeping both. Results that are read
// under another name, or in which a skip was added, are kept.
func (l *legal) recompute() {
	level := l.levels()
	if !slices.ContainsFunc(l.Values, func(v *ir.Value) bool { return isWhole(v.Op) }) {
		return
	}
	again := map[*ir.Value]map[int]*ir.Value{}
	names := map[string]bool{}
	for _, v := range l.Values {
		names[v.Name] = true
	}
	var values []*ir.Value
	for _, v := range l.Values {
		for i, a := range v.Args {
			if !recomputable(a) || level[v] <= level[a] || isView(v.Op) {
				continue
			}
			u := again[a][level[v]]
			if u == nil {
				c := *a
				u = &c
				u.Args = slices.Clone(a.Args)
				u.Name = unique(names, a.Name+".again")
				if again[a] == nil {
					again[a] = map[int]*ir.Value{}
				}
				again[a][level[v]] = u
				l.forms[u] = form{u, l.forms[a].geom}
				l.floor[u] = level[v]
				l.again[u] = true
				values = append(values, u)
			}
			v.Args[i] = u
		}
		values = append(values, v)
	}
	l.Values = values
	l.Renumber()
}

// recomputable reports whether v is cheap to compute from what is kept.
func recomputable(v *ir.Value) bool {
	switch a := v.Attr.(type) {
	case ir.NormAttr:
		return v.Op == "batchnorm" && v.Args[1].Op == "batch_stats"
	case ir.NormActAttr:
		return !a.Add && v.Args[1].Op == "batch_stats"
	}
	return false
}

// isView reports whether the result of op is its operand under another name.
func isView(op string) bool { return op == "flatten" || op == "reshape" }

// byLevel sorts steps by the stage they belong to and puts what is computed
// again right in front of its first reader.
func (l *legal) byLevel(steps []step) []step {
	level := l.levels()
	for i := range steps {
		steps[i].level = level[steps[i].out]
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.level - b.level })
	var late []step
	steps = slices.DeleteFunc(steps, func(s step) bool {
		if l.again[s.out] {
			late = append(late, s)
		}
		return l.again[s.out]
	})
	for _, s := range late {
		at := slices.IndexFunc(steps, func(t step) bool { return slices.Contains(t.reads(), s.out) })
		if at < 0 {
			continue
		}
		s.backward = steps[at].backward
		steps = slices.Insert(steps, at, s)
	}
	return steps
}

// cut marks in p where stages begin, and gives every buffer that lives in more
// than one stage its place among those that a micro-batch keeps. lifetimes must
// have run.
func (b *builder) cut(p *plan.Program) {
	p.Cuts = nil
	last := 0
	for i, c := range p.Calls() {
		for ; last < b.stage[c]; last++ {
			p.Cuts = append(p.Cuts, i)
		}
	}
	for _, x := range p.Buffers {
		if x.Space == plan.Arena && p.StageOf(x.First) != p.StageOf(x.Last) {
			x.Space = plan.Resident
		}
	}
}
