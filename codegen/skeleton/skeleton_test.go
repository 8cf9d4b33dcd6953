package skeleton

import (
	"bytes"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/weights"
)

var (
	_ model.Worker = (*inference)(nil)
	_ model.Worker = (*training)(nil)
)

// times returns the sample network with a weight.
func times(w float32) *Net {
	net := New()
	set(net, w)
	return net
}

// set gives the sample network another weight.
func set(net *Net, w float32) {
	params := make([]float32, paramFloats)
	params[0] = w
	if err := net.Use(params); err != nil {
		panic(err)
	}
}

func TestPredict(t *testing.T) {
	net := times(3)
	clone := net.Clone()
	set(net, 4) // shared
	if got := *clone.Predict(&[1]float32{2}); got[0] != 8 {
		t.Errorf("4 * 2 = %v", got)
	}
	for n := range 6 { // micro-batches of 2
		x, scores := make([][1]float32, n), make([][1]float32, n+1)
		for i := range x {
			x[i][0] = float32(i + 1)
		}
		scores[n][0] = 99
		net.PredictBatch(scores, x)
		for i := range x {
			if scores[i][0] != 4*x[i][0] {
				t.Errorf("%d images: %v of %v", n, scores, x)
			}
		}
		if scores[n][0] != 99 {
			t.Errorf("%d images: more scores than images were written", n)
		}
	}
}

func TestClassify(t *testing.T) {
	net := times(2)
	net.labels = []string{"dot"}
	img := image.NewGray(image.Rect(0, 0, 1, 1))
	img.SetGray(0, 0, color.Gray{Y: 10})
	if label, score, err := net.Classify(img); label != "dot" || score != 20 || err != nil {
		t.Errorf("%s %v %v", label, score, err)
	}
	if _, _, err := net.Classify(image.NewGray(image.Rect(0, 0, 2, 1))); err == nil || !strings.HasPrefix(err.Error(), "sample: ") {
		t.Errorf("a picture of another size: %v", err)
	}
	net.labels = nil
	if got := net.Labels(); len(got) != 1 || got[0] != "0" {
		t.Errorf("labels %q", got)
	}
}

// TestWeightFiles reads a file with the readers of training and of inference
// packages, from disk and from memory.
func TestWeightFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := times(7).Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() ([]float32, []string, weights.Preparation, error){
		"loadWeights": func() ([]float32, []string, weights.Preparation, error) { return loadWeights(path) },
		"loadFile":    func() ([]float32, []string, weights.Preparation, error) { return loadFile(path) },
		"readWeights": func() ([]float32, []string, weights.Preparation, error) {
			return readWeights(bytes.NewReader(data), int64(len(data)))
		},
		"readFrom": func() ([]float32, []string, weights.Preparation, error) {
			return readFrom(bytes.NewReader(data), int64(len(data)))
		},
	} {
		params, labels, how, err := read()
		if how.Table != "" || how.Tensors != nil || err != nil || len(params) != paramFloats || params[0] != 7 || labels != nil {
			t.Errorf("%s: %v %q %v", name, params, labels, err)
		}
	}
	embedded = data
	defer func() { embedded = nil }()
	net, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got := net.Predict(&[1]float32{1})[0]; got != 7 {
		t.Errorf("embedded weight %v", got)
	}

	// The same tensors of another network: only its hash differs.
	other := bytes.Replace(data, []byte(`"network":"0"`), []byte(`"network":"1"`), 1)
	if bytes.Equal(other, data) {
		t.Fatalf("no hash in %q", data)
	}
	for name, read := range map[string]func() ([]float32, []string, weights.Preparation, error){
		"readWeights": func() ([]float32, []string, weights.Preparation, error) {
			return readWeights(bytes.NewReader(other), int64(len(other)))
		},
		"readFrom": func() ([]float32, []string, weights.Preparation, error) {
			return readFrom(bytes.NewReader(other), int64(len(other)))
		},
	} {
		if _, _, _, err := read(); err == nil || !strings.Contains(err.Error(), "another network") {
			t.Errorf("%s of another network's weights: %v", name, err)
		}
	}
	if err := times(1).Use(make([]float32, 3)); err == nil {
		t.Error("three parameters were accepted")
	}
}

func TestWorkers(t *testing.T) {
	params := alignedFloats(paramFloats)
	params[0] = 5
	b := &model.Batch{N: 2, X: []float32{1, 2}, Labels: []int32{0, 0}, Scores: make([]float32, 2), Loss: make([]float64, 2), Scale: 0.5}
	derived := alignedFloats(derivedFloats)
	derive(params, derived, 0, 1)
	w := &training{inference: *newInference(params, derived), params: (*[paramFloats]float32)(params), derived: (*[derivedFloats]float32)(derived)}
	grads := make([]float32, paramFloats)
	w.Step(b, grads)
	if b.Scores[1] != 10 || grads[0] != 1.5 {
		t.Errorf("scores %v, gradient %v", b.Scores, grads[0])
	}
	b.Scores[1] = 0
	w.Infer(b)
	if b.Scores[1] != 10 {
		t.Errorf("scores %v", b.Scores)
	}
	for _, c := range append(w.Calls(), newInference(params, derived).Calls()...) {
		c.Run(b, grads)
	}
	if grads[0] != 3 {
		t.Errorf("gradient %v after running the call again", grads[0])
	}
	b.N = 3
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "at most 2") {
			t.Errorf("a batch that is too large: %v", r)
		}
	}()
	w.Step(b, grads)
}

func TestDecide(t *testing.T) {
	if class, score := decide(&[Outputs]float32{0.3}); class != 0 || score != 0.3 {
		t.Errorf("class %d, score %v", class, score)
	}
}
