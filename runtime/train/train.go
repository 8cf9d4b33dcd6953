package train

import (
	"context"
	"strconv"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/weights"
)

// Options says how to train. The zero value of every field but Config is usable.
type Options struct {
	// Config is the train section, usually that of the network with changes.
	Config config.Train
	// Scalars are the values of the network's scalars, in order; nil takes the
	// defaults.
	Scalars []float32
	// ClassWeights are the weights of the classes, by label, where Config does not
	// name them; nil stands for 1 each. In validation nothing is weighed by class.
	ClassWeights []float64
	// Params is a packed vector to start from; nil initializes from the seed.
	Params []float32

	// Dir is the run directory; "" writes no files and makes no checkpoints. It
	// belongs to one process at a time: a second run in it is refused.
	Dir string
	// Resume goes on from the checkpoint in Dir, if there is one. The settings
	// must be those of the run, but for Epochs and Stop.
	Resume bool
	// Until, when above 0 and below Config.Epochs, ends the run behind so many
	// epochs, as if they were all: a run that is resumed with a larger Until goes on
	// exactly, since schedules that span the run span Config.Epochs all the while.
	// Validation follows the last of these epochs in any case, so that runs of
	// different lengths can be compared.
	Until int
	// DataID identifies the data, so that a run is not resumed on other data: any
	// text that is equal when and only when the data is.
	DataID string
	// CheckpointEvery is the time between two checkpoints within an epoch: 0
	// means 30 s, negative none. CheckpointBatches is a number of batches, 0
	// none. Every epoch ends with one in any case.
	CheckpointEvery   time.Duration
	CheckpointBatches int
	// Labels, Version and Preparation go into the weight files; nil Labels takes the
	// network's.
	Labels      []string
	Version     string
	Preparation weights.Preparation

	// Workers is the number of threads, 0 for GOMAXPROCS. No result depends on it.
	Workers  int
	Observer Observer
	// Hooks are called in the course of the run, in this order.
	Hooks []Hooks
}

// Reason is why a run ended.
type Reason int

const (
	Completed   Reason = iota + 1 // all epochs done
	Stopped                       // by a stop rule or a hook
	Interrupted                   // the context was cancelled; the run can be resumed
)

func (r Reason) String() string {
	switch r {
	case Completed:
		return "completed"
	case Stopped:
		return "stopped"
	case Interrupted:
		return "interrupted"
	}
	return "Reason(" + strconv.Itoa(int(r)) + ")"
}

// Result is what a run produced.
type Result struct {
	Reason Reason
	// Why is what a stop rule or a hook says about the end; "" otherwise.
	Why     string
	History History
	// Params are the packed weights the run is for: those of BestEpoch when there
	// is a keep rule that has seen a number good enough, or a stop rule that
	// restores, else the last.
	Params []float32
	// BestEpoch is from 0; -1 when Params are the last weights.
	BestEpoch int
	Step      int // updates done
}

// Train trains a network on data, validating on val after every epoch, or those
// that Config names, unless val is nil. When ctx is cancelled, the batch under way is finished, a
// checkpoint written and a Result with reason Interrupted returned. A loss that
// is not finite ends the run with a *NonFiniteError, a hook's error with a
// *HookError.
func Train(ctx context.Context, net *model.Network, data, val Data, o Options) (*Result, error) {
	r, err := newRun(net, data, val, o)
	if err != nil {
		return nil, err
	}
	defer r.pool.Close()
	defer r.dir.close() // errors that matter were seen when the lines were written
	res, err := r.train(ctx)
	if err != nil {
		return nil, err
	}
	return res, nil
}
