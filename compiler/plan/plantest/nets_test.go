package plantest_test

import (
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
)

// TestNetsHaveEveryOperation: the fixed networks are what the scheduler, the
// emitters and the kernels are tested with, so each operation of the table, and
// each activation function, must be in one of them on its way to the scheduler.
func TestNetsHaveEveryOperation(t *testing.T) {
	seen := map[string]bool{}
	look := func(g *ir.Graph) {
		for _, v := range g.Values {
			seen[v.Op] = true
			if a, ok := v.Attr.(ir.ActAttr); ok {
				seen[v.Op+" "+a.Func] = true
			}
		}
	}
	for _, n := range plantest.Nets() {
		look(n.Graph)
		for _, passes := range [][]pass.Pass{pass.Inference, pass.Training} {
			g := n.Graph.Clone()
			if err := pass.Run(g, passes, nil); err != nil {
				t.Fatal(err)
			}
			look(g)
			if err := pass.Fuse(g); err != nil {
				t.Fatal(err)
			}
			look(g)
		}
	}
	for _, d := range op.Table() {
		if !seen[d.Name] {
			t.Errorf("no network has %s", d.Name)
		}
	}
	for _, f := range op.Activations() {
		for _, name := range []string{"act ", "act_grad "} {
			if !seen[name+f.Name] {
				t.Errorf("no network has %s", name+f.Name)
			}
		}
	}
}
