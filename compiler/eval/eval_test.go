package eval_test

import (
	"strings"
	"testing"

	"github.com/cnnc/cnnc/compiler/eval"
	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/op"
)

// network is 2x1x1 -> flatten -> dropout -> dense 2 -> softmax -> crossentropy.
func network(t *testing.T) *ir.Graph {
	g := &ir.Graph{Name: "net"}
	b := op.NewBuilder(g)
	x := b.Input("input", ir.Shape{2, 1, 1})
	y := b.Op("flatten", "flatten1", nil, x)
	y = b.Op("dropout", "dropout1", ir.DropoutAttr{Rate: b.Scalar("dropout1.rate", 0), Stream: 1, Channels: 1}, y)
	y = b.Op("dense", "dense1.dense", nil, y, b.Param("dense1.kernel", "zeros", ir.Shape{2, 2}).Value)
	y = b.Op("bias", "dense1.preact", nil, y, b.Param("dense1.bias", "zeros", ir.Shape{2}).Value)
	g.Scores = b.Op("softmax", "dense1", nil, y)
	g.Loss = b.Op("categorical_crossentropy", "loss", ir.LossAttr{Scores: 2}, g.Scores, b.Target("target", ir.Type{DType: ir.Label}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

func inputs() eval.Inputs {
	return eval.Inputs{
		N: 3, X: []float64{1, 2, 3, 4, 5, 6}, Labels: []int32{0, 1, 1}, Keys: []uint64{1, 2, 3},
		Params: [][]float64{{1, 10, 2, 20}, {0.5, -0.5}},
	}
}

func TestRun(t *testing.T) {
	g := network(t)
	r, err := eval.Run(g, inputs())
	if err != nil {
		t.Fatal(err)
	}
	got := r.Of(g.Named("dense1.preact"))
	want := []float64{5.5, 49.5, 11.5, 109.5, 17.5, 169.5} // x*w + b by hand
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if l := r.Of(g.Loss); len(l) != 3 || l[0] < 16 || l[1] > 1e-6 {
		t.Errorf("loss %v", l)
	}
	// Scalars of the call replace the graph's: rate 1 drops all.
	in := inputs()
	in.Scalars = []float64{1}
	if r, err = eval.Run(g, in); err != nil {
		t.Fatal(err)
	}
	for _, y := range r.Of(g.Named("dropout1")) {
		if y != 0 {
			t.Fatalf("rate 1 keeps %v", r.Of(g.Named("dropout1")))
		}
	}
	// A given value is taken as it is, and what follows is computed from it.
	in = inputs()
	in.Given = map[*ir.Value][]float64{g.Named("dropout1"): {1, 0, 0, 1, 0, 0}}
	if r, err = eval.Run(g, in); err != nil {
		t.Fatal(err)
	}
	if got := r.Of(g.Named("dense1.preact")); got[0] != 1.5 || got[3] != 19.5 || got[4] != 0.5 {
		t.Errorf("behind a given value: %v", got)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(in *eval.Inputs)
	}{
		{"batch of 0", func(in *eval.Inputs) { in.N = 0 }},
		{"input: 5 numbers for f32[n 2 1 1], want 6", func(in *eval.Inputs) { in.X = in.X[:5] }},
		{"2 labels for 3 examples", func(in *eval.Inputs) { in.Labels = in.Labels[:2] }},
		{"example 1 has label 2, want 0 to 1", func(in *eval.Inputs) { in.Labels = []int32{0, 2, 0} }},
		{"example 2 has label -1, want 0 to 1", func(in *eval.Inputs) { in.Labels = []int32{0, 0, -1} }},
		{"0 keys for 3 examples", func(in *eval.Inputs) { in.Keys = nil }},
		{"no tensor for parameter dense1.bias", func(in *eval.Inputs) { in.Params = in.Params[:1] }},
		{"dense1.bias: 3 numbers for f32[2], want 2", func(in *eval.Inputs) { in.Params[1] = make([]float64, 3) }},
		{"2 scalars, want 1", func(in *eval.Inputs) { in.Scalars = []float64{0, 0} }},
	} {
		in := inputs()
		c.change(&in)
		if _, err := eval.Run(network(t), in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}
