package train_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model/modeltest"
	"github.com/cnnc/cnnc/runtime/train"
)

const normFeatures = 5

// normData are examples whose features have different means and deviations; 53 in
// batches of 16 leave a last one of 5.
func normData(n, batch int) *memory {
	r := rand.New(rand.NewPCG(4, 4))
	m := &memory{size: normFeatures, batch: batch, outputs: normFeatures, shuffle: true, seed: 3}
	for i := range n * normFeatures {
		c := i % normFeatures
		m.x = append(m.x, float32(100*c)+float32(c+1)*float32(r.NormFloat64()))
		m.targets = append(m.targets, float32(r.NormFloat64()))
	}
	return m
}

func normSetup(epochs int, o config.Optimizer) config.Train {
	return config.Train{Loss: "mean_squared_error", Optimizer: o, Metrics: []string{"mse"}, Epochs: epochs, Batch: 16, Seed: 7}
}

func trainNormed(t *testing.T, ctx context.Context, cfg config.Train, o train.Options) *train.Result {
	t.Helper()
	o.Config = cfg
	res, err := train.Train(ctx, modeltest.Normed(normFeatures, 4, 3, 0.9, cfg), normData(53, 16), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestBatchStatistics follows one epoch by the formulas, in float64: gradients of
// gamma and beta through statistics of the whole batch, moving statistics with the
// biased variance, a smaller last batch.
func TestBatchStatistics(t *testing.T) {
	const rate, momentum = 0.1, 0.9
	cfg := normSetup(1, config.Optimizer{Name: "sgd", LearningRate: rate})
	res := trainNormed(t, t.Context(), cfg, train.Options{Workers: 2})
	var gamma, beta, mean, variance [normFeatures]float64
	for c := range normFeatures {
		gamma[c], variance[c] = 1, 1
	}
	batches, err := normData(53, 16).Batches(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b, err := batches.Next()
		if err != nil {
			t.Fatal(err)
		}
		n := float64(b.N)
		for c := range normFeatures {
			mu, v, dgamma, dbeta := 0.0, 0.0, 0.0, 0.0
			for i := range b.N {
				mu += float64(b.X[i*normFeatures+c]) / n
			}
			for i := range b.N {
				d := float64(b.X[i*normFeatures+c]) - mu
				v += d * d / n
			}
			for i := range b.N {
				h := (float64(b.X[i*normFeatures+c]) - mu) / math.Sqrt(v+1e-3)
				g := 2 * (gamma[c]*h + beta[c] - float64(b.Targets[i*normFeatures+c])) / normFeatures / n
				dgamma, dbeta = dgamma+g*h, dbeta+g
			}
			gamma[c] -= rate * dgamma
			beta[c] -= rate * dbeta
			mean[c] = momentum*mean[c] + (1-momentum)*mu
			variance[c] = momentum*variance[c] + (1-momentum)*v
		}
	}
	for c := range normFeatures {
		for i, want := range []float64{gamma[c], beta[c], mean[c], variance[c]} {
			if got := float64(res.Params[16*i+c]); math.Abs(got-want) > 2e-6*(1+math.Abs(want)) {
				t.Errorf("feature %d, parameter %d: %v, want %v", c, i, got, want)
			}
		}
	}
}

// TestStagesDeterminism: the same bits for any number of workers, and for a run
// that was interrupted and resumed.
func TestStagesDeterminism(t *testing.T) {
	for _, o := range []config.Optimizer{adam, {Name: "adam", LearningRate: 0.01, Numbers: number("ema", 0.9)}} {
		var first []float32
		for _, workers := range []int{1, 2, 3, 8} {
			res := trainNormed(t, t.Context(), normSetup(3, o), train.Options{Workers: workers})
			if first == nil {
				first = res.Params
			} else if diff := cmp.Diff(bits(first), bits(res.Params)); diff != "" {
				t.Errorf("%d workers give other weights than one: %s", workers, diff)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		dir, steps := t.TempDir(), 0
		res := trainNormed(t, ctx, normSetup(3, o), train.Options{Workers: 2, Dir: dir, Observer: observer(func(e train.Event) {
			if _, ok := e.(*train.BatchEnd); ok {
				if steps++; steps == 6 {
					cancel()
				}
			}
		})})
		if res.Reason != train.Interrupted {
			t.Fatalf("reason %v", res.Reason)
		}
		res = trainNormed(t, t.Context(), normSetup(3, o), train.Options{Workers: 3, Dir: dir, Resume: true})
		if diff := cmp.Diff(bits(first), bits(res.Params)); diff != "" {
			t.Errorf("the resumed run gives other weights: %s", diff)
		}
	}
}

// TestMovingStatisticsAreNotAveraged: a running average of the weights leaves them
// as they are.
func TestMovingStatisticsAreNotAveraged(t *testing.T) {
	plain := trainNormed(t, t.Context(), normSetup(2, adam), train.Options{})
	averaged := trainNormed(t, t.Context(), normSetup(2, config.Optimizer{Name: "adam", LearningRate: 0.01, Numbers: number("ema", 0.9)}), train.Options{})
	if diff := cmp.Diff(bits(plain.Params[32:]), bits(averaged.Params[32:])); diff != "" {
		t.Errorf("moving statistics: %s", diff)
	}
	if cmp.Equal(bits(plain.Params[:32]), bits(averaged.Params[:32])) {
		t.Error("gamma and beta are not averaged either")
	}
}

// TestStagesWantWholeBatches: statistics of a piece would be wrong.
func TestStagesWantWholeBatches(t *testing.T) {
	cfg := normSetup(1, adam)
	data := normData(53, 16)
	data.piece = 12
	_, err := train.Train(t.Context(), modeltest.Normed(normFeatures, 4, 3, 0.9, cfg), data, nil, train.Options{Config: cfg})
	if err == nil || !strings.Contains(err.Error(), "statistics of whole batches (batchnorm in layer norm)") {
		t.Errorf("pieces of a batch: %v", err)
	}
}

// TestOneExample: a batch of one has variance 0.
func TestOneExample(t *testing.T) {
	cfg := normSetup(1, config.Optimizer{Name: "sgd", LearningRate: 0.1})
	res, err := train.Train(t.Context(), modeltest.Normed(normFeatures, 4, 3, 0.9, cfg), normData(1, 16), nil, train.Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	for c := range normFeatures {
		if gamma, variance := res.Params[c], res.Params[48+c]; gamma != 1 || variance != 0.9 {
			t.Errorf("feature %d: gamma %v, moving variance %v; want 1 and 0.9", c, gamma, variance)
		}
	}
}
