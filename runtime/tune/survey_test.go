package tune

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSurvey: every point of a small space once, conditions counted; the ends of
// ranges without steps; a sample of a large space. The default comes first.
func TestSurvey(t *testing.T) {
	small := Space{
		{Name: "kind", Kind: Choice, Values: []Value{Word("a"), Word("b")}, Default: Word("b")},
		{Name: "deep", Kind: Bool, Parent: "kind", ParentValues: []Value{Word("a")}},
		{Name: "n", Kind: Int, Min: 1, Max: 3},
	}
	points, all := small.Survey(100)
	if len(points) != 9 || !all { // (a false, a true, b) times three
		t.Errorf("%d points, %v: %v", len(points), all, points)
	}
	if d := cmp.Diff(small.Default(), points[0], cmp.AllowUnexported(Value{})); d != "" {
		t.Error(d)
	}
	ranges := append(Space{{Name: "rate", Kind: Float, Min: 1e-3, Max: 1, Scale: Log, Default: Num(0.1)}}, small...)
	points, all = ranges.Survey(100)
	rates := map[float64]int{}
	for _, at := range points {
		rates[at["rate"].Float()]++
	}
	if len(points) != 27 || all || rates[1e-3] != 9 || rates[0.1] != 9 || rates[1] != 9 {
		t.Errorf("%d points, %v, rates %v", len(points), all, rates)
	}
	large := append(Space{{Name: "m", Kind: Int, Min: 1, Max: 1 << 30}, {Name: "k", Kind: Int, Min: 1, Max: 1000}}, small...)
	points, all = large.Survey(100)
	again, _ := large.Survey(100)
	if len(points) != 100 || all {
		t.Errorf("%d points, %v", len(points), all)
	}
	if d := cmp.Diff(points, again, cmp.AllowUnexported(Value{})); d != "" {
		t.Error(d)
	}
	seen := map[uint64]bool{}
	for _, at := range points {
		if seen[at.key()] {
			t.Errorf("%v twice", at)
		}
		seen[at.key()] = true
	}
}
