package tune

import (
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Bayes is Bayesian optimization: a Gaussian process over the trials so far
// guesses where the largest improvement is to be expected (Snoek, Larochelle and
// Adams 2012, "Practical Bayesian Optimization of Machine Learning Algorithms").
//
// Numbers stand where their scale puts them, words and truths as one axis each
// value (no word is between two others). Running trials enter with the mean that
// the process expects of them, so that workers do not all try one place.
type Bayes struct {
	Trials, Train int
	// Initial random points; 0 is 3 a parameter, at least 3 (spec: tuner 5).
	Initial int
	// Beta > 0 takes the point of the least mean - Beta*deviation instead of the
	// largest expected improvement.
	Beta float64
}

// Epochs implements Algorithm.
func (a Bayes) Epochs() int { return a.Train }

// The places looked at for one proposal.
const (
	farCandidates  = 1000 // anywhere
	nearCandidates = 200  // around each of the best trials
	nearTrials     = 4
	refinements    = 8 // rounds of ever smaller steps around the best place
	steps          = 60
)

// Next implements Algorithm.
func (a Bayes) Next(h *History) Proposal {
	if h.count(counts) >= a.Trials {
		return Proposal{Done: true}
	}
	searched := 0
	for i := range h.Space {
		if h.Space[i].searched() {
			searched++
		}
	}
	initial := a.Initial
	if initial == 0 {
		initial = max(3*searched, 3)
	}
	r, taken := h.rand(), h.taken(nil)
	if h.count(counts) >= initial {
		if at, ok := a.guess(h, r, taken); ok {
			return Proposal{Trial: first(at, a.Train)}
		}
	}
	at, ok := h.Space.fresh(r, taken)
	if !ok {
		return Proposal{Done: true}
	}
	return Proposal{Trial: first(at, a.Train)}
}

// guess proposes by the process; false when it knows nothing, or every place it
// looked at is taken.
func (a Bayes) guess(h *History, r *rng.Rand, taken map[uint64]bool) (Values, bool) {
	s := h.Space
	var x, pending [][]float64
	var y []float64
	var done []Trial
	for _, t := range h.Trials {
		switch t.State {
		case Completed:
			x, y = append(x, s.features(t.Values)), append(y, h.Objective.loss(t.Score))
			done = append(done, t)
		case Running:
			pending = append(pending, s.features(t.Values))
		}
	}
	g := newGP(x, y)
	if g == nil {
		return nil, false
	}
	if len(pending) > 0 {
		for _, p := range pending {
			m, _ := g.predict(p)
			x, y = append(x, p), append(y, m)
		}
		if g = newGP(x, y); g == nil {
			return nil, false
		}
	}
	best := slices.Min(y)
	var top struct {
		at    Values
		place []float64
		value float64
	}
	top.value = math.Inf(-1)
	try := func(place []float64) {
		at := s.decode(func(i int) float64 { return place[i] })
		if taken[at.key()] {
			return
		}
		f := s.features(at)
		v := g.expectedImprovement(f, best)
		if a.Beta > 0 {
			m, d := g.predict(f)
			v = a.Beta*d - m
		}
		if v > top.value {
			top.at, top.place, top.value = at, place, v
		}
	}
	draw := func(from []float64, width float64) {
		place := make([]float64, len(s))
		for i := range place {
			if from == nil {
				place[i] = r.Float64()
			} else {
				place[i] = reflect(from[i] + width*r.Normal())
			}
		}
		try(place)
	}
	for range farCandidates {
		draw(nil, 0)
	}
	sortTrials(done, h.Objective)
	for _, t := range done[:min(nearTrials, len(done))] {
		at := s.encode(t.Values)
		for k := range nearCandidates {
			draw(at, 0.2*math.Pow(0.1, float64(k)/nearCandidates))
		}
	}
	if top.at == nil {
		return nil, false
	}
	width := 0.1
	for range refinements {
		centre := top.place
		for range steps {
			draw(centre, width)
		}
		width /= 2.5
	}
	return top.at, true
}

// reflect folds u back into [0, 1).
func reflect(u float64) float64 {
	u = math.Mod(math.Abs(u), 2)
	if u >= 1 {
		u = 2 - u
	}
	return min(u, 1-0x1p-53)
}

// features are the coordinates of a point for a model that measures distances.
func (s Space) features(at Values) []float64 {
	var out []float64
	for i := range s {
		p := &s[i]
		v, ok := at[p.Name]
		if !ok {
			v = p.def()
		}
		switch {
		case !p.searched():
		case p.Kind == Choice && p.Values[0].kind != number:
			for _, c := range p.Values {
				if c == v {
					out = append(out, 1)
				} else {
					out = append(out, 0)
				}
			}
		default:
			out = append(out, p.ToUnit(v))
		}
	}
	return out
}
