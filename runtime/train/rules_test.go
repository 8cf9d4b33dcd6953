package train

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		op    string
		value float64
		stop  bool
	}{
		{">", .9, false}, {">", .91, true}, {">=", .9, true}, {">=", .89, false},
		{"<", .9, false}, {"<", .89, true}, {"<=", .9, true}, {"<=", .91, false}, {">", math.NaN(), false}, {"<=", math.NaN(), false},
	} {
		rule, err := newStopRule(config.Stop{Metric: "loss", Op: c.op, Threshold: .9})
		if err != nil {
			t.Fatal(err)
		}
		why := rule.epochEnd(&EpochLogs{Logs: []Log{{"loss", c.value}}})
		if (why != "") != c.stop {
			t.Errorf("%v %s 0.9: %q", c.value, c.op, why)
		}
	}
	if _, err := newStopRule(config.Stop{Metric: "loss", Op: "=="}); err == nil {
		t.Error("comparison == accepted")
	}
}

// TestReduceShards compares with the tree written down, for any number of shards
// and any split into ranges.
func TestReduceShards(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tree func(shards [][]float32, i int) float32
	tree = func(shards [][]float32, i int) float32 {
		if len(shards) == 1 {
			return shards[0][i]
		}
		half := 1
		for half*2 < len(shards) {
			half *= 2
		}
		return tree(shards[:half], i) + tree(shards[half:], i)
	}
	for shards := 1; shards <= 9; shards++ {
		n := 1000 + 37*shards
		g := make([][]float32, shards)
		for l := range g {
			g[l] = make([]float32, n)
			for i := range g[l] {
				g[l][i] = float32(r.NormFloat64())
			}
		}
		want := make([]float32, n)
		for i := range want {
			want[i] = tree(g, i)
		}
		for lo, k := 0, 1; lo < n; k++ {
			hi := min(lo+k*97, n)
			if !reduceShards(g, lo, hi, 1) {
				t.Fatal("finite sums called not finite")
			}
			lo = hi
		}
		if d := cmp.Diff(want, g[0]); d != "" {
			t.Fatalf("%d shards: %s", shards, d)
		}
	}
}

func TestReduceScales(t *testing.T) {
	g := [][]float32{{1, 2, 3}, {10, 20, 30}}
	if !reduceShards(g, 1, 3, 0.5) || g[0][0] != 1 || g[0][1] != 11 || g[0][2] != 16.5 {
		t.Errorf("got %v", g[0])
	}
}

func TestAllFinite(t *testing.T) {
	for n := range 13 {
		for i := range n {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x := make([]float32, n)
				for k := range x {
					x[k] = math.MaxFloat32
				}
				if !allFinite(x) {
					t.Fatal("finite values called not finite")
				}
				x[i] = float32(bad)
				if allFinite(x) {
					t.Errorf("%v at %d of %d not seen", bad, i, n)
				}
			}
		}
	}
	if reduceShards([][]float32{make([]float32, 3), {0, float32(math.Inf(1)), 0}}, 0, 3, 1) {
		t.Error("an infinite sum is called finite")
	}
}

// TestPenaltyValues is the example of the specification: x = [1,-2,3].
func TestPenaltyValues(t *testing.T) {
	pack := model.Packing{Taps: 1, In: 3, InPad: 8, Out: 1}
	params := make([]float32, 2*pack.Floats())
	for i, v := range []float32{1, -2, 3} {
		params[pack.Index(0, i, 0)] = v
		params[pack.Floats()+pack.Index(0, i, 0)] = 10 * v
	}
	for _, c := range []struct {
		l1, l2 int
		frozen bool
		want   float64
	}{{0, -1, false, 0.06}, {-1, 0, false, 0.14}, {0, 1, false, 0.34}, {-1, -1, false, 0}, {0, 1, true, 0}} {
		net := &model.Network{Params: []model.Param{
			{Packing: pack, L1: c.l1, L2: c.l2, Frozen: c.frozen},
			{Packing: pack, Offset: pack.Floats(), L1: -1, L2: -1},
		}}
		p := newPenalty(net, []float32{0.01, 0.02})
		if got := p.of(params); math.Abs(got-c.want) > 1e-8 {
			t.Errorf("l1 %d, l2 %d, frozen %v: %v, want %v", c.l1, c.l2, c.frozen, got, c.want)
		}
	}
}

// TestTotals is the example of the specification (losses and metrics, section
// 7): a mean over samples, not over batches.
func TestTotals(t *testing.T) {
	m, err := newMeter(nil, &model.Network{Outputs: 3})
	if err != nil {
		t.Fatal(err)
	}
	tot := m.newTotals()
	for _, b := range []struct {
		n    int
		loss float64
	}{{32, .5}, {32, .4}, {6, .9}} {
		loss := make([]float64, b.n)
		for i := range loss {
			loss[i] = b.loss - 0.125
		}
		if got := tot.add(m, loss, nil, 0.125); math.Abs(got-b.loss) > 1e-12 {
			t.Errorf("batch loss %v, want %v", got, b.loss)
		}
	}
	if got := tot.logs(nil, m, "")[0].Value; math.Abs(got-0.488571) > 1e-6 {
		t.Errorf("epoch loss %v, want 0.488571", got)
	}
	// The weighted sum is divided by the number of examples (section 1).
	if got := tot.add(m, []float64{2, 4}, []float32{0.5, 2}, 0); got != 4.5 {
		t.Errorf("weighted loss %v, want 4.5", got)
	}
}

func TestLogJSON(t *testing.T) {
	for _, v := range []float64{0, 1. / 3, -1e-310, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		b, err := json.Marshal(Log{"x", v})
		if err != nil {
			t.Fatal(err)
		}
		var got Log
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if got.Name != "x" || math.Float64bits(got.Value) != math.Float64bits(v) {
			t.Errorf("%v comes back from %s as %v", v, b, got.Value)
		}
	}
}

// TestClassScores: rows are true classes.
func TestClassScores(t *testing.T) {
	got := classScores([][]int{{3, 1, 0}, {2, 2, 0}, {0, 0, 0}}, []string{"a", "b", "c"})
	want := []ClassScore{
		{"a", 4, 3. / 5, 3. / 4, 2. / 3},
		{"b", 4, 2. / 3, 1. / 2, 4. / 7},
		{"c", 0, 0, 0, 0},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func BenchmarkReduce(b *testing.B) {
	for _, shards := range []int{2, 8} {
		b.Run(fmt.Sprint(shards), func(b *testing.B) {
			g := make([][]float32, shards)
			for l := range g {
				g[l] = make([]float32, 1<<18)
			}
			b.SetBytes(int64(shards) << 20)
			for b.Loop() {
				reduceShards(g, 0, 1<<18, 1)
			}
		})
	}
}
