package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Hooks are functions of the user's own that a run calls, from the goroutine that
// runs it; each may be nil. They are called in this order:
//
//	OnTrainBegin
//	for each epoch
//	    OnEpochBegin
//	    for each batch
//	        OnBatchBegin
//	        the step
//	        OnBatchEnd      logs: averages of the epoch so far
//	    validation
//	    OnEpochEnd          logs: those of the epoch
//	    reduce, stop and keep rules, checkpoint
//	OnTrainEnd              logs: those of the last epoch
//
// Of several hooks of Options the same function is called in their order. A
// resumed run calls OnTrainBegin again, and OnEpochBegin only where it was not
// called before the checkpoint. OnTrainEnd is not called when the run is
// interrupted or fails.
//
// An error ends the run: a checkpoint is written as for an interruption, and
// Train returns a *HookError.
type Hooks struct {
	OnTrainBegin, OnTrainEnd func(*Control) error
	OnEpochBegin, OnEpochEnd func(*Control) error
	OnBatchBegin, OnBatchEnd func(*Control) error
}

// HookError is an error that a hook returned.
type HookError struct {
	Hook         string // "OnBatchEnd"
	Epoch, Batch int    // from 0
	Err          error
}

func (e *HookError) Error() string {
	return fmt.Sprintf("%s in epoch %d: %v", e.Hook, e.Epoch+1, e.Err)
}

func (e *HookError) Unwrap() error { return e.Err }

// Control is what a hook sees of the run and can do to it. It is valid during the
// call.
type Control struct {
	r     *run
	logs  []Log
	batch int
	end   bool // of an epoch: logs may be added
}

// Epoch is the epoch under way, from 0; in OnTrainEnd the number of epochs done.
func (c *Control) Epoch() int { return c.r.epoch }

// Batch is the batch under way in its epoch, from 0; outside of batches the one to
// come, or the number of batches when all are done.
func (c *Control) Batch() int { return c.batch }

// Epochs is the number of epochs of the run.
func (c *Control) Epochs() int { return c.r.o.Config.Epochs }

// Batches is the number of batches of an epoch.
func (c *Control) Batches() int { return batchCount(c.r.data) }

// Step is the number of updates done.
func (c *Control) Step() int { return c.r.engine.step() }

// Logs are the values known here: none in begin hooks. They are valid during the
// call.
func (c *Control) Logs() []Log { return c.logs }

// Lookup returns one of the logs.
func (c *Control) Lookup(name string) (value float64, ok bool) {
	return (&EpochLogs{Logs: c.logs}).Lookup(name)
}

// Log adds a value to the logs of the epoch, and so to its history. It is for
// OnEpochEnd; a name that is there already is an error.
func (c *Control) Log(name string, value float64) error {
	if !c.end {
		return errors.New("values are logged in OnEpochEnd only")
	}
	if _, taken := c.Lookup(name); taken || name == "" || name == "epoch" || name == "learning_rate" {
		return fmt.Errorf("the name %q is taken", name)
	}
	c.logs = append(c.logs, Log{name, value})
	return nil
}

// LearningRate is that of the next update.
func (c *Control) LearningRate() float64 { return c.r.engine.updater.learningRate() }

// SetLearningRate changes the learning rate from the next update on. From then on
// the logs of epochs have a learning_rate. It is an error where a schedule
// determines it, and for a rate that is negative, not finite, or 0 with an
// optimizer that divides by it.
func (c *Control) SetLearningRate(rate float64) error {
	u := c.r.engine.updater
	switch {
	case u.schedule != nil:
		return fmt.Errorf("the schedule %s determines the learning rate", c.r.o.Config.Schedule.Name)
	case !(rate >= 0) || math.IsInf(rate, 0):
		return fmt.Errorf("learning rate %v, want a finite number of at least 0", rate)
	case rate == 0 && u.positive:
		return fmt.Errorf("%s divides by the learning rate, which would be 0", c.r.o.Config.Optimizer.Name)
	}
	u.rate, c.r.rateSet = rate, true
	return nil
}

// Stop ends training, with a reason for people. An epoch under way ends after its
// batch, with validation and OnEpochEnd. A run that was stopped so does not go on
// when it is resumed; to pause a run, cancel its context.
func (c *Control) Stop(why string) {
	if why == "" {
		why = "a hook asked for it"
	}
	if c.r.hookStop == "" {
		c.r.hookStop = why
	}
	if c.r.why == "" {
		c.r.why = why
	}
}

// Params are the packed weights. They must not be changed.
func (c *Control) Params() []float32 { return c.r.engine.params }

// call calls one function of all hooks, and returns the logs with what was added.
func (r *run) call(name string, pick func(*Hooks) func(*Control) error, batch int, logs []Log) ([]Log, error) {
	c := &r.control
	c.r, c.batch, c.logs, c.end = r, batch, logs, name == "OnEpochEnd"
	for i := range r.o.Hooks {
		f := pick(&r.o.Hooks[i])
		if f == nil {
			continue
		}
		if err := f(c); err != nil {
			return nil, &HookError{Hook: name, Epoch: r.epoch, Batch: batch, Err: err}
		}
	}
	logs, c.logs = c.logs, nil
	return logs, nil
}

// hooked says whether any hook has the function.
func (r *run) hooked(pick func(*Hooks) func(*Control) error) bool {
	return slices.ContainsFunc(r.o.Hooks, func(h Hooks) bool { return pick(&h) != nil })
}

func trainBegin(h *Hooks) func(*Control) error { return h.OnTrainBegin }
func trainEnd(h *Hooks) func(*Control) error   { return h.OnTrainEnd }
func epochBegin(h *Hooks) func(*Control) error { return h.OnEpochBegin }
func epochEnd(h *Hooks) func(*Control) error   { return h.OnEpochEnd }
func batchBegin(h *Hooks) func(*Control) error { return h.OnBatchBegin }
func batchEnd(h *Hooks) func(*Control) error   { return h.OnBatchEnd }

// EpochRate returns hooks that set the learning rate at the beginning of each
// epoch, from 0, from the one it has (spec: training, LearningRateScheduler).
func EpochRate(rate func(epoch int, current float64) float64) Hooks {
	return Hooks{OnEpochBegin: func(c *Control) error {
		return c.SetLearningRate(rate(c.Epoch(), c.LearningRate()))
	}}
}
