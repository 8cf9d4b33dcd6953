package tune

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// loop is a search under way. mu guards all below it.
type loop struct {
	s             *Search
	workers, runs int
	failures      int
	begin         time.Time // as if it had never been interrupted
	journal       *journal
	running       sync.WaitGroup

	mu          sync.Mutex
	changed     *sync.Cond // a trial has ended, or the search is to end
	trials      []Trial
	err         error // of the journal
	memory      int64 // of trials under way
	underway    int
	interrupted bool
}

// loop proposes and runs trials until there are none left.
func (l *loop) loop(ctx context.Context) (Reason, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		l.interrupted = true
		l.changed.Broadcast()
		l.mu.Unlock()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	// What a killed search left under way runs again first.
	reason, err := Interrupted, error(nil)
	if l.again(ctx) {
		reason, err = l.propose(ctx)
	}
	if err != nil {
		cancel()
	}
	l.mu.Unlock()
	l.running.Wait()
	l.mu.Lock()
	for i := range l.trials {
		if l.trials[i].State == Running {
			reason = Interrupted // after the last proposal
		}
	}
	if err == nil {
		// The last to end may be one failure too many.
		if err = l.err; err == nil {
			err = l.failed(len(l.trials))
		}
	}
	return reason, err
}

// again runs what a killed search left under way. It reports false when the
// search is to end.
func (l *loop) again(ctx context.Context) bool {
	for i := range l.trials {
		if l.trials[i].State == Running && !l.begins(ctx, i) {
			return false
		}
	}
	return true
}

// begins starts trial i, or rejects its point. It reports false when the search
// is to end.
func (l *loop) begins(ctx context.Context, i int) bool {
	t := &l.trials[i]
	if err := l.possible(t.Values); err != nil {
		t.State, t.Reason = Rejected, err.Error()
		return l.record(entry{Event: "end", ID: i, Trial: t})
	}
	return l.start(ctx, i)
}

// propose asks for trial after trial and starts them. It holds mu but for waits.
func (l *loop) propose(ctx context.Context) (Reason, error) {
	for {
		k := len(l.trials)
		if n := l.rejectedInRow(); n >= maxRejected {
			return "", fmt.Errorf("%d points in a row cannot exist; the last one: %s", n, l.trials[k-1].Reason)
		}
		known := max(k-l.workers+1, 0)
		var p Proposal
		for {
			if !l.await(known) {
				return Interrupted, l.err
			}
			if err := l.failed(known); err != nil {
				return "", err
			}
			if p = l.s.Algorithm.Next(l.history(known)); !p.Wait || known >= k {
				break
			}
			known++
		}
		if p.Done || p.Wait {
			return Exhausted, nil
		}
		t := p.Trial
		t.ID, t.State = k, Running
		switch spent := l.epochs(); {
		case l.s.MaxTrials > 0 && l.begun() >= l.s.MaxTrials:
			return TrialBudget, nil
		case l.s.MaxEpochs > 0 && spent+l.runs*(t.To-t.From) > l.s.MaxEpochs:
			return EpochBudget, nil
		case l.s.MaxTime > 0 && time.Since(l.begin) >= l.s.MaxTime:
			return TimeBudget, nil
		}
		l.trials = append(l.trials, t)
		if !l.record(entry{Event: "start", ID: k, Trial: &l.trials[k]}) || !l.begins(ctx, k) {
			return Interrupted, l.err
		}
	}
}

// maxRejected points in a row that cannot exist end a search: in a space without
// steps there is always another one.
const maxRejected = 1000

// possible says why a point cannot be run.
func (l *loop) possible(at Values) error {
	if l.s.Check != nil {
		if err := l.s.Check(at); err != nil {
			return err
		}
	}
	if l.s.Memory != nil && l.s.MemoryLimit > 0 {
		if n := l.s.Memory(at); n > l.s.MemoryLimit {
			return fmt.Errorf("it needs %d MB of memory, and %d MB are allowed", n>>20, l.s.MemoryLimit>>20)
		}
	}
	return nil
}

// history is what an algorithm may know when the first known trials have ended.
func (l *loop) history(known int) *History {
	h := &History{Space: l.s.Space, Objective: l.s.Objective, Seed: l.s.Seed, Trials: append([]Trial(nil), l.trials...)}
	for i := known; i < len(h.Trials); i++ {
		// Rejection does not depend on when a trial ran.
		if t := &h.Trials[i]; t.State != Rejected {
			t.State, t.Score, t.Reports, t.Reason, t.BestEpoch = Running, 0, nil, "", 0
		}
	}
	return h
}

