package data

import (
	"context"
	"io"
	"math"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// linearAccuracy trains softmax regression on the pixels and returns its
// accuracy on the training and the test set.
func linearAccuracy(t *testing.T, train, test Dataset, epochs int) (fit, generalises float64) {
	t.Helper()
	h, w, c := train.Shape()
	pixels, classes := h*w*c, len(train.Classes())
	weight := make([]float32, (pixels+1)*classes)
	scores := make([]float32, classes)
	score := func(x []float32) {
		copy(scores, weight[pixels*classes:])
		for i, v := range x {
			for k, wt := range weight[i*classes:][:classes] {
				scores[k] += v * wt
			}
		}
	}
	each := func(d Dataset, epoch int, shuffle bool, f func(x []float32, label int)) {
		l, err := NewLoader(d, Options{Batch: 50, Shuffle: shuffle, Scale: 1. / 255})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Epoch(context.Background(), epoch, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for {
			b, err := e.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.N {
				f(b.X[i*pixels:][:pixels], int(b.Labels[i]))
			}
		}
	}
	for epoch := range epochs {
		rate := float32(0.02 / (1 + 0.3*float64(epoch)))
		each(train, epoch, true, func(x []float32, label int) {
			score(x)
			top := scores[0]
			for _, s := range scores {
				top = max(top, s)
			}
			sum := float32(0)
			for k, s := range scores {
				scores[k] = float32(math.Exp(float64(s - top)))
				sum += scores[k]
			}
			for k := range scores {
				scores[k] = scores[k] / sum * rate
			}
			scores[label] -= rate
			for i, v := range x {
				if v != 0 {
					for k, g := range scores {
						weight[i*classes+k] -= g * v
					}
				}
			}
			for k, g := range scores {
				weight[pixels*classes+k] -= g
			}
		})
	}
	accuracy := func(d Dataset) float64 {
		good := 0
		each(d, 0, false, func(x []float32, label int) {
			score(x)
			for k, s := range scores {
				if s > scores[label] || s == scores[label] && k < label {
					return
				}
			}
			good++
		})
		return float64(good) / float64(d.Len())
	}
	return accuracy(train), accuracy(test)
}

// The figures must not be solved by a model that looks at each pixel by itself,
// and must not be noise either.
func TestDoodlesDefyLinearModel(t *testing.T) {
	cfg := config.Data{
		Height: 28, Width: 28, Channels: 1,
		Train: config.Source{Kind: "doodles", PerClass: 300},
		Test:  config.Source{Kind: "doodles", PerClass: 60},
	}
	train, _, test, err := OpenAll(cfg)
	if err != nil {
		t.Fatal(err)
	}
	fit, acc := linearAccuracy(t, train, test, 12)
	t.Logf("linear model: %.3f of the training figures, %.3f of the test figures", fit, acc)
	if acc > 0.75 || acc < 0.25 {
		t.Errorf("a linear model recognises %.3f of the test figures, want 0.25..0.75", acc)
	}
}
