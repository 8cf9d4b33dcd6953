package tune

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Algorithm proposes trials. It is a pure function: equal histories give equal
// proposals.
type Algorithm interface {
	// Next proposes trial number len(h.Trials).
	Next(h *History) Proposal
	// Epochs is how long the longest trials train; 0 leaves it to the objective.
	Epochs() int
}

// algorithmName is the algorithm with its numbers, but for the number of trials
// where a proposal does not depend on it: such a search may go on with more.
func algorithmName(a Algorithm) string {
	switch b := a.(type) {
	case Random:
		b.Trials = 0
		a = b
	case Grid:
		b.Trials = 0
		a = b
	case Bayes:
		b.Trials = 0
		a = b
	case TPE:
		b.Trials = 0
		a = b
	}
	return fmt.Sprintf("%T%+v", a, a)
}

// History is what an algorithm knows. Trials that are not to be known yet stand
// as Running, without results.
type History struct {
	Space     Space
	Objective Objective
	Seed      uint64
	Trials    []Trial
}

// Proposal is the answer of an algorithm: a trial to run, or one of Wait and
// Done.
type Proposal struct {
	// Trial has its point, epochs, parent and place in the schedule filled in.
	Trial Trial
	// Wait: nothing to do until a running trial ends.
	Wait bool
	// Done: the search is over, but for what is running.
	Done bool
}

// rand is the generator of the trial under proposal.
func (h *History) rand() *rng.Rand {
	return rng.New(rng.Hash(h.Seed, uint64(len(h.Trials)), rng.HashString("tune")))
}

// taken are the points of the trials that keep accepts.
func (h *History) taken(keep func(t *Trial) bool) map[uint64]bool {
	m := map[uint64]bool{}
	for i := range h.Trials {
		if t := &h.Trials[i]; keep == nil || keep(t) {
			m[t.Values.key()] = true
		}
	}
	return m
}

// count is the number of trials that keep accepts.
func (h *History) count(keep func(t *Trial) bool) int {
	n := 0
	for i := range h.Trials {
		if keep(&h.Trials[i]) {
			n++
		}
	}
	return n
}

// running is the number of trials whose results are not known.
func (h *History) running() int {
	return h.count(func(t *Trial) bool { return t.State == Running })
}

// first is a trial at a new point.
func first(at Values, epochs int) Trial { return Trial{Values: at, To: epochs, Parent: -1} }

// sortTrials puts the best first; of equals the earlier.
func sortTrials(ts []Trial, o Objective) {
	slices.SortStableFunc(ts, func(a, b Trial) int {
		if c := cmp.Compare(o.loss(a.Score), o.loss(b.Score)); c != 0 {
			return c
		}
		return a.ID - b.ID
	})
}
