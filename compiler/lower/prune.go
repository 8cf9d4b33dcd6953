package lower

import (
	"slices"

	"github.com/cnnc/cnnc/compiler/ir"
)

// prune removes the layers that the output does not depend on, and their
// weights: nothing trains them, and they would take memory and time. Elaboration
// has warned of them. They are lowered all the same, so that mistakes in them
// are found.
func (l *lowerer) prune() {
	last := len(l.results) - 1
	if last < 0 || l.results[last] == nil {
		return
	}
	g := l.graph
	live := map[*ir.Value]bool{g.Input: true, l.results[last]: true}
	for _, v := range slices.Backward(g.Values) {
		if live[v] {
			for _, a := range v.Args {
				live[a] = true
			}
		}
	}
	dead := func(v *ir.Value) bool { return !live[v] }
	if !slices.ContainsFunc(g.Values, dead) {
		return
	}
	g.Values = slices.DeleteFunc(g.Values, dead)
	g.Params = slices.DeleteFunc(g.Params, func(p *ir.Param) bool { return dead(p.Value) })
	g.Renumber()
}
