package tune

// Random proposes independent points, none twice (spec: tuner 4).
type Random struct {
	// Trials is how many points; Train how many epochs each trains.
	Trials, Train int
}

// Epochs implements Algorithm.
func (a Random) Epochs() int { return a.Train }

// Next implements Algorithm. The search is over when the space is exhausted.
func (a Random) Next(h *History) Proposal {
	if h.count(counts) >= a.Trials {
		return Proposal{Done: true}
	}
	at, ok := h.Space.fresh(h.rand(), h.taken(nil))
	if !ok {
		return Proposal{Done: true}
	}
	return Proposal{Trial: first(at, a.Train)}
}

// counts: a point that cannot exist takes no place among the trials.
func counts(t *Trial) bool { return t.State != Rejected }
