package tune

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/runtime/rng"
)

// TestBrackets holds the arithmetic of the spec (tuner 6).
func TestBrackets(t *testing.T) {
	for _, c := range []struct {
		max, factor    int
		want           [][]Round // bracket by bracket, the highest first
		trials, epochs int
	}{
		{10, 3, [][]Round{{{12, 0, 2}, {4, 2, 4}, {2, 4, 10}}, {{6, 0, 4}, {2, 4, 10}}, {{4, 0, 10}}}, 30, 120},
		{20, 3, [][]Round{{{12, 0, 3}, {4, 3, 7}, {2, 7, 20}}, {{6, 0, 7}, {2, 7, 20}}, {{4, 0, 20}}}, 30, 226},
		{27, 3, [][]Round{{{27, 0, 1}, {9, 1, 3}, {3, 3, 9}, {1, 9, 27}}, {{12, 0, 3}, {4, 3, 9}, {2, 9, 27}}, {{6, 0, 9}, {2, 9, 27}}, {{4, 0, 27}}}, 70, 375},
		{30, 3, nil, 90, 576},
		{50, 3, nil, 90, 922},
		{81, 3, nil, 211, 1767},
		{100, 3, [][]Round{{{98, 0, 2}, {33, 2, 4}, {11, 4, 12}, {4, 12, 34}, {2, 34, 100}}, {{41, 0, 4}, {14, 4, 12}, {5, 12, 34}, {2, 34, 100}},
			{{18, 0, 12}, {6, 12, 34}, {2, 34, 100}}, {{9, 0, 34}, {3, 34, 100}}, {{6, 0, 100}}}, 254, 2672},
		{16, 4, [][]Round{{{16, 0, 1}, {4, 1, 4}, {1, 4, 16}}, {{6, 0, 4}, {2, 4, 16}}, {{3, 0, 16}}}, 32, 136},
		{10, 2, [][]Round{{{10, 0, 2}, {5, 2, 3}, {3, 3, 5}, {2, 5, 10}}, {{7, 0, 3}, {4, 3, 5}, {2, 5, 10}}, {{5, 0, 5}, {3, 5, 10}}, {{5, 0, 10}}}, 46, 170},
	} {
		a := Hyperband{MaxEpochs: c.max, Factor: c.factor, Iterations: 1}
		var got [][]Round
		trials, epochs := 0, 0
		for b := a.Brackets() - 1; b >= 0; b-- {
			rounds := a.Bracket(b)
			got = append(got, rounds)
			for _, r := range rounds {
				trials += r.Trials
				epochs += r.Trials * (r.To - r.From)
			}
		}
		if c.want != nil {
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%d, %d: -want +got\n%s", c.max, c.factor, d)
			}
		}
		if trials != c.trials || epochs != c.epochs {
			t.Errorf("%d, %d: %d trials, %d epochs, want %d, %d", c.max, c.factor, trials, epochs, c.trials, c.epochs)
		}
	}
}

// play runs an algorithm without a loop: trials end at once, with the score that
// f gives.
func play(t *testing.T, a Algorithm, h *History, f func(*Trial)) {
	t.Helper()
	for range 10000 {
		p := a.Next(h)
		if p.Done {
			return
		}
		if p.Wait {
			t.Fatal("waits though nothing runs")
		}
		p.Trial.ID, p.Trial.State = len(h.Trials), Completed
		f(&p.Trial)
		h.Trials = append(h.Trials, p.Trial)
	}
	t.Fatal("the search does not end")
}

func wide() Space {
	return Space{{Name: "x", Kind: Float, Min: 0, Max: 1}, {Name: "y", Kind: Float, Min: 1e-3, Max: 1, Scale: Log}}
}

// TestHyperbandSchedule: in a space without end every round has the size of the
// arithmetic, and those promoted are the best of their round.
func TestHyperbandSchedule(t *testing.T) {
	a := Hyperband{MaxEpochs: 20, Factor: 3, Iterations: 2}
	h := &History{Space: wide(), Objective: Objective{Metric: "loss"}, Seed: 5}
	play(t, a, h, func(tr *Trial) { tr.Score = tr.Values["x"].Float() + 1/float64(tr.To) })
	if len(h.Trials) != 60 {
		t.Errorf("%d trials, want 60", len(h.Trials))
	}
	for it := range 2 {
		for b := range a.Brackets() {
			for r, want := range a.Bracket(b) {
				var in []Trial
				for _, tr := range h.Trials {
					if tr.Iteration == it && tr.Bracket == b && tr.Round == r {
						in = append(in, tr)
						if tr.From != want.From || tr.To != want.To {
							t.Errorf("trial %d trains %d to %d, want %d to %d", tr.ID, tr.From, tr.To, want.From, want.To)
						}
						if r > 0 && h.Trials[tr.Parent].Values.key() != tr.Values.key() {
							t.Errorf("trial %d has another point than its parent", tr.ID)
						}
					}
				}
				if len(in) != want.Trials {
					t.Errorf("iteration %d, bracket %d, round %d: %d trials, want %d", it, b, r, len(in), want.Trials)
				}
				if r == 0 {
					continue
				}
				sortTrials(in, h.Objective)
				better := 0
				for _, tr := range h.Trials {
					if tr.Iteration == it && tr.Bracket == b && tr.Round == r-1 && tr.Values["x"].Float() < in[len(in)-1].Values["x"].Float() {
						better++
					}
				}
				if better != len(in)-1 {
					t.Errorf("bracket %d, round %d: %d of the round before are better than the worst of %d promoted", b, r, better, len(in))
				}
			}
		}
	}
}

