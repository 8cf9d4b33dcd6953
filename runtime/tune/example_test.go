package tune_test

import (
	"context"
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/tune"
)

// A search of an objective of one's own: here a function of two numbers, one of
// them on a logarithmic scale, and a word. Run reports after every epoch and
// returns an error for what failed.
func Example() {
	s := tune.Search{
		Space: tune.Space{
			{Name: "kind", Kind: tune.Choice, Values: []tune.Value{tune.Word("plain"), tune.Word("bent")}},
			{Name: "x", Kind: tune.Float, Min: -2, Max: 2},
			{Name: "rate", Kind: tune.Float, Min: 1e-4, Max: 1, Scale: tune.Log, Parent: "kind", ParentValues: []tune.Value{tune.Word("bent")}},
		},
		Objective: tune.Objective{Metric: "loss"},
		Algorithm: tune.Hyperband{MaxEpochs: 27, Factor: 3, Iterations: 1},
		Seed:      1,
		Run: func(_ context.Context, t *tune.Trial, _ int, report func(int, float64)) error {
			x, bend := t.Values["x"].Float(), 1.0
			if t.Values["kind"] == tune.Word("bent") {
				bend = math.Abs(math.Log10(t.Values["rate"].Float()) + 2)
			}
			for epoch := t.From + 1; epoch <= t.To; epoch++ {
				report(epoch, (x-1)*(x-1)+bend+1/float64(epoch))
			}
			return nil
		},
	}
	res, err := s.Do(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	best := res.Best[0]
	fmt.Println(len(res.Trials), "trials;", res.Reason)
	fmt.Printf("best: %s, |x-1| < 0.5: %v, trained to epoch %d\n", best.Values["kind"], math.Abs(best.Values["x"].Float()-1) < 0.5, best.To)
	// Output:
	// 70 trials; the schedule or the space is exhausted
	// best: bent, |x-1| < 0.5: true, trained to epoch 27
}
