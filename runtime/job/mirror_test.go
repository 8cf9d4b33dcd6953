package job

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// Of a network that gives its input back all values are one list of residuals, and
// the worst examples are those that are farthest off as a whole.
func TestEvaluatorOfInputs(t *testing.T) {
	net := &model.Network{Outputs: 3, Head: model.Head{Task: model.Values, Vector: true}}
	v := &evaluator{net: net, stream: &stream{mirror: true}, numbers: newResidualSums([]string{"all values"}, 1, 6)}
	v.values(0, []float32{1, 2, 3}, []float32{1, 2, 6})
	v.values(1, []float32{3, 0, 2}, []float32{1, 2, 4})
	r := v.numbers[0].result()
	// Differences 0 0 -3, 2 -2 -2.
	if r.Examples != 6 || math.Abs(float64(r.Mean)+5./6) > 1e-12 || r.Min != -3 || r.Max != 2 || math.Abs(float64(r.Absolute)-9./6) > 1e-12 || len(r.Points) != 6 {
		t.Errorf("%+v", r)
	}
	worst := v.wrong.sorted()
	if len(worst) != 2 || worst[0].place != 1 || math.Abs(worst[0].value-2) > 1e-12 || math.Abs(worst[1].value-math.Sqrt(3)) > 1e-12 {
		t.Errorf("%+v", worst)
	}
	// Logits are compared as what they stand for.
	net.Head.Logits = true
	v.numbers = newResidualSums([]string{"all values"}, 1, 3)
	v.values(2, []float32{0, 0, 0}, []float32{0.5, 0.5, 0.5})
	if r := v.numbers[0].result(); r.Absolute != 0 {
		t.Errorf("%+v", r)
	}
}

// TestUndo: what was done to values is undone, but for whitening.
func TestUndo(t *testing.T) {
	raw := []float32{0, 51, 102, 153, 204, 255}
	for name, std := range map[string]*preprocess.Standard{
		"nothing":  nil,
		"image":    {Image: "scale"},
		"center":   {Image: "center"},
		"channels": {Channels: "scale", Mean: []float32{0.1, 0.2, 0.3}, Deviation: []float32{2, 0.5, 1}},
		"all":      {Image: "scale", Channels: "center", Mean: []float32{0.1, 0.2, 0.3}},
	} {
		spec := preprocess.Spec{Height: 1, Width: 2, Channels: 3, Scale: 1. / 255}
		plain := slices.Clone(raw)
		spec.Finish(plain, nil)
		r := &reconstructor{spec: spec, std: std, y: slices.Clone(plain)}
		if std != nil {
			std.Apply(r.y, new(preprocess.Scratch))
		}
		r.undo(plain)
		for i, v := range r.y {
			if math.Abs(float64(v-raw[i])) > 1e-3 {
				t.Errorf("%s: value %d is %v, want %v", name, i, v, raw[i])
			}
		}
	}
	r := &reconstructor{spec: preprocess.Spec{Scale: 1. / 255}, std: &preprocess.Standard{Whiten: true}, y: []float32{-1, 1, 0}}
	if r.undo(nil); !slices.Equal(r.y, []float32{0, 255, 127.5}) {
		t.Errorf("whitened: %v", r.y)
	}
	r.taken = map[string]bool{}
	r.dir = "d"
	if a, b := r.name("x/p.jpg"), r.name("y/p.png"); a != filepath.Join("d", "p.png") || b != filepath.Join("d", "p-2.png") {
		t.Errorf("%s, %s", a, b)
	}
}
