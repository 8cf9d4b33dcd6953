package standard

import (
	"image"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/weights"
)

// learned is what a weight file says.
func learned() *weights.Preparation {
	return &weights.Preparation{Tensors: []weights.Tensor{
		{Name: "preprocess/mean", Data: []float32{1}},
		{Name: "preprocess/deviation", Data: []float32{2}},
		{Name: "preprocess/center", Data: []float32{0, 1}},
		{Name: "preprocess/whiten", Data: []float32{1, 0, 0, 3}},
	}}
}

func TestPredictImage(t *testing.T) {
	first := &Net{}
	if err := first.prepare(learned()); err != nil {
		t.Fatal(err)
	}
	net := &Net{}
	net.share(&first.example)
	img := &image.Gray{Pix: []uint8{4, 12}, Stride: 2, Rect: image.Rect(0, 0, 2, 1)}
	// 2 6, without their mean -2 2, standardized -1.5 0.5, whitened -1.5 -1.5.
	want := [2]float32{-1.5, -1.5}
	got, err := net.PredictImage(img)
	if err != nil || *got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	x := [2]float32{4, 12}
	if err := net.Prepare(&x); err != nil || x != want {
		t.Errorf("%v, %v, want %v", x, err, want)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = net.PredictImage(img) }); n != 0 {
		t.Errorf("PredictImage allocates %v times", n)
	}
}

func TestErrors(t *testing.T) {
	var net Net
	if _, err := net.PredictImage(image.NewGray(image.Rect(0, 0, 2, 1))); err != errNotLearned {
		t.Error(err)
	}
	if err := net.Prepare(new([2]float32)); err != errNotLearned {
		t.Error(err)
	}
	if err := net.prepare(&weights.Preparation{}); err == nil || !strings.Contains(err.Error(), "no tensor preprocess/mean") {
		t.Error(err)
	}
	if err := net.prepare(learned()); err != nil {
		t.Fatal(err)
	}
	if _, err := net.PredictImage(image.NewGray(image.Rect(0, 0, 3, 1))); err == nil || !strings.Contains(err.Error(), "sample: picture is 3 wide") {
		t.Error(err)
	}
	// What is not learned needs no weights.
	old := standardized
	defer func() { standardized = old }()
	standardized = preprocess.Standard{Image: "center"}
	x := [2]float32{4, 12}
	if err := new(Net).Prepare(&x); err != nil || x != [2]float32{-2, 2} {
		t.Error(x, err)
	}
}