// TestHyperbandSmallSpace is the course's search: nine points, where the first
// round wants twelve. The search goes to its end, and no epoch of a point is
// trained twice.
func TestHyperbandSmallSpace(t *testing.T) {
	s := Space{
		{Name: "filters", Kind: Choice, Values: []Value{Num(32), Num(64), Num(128)}},
		{Name: "rate", Kind: Choice, Values: []Value{Num(1e-2), Num(1e-3), Num(1e-4)}},
	}
	a := Hyperband{MaxEpochs: 20, Factor: 3, Iterations: 1}
	h := &History{Space: s, Objective: Objective{Metric: "val_accuracy", Maximize: true}, Seed: 1}
	play(t, a, h, func(tr *Trial) {
		tr.Score = float64(tr.To) + tr.Values["filters"].Float()*1e-3 + tr.Values["rate"].Float()
	})
	trained := map[uint64]int{}
	longest := 0
	for _, tr := range h.Trials {
		if at := trained[tr.Values.key()]; tr.From != at && tr.From < at {
			t.Errorf("trial %d trains %v from %d again, %d epochs are done", tr.ID, tr.Values, tr.From, at)
		}
		if tr.From > 0 && (tr.Parent < 0 || h.Trials[tr.Parent].To != tr.From || h.Trials[tr.Parent].Values.key() != tr.Values.key()) {
			t.Errorf("trial %d goes on at %d from trial %d", tr.ID, tr.From, tr.Parent)
		}
		trained[tr.Values.key()] = max(trained[tr.Values.key()], tr.To)
		longest = max(longest, tr.To)
	}
	if len(trained) != 9 || longest != 20 {
		t.Errorf("%d points, longest %d, want all 9 and 20", len(trained), longest)
	}
}

// TestHyperbandFailures: failed trials do not hold up a bracket.
func TestHyperbandFailures(t *testing.T) {
	a := Hyperband{MaxEpochs: 27, Factor: 3, Iterations: 1}
	h := &History{Space: wide(), Objective: Objective{Metric: "loss"}, Seed: 2}
	r := rng.New(9)
	play(t, a, h, func(tr *Trial) {
		tr.Score = tr.Values["x"].Float()
		if r.Bool(0.5) {
			tr.State = Failed
		}
	})
	last := h.count(func(tr *Trial) bool { return tr.To == 27 && tr.Round > 0 })
	if last < 3 {
		t.Errorf("only %d trials were promoted to the end", last)
	}
}

// TestASHA: one third of each rung goes on, and the best point gets to the end.
func TestASHA(t *testing.T) {
	a := ASHA{MinEpochs: 1, MaxEpochs: 27, Factor: 3, Trials: 60}
	if d := cmp.Diff([]int{1, 3, 9, 27}, a.Rungs()); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]int{2, 8, 10}, (ASHA{MinEpochs: 2, MaxEpochs: 10, Factor: 4}).Rungs()); d != "" {
		t.Fatal(d)
	}
	h := &History{Space: wide(), Objective: Objective{Metric: "loss"}, Seed: 3}
	play(t, a, h, func(tr *Trial) { tr.Score = tr.Values["x"].Float() })
	rung := make([]int, 4)
	best := 1.0
	for _, tr := range h.Trials {
		rung[tr.Round]++
		best = min(best, tr.Values["x"].Float())
		if tr.Round > 0 && (tr.From != a.Rungs()[tr.Round-1] || h.Trials[tr.Parent].To != tr.From) {
			t.Errorf("trial %d continues %d from epoch %d", tr.ID, tr.Parent, tr.From)
		}
	}
	// Whoever was promoted early and overtaken later has gone on all the same.
	if rung[0] != 60 || rung[1] < 20 || rung[2] < 6 || rung[3] < 2 || rung[1] > 40 {
		t.Errorf("trials on rungs: %v", rung)
	}
	final := Best(h.Trials, h.Objective)
	if final[0].Values["x"].Float() != best || h.count(func(tr *Trial) bool { return tr.To == 27 && tr.Score == best }) != 1 {
		t.Errorf("the best point did not get to the end")
	}
}
