package plantest_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
)

func compile(t *testing.T, name string) *plantest.Compiled {
	t.Helper()
	for _, net := range plantest.Nets() {
		if net.Name == name {
			c, err := plantest.Compile(net.Graph, true, sched.Options{Batch: 16, TrainMicro: 2})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatalf("no net %s", name)
	return nil
}

// results runs a training step and puts everything it gives in one list.
func results(t *testing.T, c *plantest.Compiled) []float64 {
	t.Helper()
	in := compilertest.RandomInputs(rand.New(rand.NewPCG(3, 3)), c.Train, 3)
	out, err := plantest.NewTrain(c.Plan).Run(plantest.Of(in))
	if err != nil {
		return nil // caught as well
	}
	all := slices.Concat(out.Scores, out.Loss)
	for _, g := range out.Grads {
		all = append(all, g...)
	}
	return all
}

// igemmOf returns the first IGEMM call that f accepts.
func igemmOf(c *plantest.Compiled, f func(*plan.IGEMM) bool) *plan.IGEMM {
	for _, call := range c.Plan.Train.Calls() {
		if g, ok := call.(*plan.IGEMM); ok && f(g) {
			return g
		}
	}
	return nil
}

// TestMachineSeesMistakes damages plans in ways that a scheduler might, and
// expects another result, a NaN or an error.
func TestMachineSeesMistakes(t *testing.T) {
	for _, m := range []struct {
		name, net string
		damage    func(c *plantest.Compiled)
	}{
		{"border not cleared", "twostage", func(c *plantest.Compiled) {
			drop := func(calls []plan.Call) []plan.Call {
				return slices.DeleteFunc(calls, func(c plan.Call) bool {
					z, ok := c.(*plan.Zero)
					return ok && z.HaloOnly
				})
			}
			c.Plan.Train.Forward, c.Plan.Train.Backward = drop(c.Plan.Train.Forward), drop(c.Plan.Train.Backward)
			// First and Last still count the dropped calls; count anew.
			for _, b := range c.Plan.Train.Buffers {
				b.First = -1
			}
			for i, call := range c.Plan.Train.Calls() {
				for _, a := range plan.Accesses(call) {
					if a.Buffer.First < 0 {
						a.Buffer.First = i
					}
				}
			}
		}},
		{"live buffers overlap", "plain", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return g.Pool != nil })
			g.Y.Offset = g.X.Offset
		}},
		{"halo of the input read one row off", "plain", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return g.X.HasHalo() })
			g.XOrigin += g.X.RowFloats()
		}},
		{"a tile too few", "residual", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return !g.Tiles.AcrossImages && g.Pool == nil })
			g.Tiles.Full[0].N--
		}},
		{"rows of the kernel in another order", "strided", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return len(g.Seg) > 1 })
			g.Seg[0], g.Seg[1] = g.Seg[1], g.Seg[0]
		}},
		{"taps of a phase in another order", "strided", func(c *plantest.Compiled) {
			for _, call := range c.Plan.Derive {
				if x, ok := call.(*plan.Transpose); ok && len(x.Taps) > 1 {
					x.Taps[0], x.Taps[1] = x.Taps[1], x.Taps[0]
				}
			}
		}},
		{"gradient block too small", "plain", func(c *plantest.Compiled) {
			for _, call := range c.Plan.Train.Backward {
				if w, ok := call.(*plan.WGrad); ok && !w.AcrossImages {
					w.Rows--
					w.OutH--
				}
			}
		}},
		{"padded rows of weights get gradients", "sigmoid", func(c *plantest.Compiled) {
			for _, call := range c.Plan.Train.Backward {
				if w, ok := call.(*plan.WGrad); ok && w.In < w.InPad {
					w.In++
					w.Tiles = append(w.Tiles, plan.Tiles{MR: 1, N: len(w.Taps)})
				}
			}
		}},
		{"mask of another pooling window", "plain", func(c *plantest.Compiled) {
			for _, call := range c.Plan.Train.Backward {
				if p, ok := call.(*plan.MaxPoolGrad); ok {
					p.KH, p.KW = p.KW, p.KH+1
				}
			}
		}},
		{"uncovered cells not cleared", "plain", func(c *plantest.Compiled) {
			for _, call := range c.Plan.Train.Backward {
				if p, ok := call.(*plan.MaxPoolGrad); ok {
					p.Uncovered = false
				}
			}
		}},
		{"relu left out of the mask", "plain", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return g.Pool != nil && g.Pool.ReLU })
			g.Pool.ReLU, g.ReLU = false, true
		}},
		{"rows of weights in another order", "narrow", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return g.Narrow > 1 })
			g.W.PanelFloats--
		}},
		{"derived weights not made", "plain", func(c *plantest.Compiled) { c.Plan.Derive = c.Plan.Derive[1:] }},
		{"bias of another layer", "residual", func(c *plantest.Compiled) {
			g := igemmOf(c, func(g *plan.IGEMM) bool { return g.Bias >= 0 })
			g.Bias += 16
		}},
	} {
		t.Run(m.name, func(t *testing.T) {
			good := results(t, compile(t, m.net))
			c := compile(t, m.net)
			m.damage(c)
			bad := results(t, c)
			if len(bad) != len(good) {
				return
			}
			for i := range good {
				if !(math.Abs(bad[i]-good[i]) <= 1e-9*math.Max(1, math.Abs(good[i]))) {
					return
				}
			}
			t.Error("the damaged plan gives the same results")
		})
	}
}

// TestMachineIsRepeatable runs one machine again after a larger batch.
func TestMachineIsRepeatable(t *testing.T) {
	c := compile(t, "overlap")
	m := plantest.NewTrain(c.Plan)
	r := rand.New(rand.NewPCG(4, 4))
	small := plantest.Of(compilertest.RandomInputs(r, c.Train, 1))
	first, err := m.Run(small)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(plantest.Of(compilertest.RandomInputs(r, c.Train, 5))); err != nil {
		t.Fatal(err)
	}
	again, err := m.Run(small)
	if err != nil {
		t.Fatal(err)
	}
	for i := range first.Grads {
		if !slices.Equal(first.Grads[i], again.Grads[i]) {
			t.Errorf("the gradient of %s depends on what ran before", c.Plan.Params[i].Name)
		}
	}
}
