package tune

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/rng"
)

// scored are n trials of random points of a space.
func scored(s Space, n int, f func(at Values, r *rng.Rand) float64) []Trial {
	var out []Trial
	for i := range n {
		r := rng.New(uint64(i))
		at := s.Sample(r)
		out = append(out, Trial{ID: i, Values: at, To: 1, Parent: -1, State: Completed, Score: f(at, r)})
	}
	return out
}

// TestImportance: a function that is known in closed form. Of 3x + 0.1y + word the
// variances are 9/12, 0.01/12 and 0.5^2 * 2/9 for a word that adds 0.5 for one of
// three; x*y of uniform x and y in 0..1 has 7/144, of which x and y explain 3/144
// each and 1/144 is joint.
func TestImportance(t *testing.T) {
	s := Space{
		{Name: "x", Kind: Float, Max: 1}, {Name: "y", Kind: Float, Max: 1},
		{Name: "word", Kind: Choice, Values: []Value{Word("b"), Word("a"), Word("c")}}, {Name: "idle", Kind: Bool},
	}
	loss := Objective{Metric: "loss"}
	word := func(at Values) float64 {
		if at["word"] == Word("a") {
			return 0.5
		}
		return 0
	}
	additive := ImportanceOf(s, scored(s, 400, func(at Values, _ *rng.Rand) float64 {
		return 3*at["x"].Float() + 0.1*at["y"].Float() + word(at)
	}), loss)
	whole := 9.0/12 + 0.01/12 + 0.25*2/9
	for i, want := range []float64{9.0 / 12 / whole, 0.01 / 12 / whole, 0.25 * 2 / 9 / whole, 0} {
		if got := additive.Shares[i]; math.Abs(got.Share-want) > 0.04 {
			t.Errorf("%s: %.3f, want about %.3f", got.Name, got.Share, want)
		}
	}
	if additive.Joint > 0.05 || additive.Noise > 0.05 || additive.Points != 400 {
		t.Errorf("%+v", additive)
	}
	product := ImportanceOf(s, scored(s, 400, func(at Values, _ *rng.Rand) float64 { return at["x"].Float() * at["y"].Float() }), loss)
	for i, want := range []float64{3.0 / 7, 3.0 / 7, 0, 0} {
		if got := product.Shares[i]; math.Abs(got.Share-want) > 0.06 {
			t.Errorf("product: %s: %.3f, want about %.3f", got.Name, got.Share, want)
		}
	}
	if math.Abs(product.Joint-1.0/7) > 0.06 {
		t.Errorf("product: joint %.3f, want about %.3f", product.Joint, 1.0/7)
	}
	sum := product.Joint + product.Noise
	for _, v := range product.Shares {
		sum += v.Share
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the shares add up to %v", sum)
	}
}

// TestImportanceOfNoise: scores that depend on nothing are noise, however few
// there are.
func TestImportanceOfNoise(t *testing.T) {
	for _, n := range []int{6, 9, 20, 60} {
		imp := ImportanceOf(wide(), scored(wide(), n, func(_ Values, r *rng.Rand) float64 { return r.Normal() }), Objective{Metric: "m", Maximize: true})
		for _, v := range imp.Shares {
			if v.Share > 0.25 {
				t.Errorf("%d trials: %+v", n, imp)
			}
		}
	}
	for n := range leastPoints {
		imp := ImportanceOf(wide(), scored(wide(), n, func(_ Values, r *rng.Rand) float64 { return r.Normal() }), Objective{Metric: "m"})
		if imp.Noise != 0 || imp.Joint != 0 || imp.Shares[0].Share != 0 {
			t.Errorf("%d trials: %+v", n, imp)
		}
	}
	if imp := ImportanceOf(wide(), scored(wide(), 20, func(Values, *rng.Rand) float64 { return 7 }), Objective{Metric: "m"}); imp.Shares[0].Share != 0 {
		t.Errorf("all scores equal: %+v", imp)
	}
}

// TestComparable: points that trained to different epochs are compared after those
// that all of few points reached, or half of many, by what they had then.
func TestComparable(t *testing.T) {
	at := func(x float64) Values { return Values{"x": Num(x)} }
	trials := []Trial{
		{ID: 0, Values: at(1), To: 2, State: Completed, Score: 0.5, Reports: []Report{{Epoch: 1, Value: 0.9}, {Epoch: 2, Value: 0.5}}},
		{ID: 1, Values: at(2), To: 2, State: Completed, Score: 0.7, Reports: []Report{{Epoch: 1, Value: 0.7}, {Epoch: 2, Value: 0.8}}},
		{ID: 2, Values: at(3), To: 1, State: Completed, Score: 0.6, Reports: []Report{{Epoch: 1, Value: 0.6}}},
		{ID: 3, Values: at(1), From: 2, To: 4, Parent: 0, State: Completed, Score: 0.1, Reports: []Report{{Epoch: 3, Value: 0.3}, {Epoch: 4, Value: 0.1}}},
		{ID: 4, Values: at(4), To: 2, State: Failed},
	}
	points, y, epochs := compared(trials, Objective{Metric: "loss"})
	if d := cmp.Diff([]Values{at(1), at(2), at(3)}, points, cmp.AllowUnexported(Value{})); d != "" || epochs != 1 {
		t.Errorf("epochs %d\n%s", epochs, d)
	}
	if d := cmp.Diff([]float64{0.9, 0.7, 0.6}, y); d != "" {
		t.Error(d)
	}
	for i := range 60 {
		trials = append(trials, Trial{ID: 5 + i, Values: at(float64(10 + i)), To: 2 + 2*(i%2), State: Completed, Score: float64(i),
			Reports: []Report{{Epoch: 2, Value: float64(i)}}})
	}
	if points, y, epochs = compared(trials, Objective{Metric: "loss"}); epochs != 2 || len(points) != 62 || y[0] != 0.5 {
		t.Errorf("%d points after epoch %d, the first %v", len(points), epochs, y[0])
	}
}
