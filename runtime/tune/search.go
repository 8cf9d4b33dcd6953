package tune

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Search is one search. Run executes it.
type Search struct {
	Space     Space
	Objective Objective
	Algorithm Algorithm
	// Name of the algorithm with its numbers, for the record: a search can be
	// resumed only under the same name. "" is what fmt writes of Algorithm.
	Name string
	Seed uint64
	// Run runs a trial: it trains the network to epoch t.To, reports the objective
	// after every epoch, and returns nil when that went well. execution counts from
	// 0 to Executions-1. A trial that was interrupted is run again, with the
	// reports that were made in t.Reports. It may be called from several goroutines.
	Run func(ctx context.Context, t *Trial, execution int, report func(epoch int, value float64)) error

	// Executions of each trial; its score is their mean. 0 is 1.
	Executions int
	// Workers is the number of trials at a time, 0 is 1. It is part of the result:
	// trial k is proposed when all trials up to k-Workers have ended, and knows of
	// no later one, whichever ended in truth.
	Workers int
	// Check refuses points that cannot exist; nil accepts all.
	Check func(Values) error
	// Memory is what a trial will take, in bytes, and MemoryLimit what all trials
	// under way may take together; 0 is no limit. A trial that fits only alone runs
	// alone; one that does not fit at all is rejected.
	Memory      func(Values) int64
	MemoryLimit int64
	// MaxFailures in a row end the search; 0 is 3, below 0 never.
	MaxFailures int
	// MaxTrials, when above 0, is how many trials are run, rejected ones not
	// counted. MaxEpochs, when above 0, is how many epochs all trials together may train:
	// none is begun that would pass it. MaxTime, when above 0, is how long trials
	// are begun, over all processes of a search that is resumed; those under way
	// are finished.
	MaxTrials int
	MaxEpochs int
	MaxTime   time.Duration

	// Dir is the search folder, "" keeps nothing. Resume goes on with what is
	// there. Fixed, what the objective depends on beside the point, must then be
	// the same: lines of text of which the refusal shows the first that differs.
	Dir    string
	Resume bool
	Fixed  []string
	// About is a line about the search for readers of the folder.
	About string

	// Observe, when set, is told of every change. Calls do not overlap.
	Observe func(e Event)
}

// Event is one change of a search.
type Event struct {
	// Kind is "start", "report" or "end".
	Kind  string
	Trial Trial // as it is now
	// Trials are all so far. The slice is the observer's to keep.
	Trials []Trial
	// Elapsed is how long the search has run, over all its processes.
	Elapsed time.Duration
}

// Reason says why a search ended.
type Reason string

// The reasons.
const (
	Exhausted   Reason = "the schedule or the space is exhausted"
	TrialBudget Reason = "the budget of trials is spent"
	EpochBudget Reason = "the budget of epochs is spent"
	TimeBudget  Reason = "the time is up"
	Interrupted Reason = "interrupted"
)

// Result is what a search found.
type Result struct {
	Trials []Trial
	Best   []Trial // completed ones, best first
	Reason Reason
	// Elapsed is how long the search has run, over all its processes.
	Elapsed time.Duration
}

// Do runs the search to its end. It returns what was found also with an error:
// one of the journal, a mistake of the space, or MaxFailures failures in a row.
// A cancelled context ends it without an error: Reason is Interrupted.
func (s *Search) Do(ctx context.Context) (*Result, error) {
	if err := s.Space.Check(); err != nil {
		return nil, err
	}
	if s.Objective.Metric == "" || s.Algorithm == nil || s.Run == nil {
		return nil, errors.New("a search needs an objective, an algorithm and a function to run")
	}
	l := &loop{s: s, workers: max(s.Workers, 1), runs: max(s.Executions, 1), failures: s.MaxFailures, begin: time.Now()}
	if l.failures == 0 {
		l.failures = 3
	}
	l.changed = sync.NewCond(&l.mu)
	if s.Dir != "" {
		name := s.Name
		if name == "" {
			name = algorithmName(s.Algorithm)
		}
		var was recorded
		var err error
		l.journal, was, err = openJournal(s.Dir, identity{
			Version: journalVersion, Algorithm: name, Space: s.Space, Objective: s.Objective,
			Seed: s.Seed, Workers: l.workers, Runs: l.runs, Fixed: s.Fixed, About: s.About,
		}, s.Resume)
		if err != nil {
			return nil, err
		}
		l.trials = was.trials
		l.begin = l.begin.Add(-time.Duration(was.clock * float64(time.Second)))
	}
	reason, err := l.loop(ctx)
	if l.journal != nil {
		err = errors.Join(err, l.journal.close())
	}
	return &Result{Trials: l.trials, Best: Best(l.trials, s.Objective), Reason: reason, Elapsed: time.Since(l.begin)}, err
}
