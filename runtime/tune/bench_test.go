package tune

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/cnnc/cnnc/runtime/rng"
)

// branin has three minima of 0.397887 (Dixon and Szego 1978).
func branin(at Values) float64 {
	x, y := 15*at["x0"].Float()-5, 15*at["x1"].Float()
	a := y - 5.1/(4*math.Pi*math.Pi)*x*x + 5/math.Pi*x - 6
	return a*a + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10
}

// hartmann6 has its minimum of -3.32237 at (0.20, 0.15, 0.48, 0.28, 0.31, 0.66)
// (Dixon and Szego 1978).
func hartmann6(at Values) float64 {
	a := [4][6]float64{{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}}
	p := [4][6]float64{{1312, 1696, 5569, 124, 8283, 5886}, {2329, 4135, 8307, 3736, 1004, 9991},
		{2348, 1451, 3522, 2883, 3047, 6650}, {4047, 8828, 8732, 5743, 1091, 381}}
	c := [4]float64{1, 1.2, 3, 3.2}
	sum := 0.0
	for i := range c {
		e := 0.0
		for j := range 6 {
			d := at[fmt.Sprintf("x%d", j)].Float() - p[i][j]*1e-4
			e += a[i][j] * d * d
		}
		sum -= c[i] * math.Exp(-e)
	}
	return sum
}

func unitCube(d int) Space {
	var s Space
	for i := range d {
		s = append(s, Param{Name: fmt.Sprintf("x%d", i), Kind: Float, Min: 0, Max: 1})
	}
	return s
}

// learning is a synthetic learning curve: the loss falls with the epochs to a
// level, at a speed, with noise that all depend on the point. The best level is
// 0.1.
func learning(at Values, epoch int) float64 {
	width, rate, drop := at["width"].Float(), math.Log10(at["rate"].Float()), at["drop"].Float()
	level := 0.1 + 0.15*math.Pow(math.Log2(width/96), 2)/4 + 0.2*(rate+2.7)*(rate+2.7) + 0.4*(drop-0.35)*(drop-0.35)
	speed := 0.15 + 0.5*math.Exp(-(rate+2)*(rate+2))
	noise := 0.02 * rng.New(rng.Hash(at.key(), uint64(epoch))).Normal()
	return level + (2.3-level)*math.Exp(-speed*float64(epoch)) + noise*math.Exp(-0.05*float64(epoch))
}

func learningSpace() Space {
	return Space{
		{Name: "width", Kind: Int, Min: 8, Max: 512, Scale: Log},
		{Name: "rate", Kind: Float, Min: 1e-5, Max: 1, Scale: Log},
		{Name: "drop", Kind: Float, Min: 0, Max: 0.9},
	}
}

const seeds = 20

// found is the mean over seeds of what a search finds: the last value of its best
// trial, measured without the noise of selection by value.
func found(b *testing.B, s Space, a Algorithm, budget int, f func(at Values, epoch int) float64, final func(at Values) float64) float64 {
	b.Helper()
	sum := 0.0
	for seed := range seeds {
		search := &Search{
			Space: s, Objective: Objective{Metric: "loss"}, Algorithm: a, Seed: uint64(seed) + 1, MaxEpochs: budget,
			Run: func(_ context.Context, t *Trial, _ int, report func(int, float64)) error {
				for e := t.From + 1; e <= t.To; e++ {
					report(e, f(t.Values, e))
				}
				return nil
			},
		}
		res, err := search.Do(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		sum += final(res.Best[0].Values)
	}
	return sum / seeds
}

// BenchmarkAgainstRandom measures how much closer to the optimum the algorithms
// come than random search does with the same budget, as the mean over 20 seeds:
// regret is the distance of the result from the optimum, share that of random
// search's which is left.
func BenchmarkAgainstRandom(b *testing.B) {
	type entry struct {
		name string
		a    Algorithm
	}
	for _, c := range []struct {
		name    string
		s       Space
		best    float64
		budget  int
		f       func(at Values, epoch int) float64
		final   func(at Values) float64
		random  Algorithm
		entries []entry
	}{
		{"branin", unitCube(2), 0.397887, 50, func(at Values, _ int) float64 { return branin(at) }, branin, Random{Trials: 50, Train: 1},
			[]entry{{"bayes", Bayes{Trials: 50, Train: 1}}, {"tpe", TPE{Trials: 50, Train: 1}}}},
		{"hartmann6", unitCube(6), -3.32237, 70, func(at Values, _ int) float64 { return hartmann6(at) }, hartmann6, Random{Trials: 70, Train: 1},
			[]entry{{"bayes", Bayes{Trials: 70, Train: 1}}, {"tpe", TPE{Trials: 70, Train: 1}}}},
		{"learning", learningSpace(), 0.1, 226, learning, func(at Values) float64 { return learning(at, 1000) }, Random{Trials: 1000, Train: 20},
			[]entry{{"hyperband", Hyperband{MaxEpochs: 20, Factor: 3, Iterations: 1}}, {"asha", ASHA{MinEpochs: 1, MaxEpochs: 20, Factor: 3, Trials: 60}},
				{"bayes", Bayes{Trials: 1000, Train: 20}}, {"tpe", TPE{Trials: 1000, Train: 20}}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var random float64
			for range b.N {
				random = found(b, c.s, c.random, c.budget, c.f, c.final) - c.best
			}
			b.ReportMetric(random, "regret")
			for _, e := range c.entries {
				b.Run(e.name, func(b *testing.B) {
					var regret float64
					for range b.N {
						regret = found(b, c.s, e.a, c.budget, c.f, c.final) - c.best
					}
					b.ReportMetric(regret, "regret")
					b.ReportMetric(regret/random, "share")
				})
			}
		})
	}
}
