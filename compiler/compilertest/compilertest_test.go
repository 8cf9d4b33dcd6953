package compilertest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/compilertest"
	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
	"github.com/cnnc/cnnc/compiler/pass"
)

// TestRandomNetwork checks that random networks are valid, the same for the same
// seed, finite, and that together they have everything they promise.
func TestRandomNetwork(t *testing.T) {
	seen := make(map[string]bool)
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := compilertest.RandomNetwork(r, compilertest.Options{})
		if err := op.Verify(g); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if g.String() != compilertest.RandomNetwork(rand.New(rand.NewPCG(seed, 1)), compilertest.Options{}).String() {
			t.Fatalf("seed %d gives two networks", seed)
		}
		res, err := eval.Run(g, compilertest.RandomInputs(r, g, 2))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, l := range res.Of(g.Loss) {
			if math.IsNaN(l) || math.IsInf(l, 0) {
				t.Fatalf("seed %d: loss %v\n%s", seed, l, g)
			}
		}
		for _, v := range g.Values {
			seen[v.Op] = true
			switch a := v.Attr.(type) {
			case ir.ConvAttr:
				seen["dilation"] = seen["dilation"] || a.DH > 1
				seen["stride"] = seen["stride"] || a.SH > 1 && a.SH != a.SW
				seen["asymmetric padding"] = seen["asymmetric padding"] || a.Pad.Top != a.Pad.Bottom && a.Pad.Left != a.Pad.Right
				seen["1x1"] = seen["1x1"] || a.KH == 1 && a.KW == 1
			case ir.PoolAttr:
				seen["overlap"] = seen["overlap"] || a.SH < a.KH
				seen["gaps"] = seen["gaps"] || a.SH > a.KH
				seen["same pooling"] = seen["same pooling"] || a.Pad != (ir.Pad{})
			case ir.ActAttr:
				seen[a.Func] = true
			}
		}
		for _, p := range g.Params {
			seen["frozen"] = seen["frozen"] || p.Frozen
			seen["l1"] = seen["l1"] || p.L1 >= 0
			seen["l2"] = seen["l2"] || p.L2 >= 0
		}
	}
	want := []string{
		"conv2d", "bias", "act", "maxpool2d", "avgpool2d", "globalavgpool", "flatten", "dense", "dropout", "add", "concat", "softmax",
		"categorical_crossentropy", "mean_squared_error", "dilation", "stride", "asymmetric padding", "1x1", "overlap", "gaps", "same pooling", "frozen", "l1", "l2",
	}
	for _, f := range op.Activations() {
		if f.Name != "exponential" {
			want = append(want, f.Name)
		}
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("no random network has %s", w)
		}
	}
}

// recorder counts the failures of a helper under test.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// TestCheckGradientsFindsMistakes replaces each gradient by a wrong one.
func TestCheckGradientsFindsMistakes(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	var g *ir.Graph
	for g == nil || len(g.Params) < 5 {
		g = compilertest.RandomNetwork(r, compilertest.Options{MaxImage: 5, MaxChannels: 3, Plain: true})
	}
	for _, p := range g.Params {
		p.Frozen = false
	}
	in := compilertest.RandomInputs(r, g, 2)
	if err := pass.Autodiff(g); err != nil {
		t.Fatal(err)
	}
	for i, d := range g.Grads {
		b := op.NewBuilder(g)
		g.Grads[i] = b.Op("add", "twice", nil, d, d)
		if err := b.Err(); err != nil {
			t.Fatal(err)
		}
		rec := &recorder{TB: t}
		compilertest.CheckGradients(rec, g, in)
		if len(rec.errors) == 0 {
			t.Errorf("twice the gradient of %s was not found", g.Params[i].Value.Name)
		}
		g.Grads[i] = d
	}
	compilertest.CheckGradients(t, g, in)
}

func TestCloseFindsDifferences(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want []float64
		close     bool
	}{
		{"equal", []float64{1, -2}, []float64{1, -2}, true},
		{"within", []float64{1, -2.0001}, []float64{1, -2}, true},
		{"outside", []float64{1, -2.001}, []float64{1, -2}, false},
		{"NaN", []float64{1, math.NaN()}, []float64{1, -2}, false},
		{"length", []float64{1}, []float64{1, -2}, false},
		{"relative to the largest", []float64{0.01, 1000}, []float64{0, 1000}, true},
	} {
		rec := &recorder{TB: t}
		compilertest.Close(rec, c.name, c.got, c.want, 1e-4)
		if (len(rec.errors) == 0) != c.close {
			t.Errorf("%s: close %v, want %v", c.name, !c.close, c.close)
		}
	}
}
