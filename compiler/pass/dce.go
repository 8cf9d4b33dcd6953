package pass

import "github.com/cnnc/cnnc/compiler/ir"

// DCE removes the values that no root of the graph needs (ir.Graph.Roots). The
// order of the others stays.
func DCE(g *ir.Graph) error {
	live := make(map[*ir.Value]bool, len(g.Values))
	for _, v := range g.Roots() {
		live[v] = true
	}
	for i := len(g.Values) - 1; i >= 0; i-- {
		if v := g.Values[i]; live[v] {
			for _, a := range v.Args {
				live[a] = true
			}
		}
	}
	kept := g.Values[:0]
	for _, v := range g.Values {
		if live[v] {
			kept = append(kept, v)
		}
	}
	clear(g.Values[len(kept):])
	g.Values = kept
	g.Renumber()
	return nil
}
