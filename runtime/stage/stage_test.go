package stage_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/stage"
)

func params(features int) []float32 {
	p := make([]float32, 64)
	for c := range features {
		p[c], p[48+c] = 1, 1 // gamma, moving variance
	}
	return p
}

// TestWorkedExample has the numbers of the specification (spec: layers 9.1):
// 1, 2, 3, 4 in micro-batches of different shards, and their moving statistics.
func TestWorkedExample(t *testing.T) {
	for shards := 1; shards <= 6; shards++ {
		net := modeltest.Normed(1, shards, 1, 0.99, config.Train{})
		s, p, grads := stage.New(net, shards), params(1), make([]float32, 64)
		w := net.NewTrain(p, nil)
		scores := make([]float32, 4)
		s.Begin(4)
		for range s.Stages() {
			for j := range 4 {
				b := model.Batch{N: 1, X: []float32{float32(j + 1)}, Targets: []float32{0}, Scores: scores[j : j+1], Loss: make([]float64, 1), Scale: 0.25}
				s.Bind(&b, j, j%shards)
				w.Step(&b, grads)
			}
			s.End(p, grads)
		}
		for i, want := range []float64{-1.341104, -0.447035, 0.447035, 1.341104} {
			if math.Abs(float64(scores[i])-want) > 1e-6 {
				t.Errorf("%d shards: scores %v", shards, scores)
			}
		}
		s.Move(p)
		if math.Abs(float64(p[32])-0.025) > 1e-7 || math.Abs(float64(p[48])-1.0025) > 1e-7 {
			t.Errorf("%d shards: moving mean %v, variance %v", shards, p[32], p[48])
		}
	}
}

// TestLargeMean: statistics of numbers whose mean is far larger than their
// deviation, over shards some of which have no examples.
func TestLargeMean(t *testing.T) {
	const n, features, shards = 50, 3, 7
	r := rand.New(rand.NewPCG(1, 1))
	net := modeltest.Normed(features, shards, 10, 0, config.Train{})
	s, p, grads := stage.New(net, shards), params(features), make([]float32, 64)
	w := net.NewTrain(p, nil)
	x := make([]float32, n*features)
	for i := range x {
		x[i] = 10000 + float32(r.NormFloat64())
	}
	s.Begin(5)
	for range s.Stages() {
		for j := range 5 {
			b := model.Batch{N: 10, X: x[j*10*features:][:10*features], Targets: make([]float32, 10*features), Scores: make([]float32, 10*features), Loss: make([]float64, 10), Scale: 1}
			s.Bind(&b, j, j%shards)
			w.Step(&b, grads)
		}
		s.End(p, grads)
	}
	s.Move(p) // momentum 0: the statistics themselves
	for c := range features {
		mean, variance := 0.0, 0.0
		for i := range n {
			mean += float64(x[i*features+c]) / n
		}
		for i := range n {
			d := float64(x[i*features+c]) - mean
			variance += d * d / n
		}
		if got := float64(p[48+c]); math.Abs(got-variance) > 1e-6*variance || float64(p[32+c]) != float64(float32(mean)) {
			t.Errorf("feature %d: mean %v, variance %v; want %v and %v", c, p[32+c], got, mean, variance)
		}
	}
}

// TestOneStage: networks without statistics of the batch are left alone.
func TestOneStage(t *testing.T) {
	net := modeltest.Linear(config.Train{})
	s := stage.New(net, 2)
	if s.Staged() || s.Stages() != 1 {
		t.Fatalf("%d stages", s.Stages())
	}
	b := model.Batch{Whole: &model.Whole{}}
	s.Begin(3)
	s.Bind(&b, 2, 0)
	if b.Whole != nil || !s.First() || !s.Last() {
		t.Error("a batch of one stage knows of the whole")
	}
}

func TestNothingIsAllocated(t *testing.T) {
	net := modeltest.Normed(3, 1, 4, 0.9, config.Train{})
	s, p, grads := stage.New(net, 1), params(3), make([]float32, 64)
	w := net.NewTrain(p, nil)
	b := model.Batch{N: 4, X: make([]float32, 12), Targets: make([]float32, 12), Scores: make([]float32, 12), Loss: make([]float64, 4), Scale: 1}
	s.Step(w, &b, p, grads)
	if n := testing.AllocsPerRun(10, func() { s.Step(w, &b, p, grads); s.Move(p) }); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
}
