package plan_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/plan/plantest"
	"github.com/cnnc/cnnc/compiler/sched"
	"github.com/cnnc/cnnc/compiler/target"
)

// passes is a program of two passes over buffers of kilobytes for an example: x to y,
// and back.
func passes(kilobytes int, space plan.Space) *plan.Program {
	buffer := func() *plan.Buffer {
		return &plan.Buffer{Space: space, H: 1, W: kilobytes, C: 256, Cp: 256, ImageFloats: 256 * kilobytes}
	}
	x, y := buffer(), buffer()
	return &plan.Program{Forward: []plan.Call{&plan.Act{Func: "relu", X: x, Y: y}, &plan.Act{Func: "relu", X: y, Y: x}}}
}

// TestCosts: where the operands of a pass are found depends on what was touched since
// the pass before.
func TestCosts(t *testing.T) {
	const l2, l3, memory = 0, 1, 2
	for _, c := range []struct {
		kilobytes, micro int
		level            int // of both buffers
		bound            string
	}{
		{100, 1, l2, "L2"},
		{100, 5, l2, "L2"},
		{100, 11, l3, "L3"},
		{4000, 1, l3, "L3"},
		{4000, 2, l3, "L3"},
		{4000, 5, memory, "memory"},
	} {
		p := passes(c.kilobytes, plan.Arena)
		p.ArenaFloats = 2 * c.micro * 256 * c.kilobytes
		for i, cost := range p.Costs(c.micro) {
			want := plan.Cost{}
			want.Bytes[c.level] = float64(2 * 1024 * c.kilobytes)
			want.Overhead = cost.Overhead
			if fmt.Sprintf("%.3f", cost) != fmt.Sprintf("%.3f", want) || cost.Bound() != c.bound {
				t.Errorf("%d KB, %d examples, call %d: %.0f bytes, bound by %s; want %.0f, %s", c.kilobytes, c.micro, i, cost.Bytes, cost.Bound(), want.Bytes, c.bound)
			}
		}
	}
	// What another stage has left is found in memory, and what this one has in its
	// cache.
	p := passes(1, plan.Resident)
	for i, want := range []float64{2048, 0} {
		if got := p.Costs(1)[i].Bytes[memory]; got != want {
			t.Errorf("resident, call %d: %v bytes from memory, want %v", i, got, want)
		}
	}
	p.Cuts = []int{1}
	for i := range 2 {
		if got := p.Costs(1)[i].Bytes[memory]; got != 2048 {
			t.Errorf("two stages, call %d: %v bytes from memory, want 2048", i, got)
		}
	}
}

// TestCostNanos: what is fetched goes on beside the arithmetic, what is waited for and
// overhead come on top.
func TestCostNanos(t *testing.T) {
	c := plan.Cost{Work: 10 * plan.PeakGFLOPS}
	if got := c.Nanos(); got != 10 || c.Bound() != "FMA" {
		t.Errorf("%v ns, bound by %s", got, c.Bound())
	}
	c.Bytes[0] = 5 * target.Levels[0].Rate
	if got := c.Nanos(); got != 10 {
		t.Errorf("with 5 ns of the second level: %v ns", got)
	}
	c.Bytes[1] = 20 * target.Levels[1].Rate
	c.Bytes[2] = 7 * target.Levels[2].Rate
	w1, w2 := target.Levels[1].Waits, target.Levels[2].Waits
	want := max(10, 5+20*(1-w1)+7*(1-w2)) + 20*w1 + 7*w2
	if got := c.Nanos(); math.Abs(got-want) > 1e-9 || c.Bound() != "L3" {
		t.Errorf("with 20 and 7 ns of further ones: %v ns, want %v, bound by %s", got, want, c.Bound())
	}
	c.Overhead = 30
	if got := c.Nanos(); math.Abs(got-want-30) > 1e-9 || c.Bound() != "overhead" {
		t.Errorf("with an overhead of 30 ns: %v ns, want %v, bound by %s", got, want+30, c.Bound())
	}
	c.Scattered = c.Bytes[2] // the same from blocks far apart
	if got, more := c.Nanos(), c.Scattered*target.ScatteredNanos; math.Abs(got-want-30-more) > 1e-9 || more < 7 {
		t.Errorf("scattered: %v ns, want %v", got, want+30+more)
	}
}

// TestCostBusy: cores that run the same program leave each other less of a shared cache.
func TestCostBusy(t *testing.T) {
	p := passes(4000, plan.Arena)
	p.ArenaFloats = 2 * 256 * 4000
	// 8 MB a core: in the third level alone, half in it beside two others.
	alone, busy := p.Nanos(1, 1), p.Nanos(1, 3)
	if busy < 1.5*alone {
		t.Errorf("%.0f ns alone, %.0f beside two others", alone, busy)
	}
	small := passes(100, plan.Arena)
	small.ArenaFloats = 2 * 256 * 100
	if alone, busy := small.Nanos(1, 1), small.Nanos(1, 3); alone != busy {
		t.Errorf("in the second level: %.0f ns alone, %.0f beside others", alone, busy)
	}
}

// TestCostWeights: the weights of a dense layer are read once for a micro-batch.
func TestCostWeights(t *testing.T) {
	p := compile(t, "plain")
	one, many := p.Infer.Costs(1), p.Infer.Costs(8)
	for i, c := range p.Infer.Forward {
		if g, ok := c.(*plan.IGEMM); ok && g.Tiles.AcrossImages {
			if a, b := total(one[i]), total(many[i]); b >= a {
				t.Errorf("%s: %v bytes an example alone, %v with eight", g.Name, a, b)
			}
			if a, b := one[i].Work, many[i].Work; b >= a {
				t.Errorf("%s: work of %v alone, %v with eight", g.Name, a, b)
			}
			return
		}
	}
	t.Fatal("no dense layer")
}

func total(c plan.Cost) (sum float64) {
	for _, n := range c.Bytes {
		sum += n
	}
	return sum
}

// TestBounds: what each kind of call is bound by.
func TestBounds(t *testing.T) {
	n := plantest.Build("bounds", ir.Shape{56, 56, 16}, func(n *plantest.Chain) {
		n.Conv(32, 3, 3, plantest.Same).Relu().Depthwise(1, 3, 3, 1, 1, plantest.Same).Pool("avgpool2d", 2, 2, 2, 2, plantest.Valid).Flatten().Dense(100).Dense(10)
	})
	for _, c := range []struct {
		micro int
		want  map[string]string // of a layer's call
	}{
		{1, map[string]string{"conv1": "FMA", "depthwise1": "FMA", "avgpool1": "L2", "dense1": "L3", "loss": "overhead"}},
		{32, map[string]string{"conv1": "FMA", "dense1": "FMA"}},
	} {
		compiled, err := plantest.Compile(n, true, sched.Options{InferMicro: c.micro, Batch: 64})
		if err != nil {
			t.Fatal(err)
		}
		p := &compiled.Plan.Infer
		costs := p.Costs(p.Micro)
		for i, call := range p.Calls() {
			t.Log(call.Base().Name, costs[i])
			if want := c.want[call.Base().Name]; want != "" && costs[i].Bound() != want {
				t.Errorf("%s, %d at a time: %v, want %s", call.Base().Name, c.micro, costs[i], want)
			}
		}
	}
}