// await waits until the first n trials have ended. It reports false when the
// search is to end.
func (l *loop) await(n int) bool {
	for {
		if l.interrupted || l.err != nil {
			return false
		}
		done := true
		for i := range n {
			done = done && l.trials[i].State != Running
		}
		if done {
			return true
		}
		l.changed.Wait()
	}
}

// failed reports that the last of the first n trials, as many as are too many,
// have failed.
func (l *loop) failed(n int) error {
	row, reason := 0, ""
	for i := n - 1; i >= 0 && l.failures > 0; i-- {
		switch l.trials[i].State {
		case Failed:
			if row++; row == 1 {
				reason = l.trials[i].Reason
			}
			if row >= l.failures {
				return fmt.Errorf("%d trials in a row have failed; the last one: %s", row, reason)
			}
		case Rejected:
		default:
			return nil
		}
	}
	return nil
}

// rejectedInRow is the number of trials at the end whose points cannot exist.
func (l *loop) rejectedInRow() int {
	n := 0
	for i := len(l.trials) - 1; i >= 0 && l.trials[i].State == Rejected; i-- {
		n++
	}
	return n
}

// begun is the number of trials so far that were run.
func (l *loop) begun() int {
	n := 0
	for i := range l.trials {
		if l.trials[i].State != Rejected {
			n++
		}
	}
	return n
}

// epochs is what the trials so far train.
func (l *loop) epochs() int {
	n := 0
	for i := range l.trials {
		if t := &l.trials[i]; t.State != Rejected {
			n += l.runs * (t.To - t.From)
		}
	}
	return n
}

// start runs trial i on a goroutine of its own once there is memory for it.
func (l *loop) start(ctx context.Context, i int) bool {
	need := int64(0)
	if l.s.Memory != nil && l.s.MemoryLimit > 0 {
		need = l.s.Memory(l.trials[i].Values)
	}
	for l.underway > 0 && (l.underway >= l.workers || l.memory+need > l.s.MemoryLimit && need > 0) {
		if l.interrupted || l.err != nil {
			return false
		}
		l.changed.Wait()
	}
	if l.interrupted || l.err != nil {
		return false
	}
	l.memory += need
	l.underway++
	l.running.Go(func() {
		l.run(ctx, i)
		l.mu.Lock()
		l.memory -= need
		l.underway--
		l.changed.Broadcast()
		l.mu.Unlock()
	})
	return true
}

// run runs trial i and records how it ended.
func (l *loop) run(ctx context.Context, i int) {
	l.mu.Lock()
	t := l.trials[i]
	t.Reports = append([]Report(nil), t.Reports...)
	if t.From >= t.To && t.Parent >= 0 { // another bracket has trained it so far
		l.trials[i].Reports = append([]Report(nil), l.trials[t.Parent].Reports...)
	}
	l.mu.Unlock()
	begin := time.Now()
	var err error
	for e := 0; e < l.runs && err == nil && t.From < t.To; e++ {
		err = l.execute(ctx, i, t, e)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := &l.trials[i]
	now.Seconds += time.Since(begin).Seconds()
	switch {
	case ctx.Err() != nil && err != nil:
		return // it runs again when the search is resumed
	case err != nil:
		now.State, now.Reason = Failed, err.Error()
	case !now.score(l.s.Objective, l.runs):
		now.State, now.Reason = Failed, l.s.Objective.Metric+" was never a number"
	default:
		now.State = Completed
	}
	l.record(entry{Event: "end", ID: i, Trial: now})
}

// execute calls the user's function and turns its panic into an error.
func (l *loop) execute(ctx context.Context, i int, t Trial, execution int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return l.s.Run(ctx, &t, execution, func(epoch int, value float64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return // no JSON form; a trial without any number fails
		}
		r := Report{Execution: execution, Epoch: epoch, Value: value}
		l.trials[i].record(r)
		l.record(entry{Event: "report", ID: i, Report: &r})
	})
}

// record writes what happened to a trial into the journal and tells the observer.
// It reports false when the journal cannot be written.
func (l *loop) record(e entry) bool {
	elapsed := time.Since(l.begin)
	e.Clock = math.Round(1e3*elapsed.Seconds()) / 1e3
	if l.journal != nil && l.err == nil {
		if err := l.journal.write(e); err != nil {
			l.err = fmt.Errorf("search folder: %w", err)
			l.changed.Broadcast()
		}
	}
	if l.s.Observe != nil {
		l.s.Observe(Event{Kind: e.Event, Trial: l.trials[e.ID], Trials: append([]Trial(nil), l.trials...), Elapsed: elapsed})
	}
	return l.err == nil
}
