package tune

// ASHA is asynchronous successive halving (Li et al. 2020, "A System for
// Massively Parallel Hyperparameter Tuning"): no rounds and no waiting. Rung k is
// at MinEpochs * Factor^k epochs, the last at MaxEpochs; a trial goes on as soon
// as it is among the best 1/Factor of those that reached its rung.
type ASHA struct {
	MinEpochs, MaxEpochs int
	Factor               int // at least 2
	// Trials is the number of points that are begun.
	Trials int
}

// Epochs implements Algorithm.
func (a ASHA) Epochs() int { return a.MaxEpochs }

// Rungs are the epochs of the rungs.
func (a ASHA) Rungs() []int {
	var rungs []int
	for e := max(a.MinEpochs, 1); e < a.MaxEpochs; e *= a.Factor {
		rungs = append(rungs, e)
		if e > a.MaxEpochs/a.Factor {
			break
		}
	}
	return append(rungs, a.MaxEpochs)
}

// Next implements Algorithm.
func (a ASHA) Next(h *History) Proposal {
	rungs := a.Rungs()
	promoted := map[int]bool{}
	for i := range h.Trials {
		if t := &h.Trials[i]; t.Round > 0 {
			promoted[t.Parent] = true
		}
	}
	for k := len(rungs) - 2; k >= 0; k-- {
		var done []Trial
		for i := range h.Trials {
			if t := &h.Trials[i]; t.Round == k && t.State == Completed {
				done = append(done, *t)
			}
		}
		sortTrials(done, h.Objective)
		for _, t := range done[:len(done)/a.Factor] {
			if !promoted[t.ID] {
				return Proposal{Trial: Trial{Values: t.Values, From: rungs[k], To: rungs[k+1], Parent: t.ID, Round: k + 1}}
			}
		}
	}
	begun := h.count(func(t *Trial) bool { return t.Round == 0 && t.State != Rejected })
	if begun < a.Trials {
		if at, ok := h.Space.fresh(h.rand(), h.taken(nil)); ok {
			return Proposal{Trial: first(at, rungs[0])}
		}
	}
	if h.running() > 0 {
		return Proposal{Wait: true}
	}
	return Proposal{Done: true}
}
