package train

import "time"

// Observer is told what happens in a run, from the goroutine that runs it.
// Events are valid during the call; the same memory is used again.
type Observer interface {
	Observe(e Event)
}

// Event is one of the event types of this file, always as a pointer.
type Event interface{ event() }

// RunBegin is the first event of a run.
type RunBegin struct {
	Examples, Validation int // numbers of examples
	Batches              int // of a full epoch
	Epochs               int
	Epoch, Batch         int // where the run begins, from 0: not 0 when it is resumed
	Workers, Shards      int
}

// EpochBegin begins an epoch.
type EpochBegin struct {
	Epoch, Epochs int // from 0
	// Batch is the first batch to come: not 0 in an epoch that is resumed.
	Batch, Batches int
}

// BatchEnd ends a training step.
type BatchEnd struct {
	Epoch, Epochs  int
	Batch, Batches int // Batch is that of the step, from 0
	Examples       int // of the batch
	BatchLoss      float64
	// Logs are the averages of the epoch so far.
	Logs []Log
	// Wait and Work are the time since the epoch's first batch of this process
	// spent waiting for data and computing; Seen the examples in it.
	Wait, Work time.Duration
	Seen       int
}

// Evaluated reports progress of a pass without training.
type Evaluated struct {
	Done, Total int // examples
}

// EpochEnd ends an epoch, after validation.
type EpochEnd struct {
	Epoch, Epochs int
	// Logs are those of the history.
	Logs []Log
	// Best says that these weights are the best so far by the keep rule.
	Best bool
	// Elapsed counts from the epoch's beginning in this process, validation
	// included. Wait, Work and Seen are as in BatchEnd.
	Elapsed, Wait, Work time.Duration
	Seen                int
}

// CheckpointWritten follows a checkpoint.
type CheckpointWritten struct {
	Path    string
	Step    int // updates done
	Elapsed time.Duration
}

// Note is a remark for the user, a sentence without a full stop.
type Note struct{ Text string }

func (*RunBegin) event()          {}
func (*EpochBegin) event()        {}
func (*BatchEnd) event()          {}
func (*Evaluated) event()         {}
func (*EpochEnd) event()          {}
func (*CheckpointWritten) event() {}
func (*Note) event()              {}

// silent is the observer of those who want none.
type silent struct{}

func (silent) Observe(Event) {}
