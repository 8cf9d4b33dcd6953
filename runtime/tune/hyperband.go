package tune

import "math"

// Hyperband runs many short trainings and continues the best of them (Li et al.
// 2018, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
// Optimization"), with the arithmetic of KerasTuner (spec: tuner 6).
//
// It differs in what is done with the schedule. A promoted trial continues its
// parent's training exactly, optimizer and all. Failed trials count among those
// that a round discards, so that they do not hold up a bracket. When the space
// has fewer points than a round wants, the round takes what there is instead of
// ending the search; and a point that another bracket has trained is continued
// from there, so that no epoch of a point is trained twice.
type Hyperband struct {
	MaxEpochs int
	Factor    int // at least 2
	// Iterations repeats the whole schedule, at least 1.
	Iterations int
}

// Round is one round of a bracket.
type Round struct{ Trials, From, To int }

// Epochs implements Algorithm.
func (a Hyperband) Epochs() int { return a.MaxEpochs }

// Brackets is the number of brackets: those of epochs 1, Factor, Factor^2, ...
// up to MaxEpochs.
func (a Hyperband) Brackets() int {
	n := 0
	for e := 1; e <= a.MaxEpochs; e *= a.Factor {
		n++
		if e > a.MaxEpochs/a.Factor {
			break
		}
	}
	return n
}

// Bracket is the schedule of bracket b: rounds 0..b. Brackets run from
// Brackets()-1, the one with the most and shortest trials, down to 0.
func (a Hyperband) Bracket(b int) []Round {
	f, m := float64(a.Factor), float64(a.MaxEpochs)
	e := math.Ceil(1 + math.Log(m)/math.Log(f) - 1e-9) // logarithms of powers are whole
	rounds := make([]Round, b+1)
	from := 0
	for r := range rounds {
		rounds[r] = Round{
			Trials: int(math.Ceil(e / float64(b+1) * math.Pow(f, float64(b-r)))),
			From:   from,
			To:     int(math.Ceil(m / math.Pow(f, float64(b-r)))),
		}
		from = rounds[r].To
	}
	return rounds
}

// Next implements Algorithm.
func (a Hyperband) Next(h *History) Proposal {
	iteration, bracket := 0, a.Brackets()-1
	for {
		if t, ok := a.bracket(h, iteration, bracket); ok {
			return Proposal{Trial: t}
		}
		// The next bracket is opened though trials of this one run: with several
		// workers nobody waits at the end of a round.
		switch {
		case bracket > 0:
			bracket--
		case iteration+1 < a.Iterations:
			iteration, bracket = iteration+1, a.Brackets()-1
		case h.running() > 0:
			return Proposal{Wait: true}
		default:
			return Proposal{Done: true}
		}
	}
}

// bracket proposes a trial of one bracket.
func (a Hyperband) bracket(h *History, iteration, b int) (Trial, bool) {
	rounds := a.Bracket(b)
	in := make([][]*Trial, len(rounds)) // by round
	promoted := map[int]bool{}          // by id
	for i := range h.Trials {
		t := &h.Trials[i]
		if t.Iteration != iteration || t.Bracket != b || t.State == Rejected {
			continue
		}
		in[t.Round] = append(in[t.Round], t)
		if t.Round > 0 {
			promoted[t.Parent] = true
		}
	}
	place := func(t Trial, r int) Trial {
		t.Iteration, t.Bracket, t.Round, t.To = iteration, b, r, rounds[r].To
		return t
	}
	size := rounds[0].Trials
	if len(in[0]) < size {
		if t, ok := a.fresh(h, iteration, b, rounds[0].To); ok {
			return place(t, 0), true
		}
		size = len(in[0])
	}
	for r := 1; r <= b; r++ {
		next := min(rounds[r].Trials, size)
		var candidates []Trial
		ended := 0
		for _, t := range in[r-1] {
			switch {
			case t.State == Running:
				continue
			case t.State == Completed && !promoted[t.ID]:
				candidates = append(candidates, *t)
			case t.State == Failed:
				ended++
			}
		}
		// Discarded at most are size-next; whoever is best when more than those
		// are known goes on.
		if len(candidates) > 0 && len(in[r]) < next && len(candidates)+ended > size-next {
			sortTrials(candidates, h.Objective)
			best := candidates[0]
			return place(Trial{Values: best.Values, From: rounds[r].From, Parent: best.ID}, r), true
		}
		size = next
	}
	return Trial{}, false
}

// fresh proposes a point for the first round of a bracket: one that no trial has
// had or, when there are none left, one that other brackets have trained no
// further than this round goes, to be continued from there.
func (a Hyperband) fresh(h *History, iteration, b, to int) (Trial, bool) {
	r := h.rand()
	if at, ok := h.Space.fresh(r, h.taken(nil)); ok {
		return first(at, to), true
	}
	at, ok := h.Space.fresh(r, h.taken(func(t *Trial) bool {
		return t.State != Completed || t.To > to || t.Iteration == iteration && t.Bracket == b
	}))
	if !ok {
		return Trial{}, false
	}
	t := first(at, to)
	for i := range h.Trials {
		if o := &h.Trials[i]; o.State == Completed && o.To > t.From && o.Values.key() == at.key() {
			t.Parent, t.From = o.ID, o.To
		}
	}
	return t, true
}
