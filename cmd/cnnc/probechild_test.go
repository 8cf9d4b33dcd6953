package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/compiler/ir"
	"github.com/cnnc/cnnc/compiler/probe"
)

// TestProbeProgram: what large networks get, a program whose scores are the values
// wanted, agrees with the interpreter, for results of layers and for gradients.
func TestProbeProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	t.Setenv("CNNC_CACHE", t.TempDir())
	r := rand.New(rand.NewPCG(1, 2))
	_, w, m := handmade(t, `cnn 1
model net
net {
	input 11x9x3
	conv 10 3x3 same; batchnorm; relu
	maxpool 2x2
	skip = conv 6 3x3 same relu
	conv 6 3x3 same
	add skip
	relu
	globalavgpool
	dense 5 softmax
}
data { resize 11x9 }
`, func(name string, i int) float32 {
		if name == "batchnorm1.moving_variance" {
			return 0.5 + r.Float32()
		}
		return float32(r.NormFloat64() / 3)
	})
	l, err := (&weightArgs{Weights: w}).load(m)
	if err != nil {
		t.Fatal(err)
	}
	n, err := l.probe()
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 11*9*3)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	var layers []*ir.Value
	for _, name := range []string{"conv1", "relu1", "maxpool1", "skip", "add1", "dense1"} {
		if v := n.Layer(name); v != nil {
			layers = append(layers, v)
		}
	}
	look := func(e probe.Evaluator) (list [][]float64) {
		n.Evaluate = e
		list, err := n.Values(x, layers...)
		if err != nil {
			t.Fatal(err)
		}
		grad, err := n.Gradient(x, 3)
		if err != nil {
			t.Fatal(err)
		}
		cam, at, err := n.CAM(x, 3, "")
		if err != nil {
			t.Fatal(err)
		}
		if at != "relu2" { // the end of the residual block, not the convolution in it
			t.Errorf("the map is at %s", at)
		}
		return append(list, grad, cam.Values)
	}
	want, got := look(probe.Interpret), look(runGraph)
	if len(layers) < 5 {
		t.Fatalf("%d layers found", len(layers))
	}
	for k := range want {
		largest := 0.0
		for _, v := range want[k] {
			largest = max(largest, math.Abs(v))
		}
		if largest == 0 {
			t.Errorf("value %d is zero everywhere: nothing is compared", k)
		}
		for i, v := range want[k] {
			if d := math.Abs(got[k][i] - v); d > 1e-4*largest {
				t.Fatalf("value %d element %d: %v, want %v (largest %v)", k, i, got[k][i], v, largest)
			}
		}
	}
}
