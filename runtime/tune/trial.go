package tune

import (
	"cmp"
	"math"
	"slices"
)

// State is what became of a trial.
type State string

// The states of a trial.
const (
	Running   State = "running"
	Completed State = "completed"
	// Failed: it crashed, ran out of memory or gave no number. Reason says why.
	Failed State = "failed"
	// Rejected: the point cannot exist, a shape that does not fit, say. It was
	// not run.
	Rejected State = "rejected"
)

// Trial is one point and what came of it.
type Trial struct {
	ID     int    `json:"id"`
	Values Values `json:"values"`
	// From and To are the epochs it trains: From are done by the trial Parent,
	// whose training it continues (-1 for none), To is where it ends.
	From   int `json:"from"`
	To     int `json:"to"`
	Parent int `json:"parent"`
	// Iteration, Bracket and Round place it in a schedule (hyperband; asha: Round
	// is the rung).
	Iteration int `json:"iteration,omitempty"`
	Bracket   int `json:"bracket,omitempty"`
	Round     int `json:"round,omitempty"`

	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
	// Score is the best value reported, the mean over executions. It counts when
	// State is Completed.
	Score float64 `json:"score"`
	// BestEpoch is where the first execution reached its best, from 1.
	BestEpoch int `json:"best_epoch,omitempty"`
	// Reports are the values of the objective, epoch by epoch.
	Reports []Report `json:"reports,omitempty"`
	Seconds float64  `json:"seconds,omitempty"`
}

// Report is the objective after an epoch.
type Report struct {
	Execution int     `json:"execution,omitempty"` // from 0
	Epoch     int     `json:"epoch"`               // from 1, those of parents counted
	Value     float64 `json:"value"`
}

// Objective is what is searched for.
type Objective struct {
	Metric   string `json:"metric"` // "val_accuracy"
	Maximize bool   `json:"maximize"`
}

// better says whether a is strictly better than b.
func (o Objective) better(a, b float64) bool {
	if o.Maximize {
		return a > b
	}
	return a < b
}

// loss is the value to be made small.
func (o Objective) loss(x float64) float64 {
	if o.Maximize {
		return -x
	}
	return x
}

// score sets what follows from the reports: the best value of each execution,
// averaged (spec: tuner 3). It reports false when an execution gave no number.
func (t *Trial) score(o Objective, executions int) bool {
	sum := 0.0
	for e := range executions {
		best, epoch := math.NaN(), 0
		for _, r := range t.Reports {
			if r.Execution == e && !math.IsNaN(r.Value) && (epoch == 0 || o.better(r.Value, best)) {
				best, epoch = r.Value, r.Epoch
			}
		}
		if epoch == 0 || math.IsInf(best, 0) {
			return false
		}
		if e == 0 {
			t.BestEpoch = epoch
		}
		sum += best
	}
	t.Score = sum / float64(executions)
	return true
}

// record adds a report, or replaces the one of the same epoch: a trial that goes
// on after a crash reports some epochs again, and may report one late that the
// crash took. Reports are in the order of executions and epochs.
func (t *Trial) record(r Report) {
	i, known := slices.BinarySearchFunc(t.Reports, r, func(a, b Report) int {
		return cmp.Or(cmp.Compare(a.Execution, b.Execution), cmp.Compare(a.Epoch, b.Epoch))
	})
	if i < len(t.Reports) {
		t.Reports = slices.Clone(t.Reports) // observers may be reading the old ones
	}
	if known {
		t.Reports[i] = r
		return
	}
	t.Reports = slices.Insert(t.Reports, i, r)
}

// BestPoints returns the best n completed trials of different points: a point that
// went on from round to round is there once, with its best trial.
func BestPoints(trials []Trial, o Objective, n int) []Trial {
	seen := map[uint64]bool{}
	var out []Trial
	for _, t := range Best(trials, o) {
		if key := t.Values.key(); !seen[key] && len(out) < n {
			seen[key] = true
			out = append(out, t)
		}
	}
	return out
}

// Best returns the completed trials, best first; of equals the earlier.
func Best(trials []Trial, o Objective) []Trial {
	var done []Trial
	for _, t := range trials {
		if t.State == Completed {
			done = append(done, t)
		}
	}
	sortTrials(done, o)
	return done
}
