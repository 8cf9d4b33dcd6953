package train

import "context"

// Data is a set of examples that is read in batches, again every epoch.
type Data interface {
	// Len is the number of examples.
	Len() int
	// BatchSize is the number of examples of every batch but the last.
	BatchSize() int
	// Batches begins a pass over epoch (from 0) at batch first (from 0). The
	// batches of an epoch are the same however often it is read and wherever
	// reading begins. A cancelled context ends the pass with its error.
	Batches(ctx context.Context, epoch, first int) (Batches, error)
}

// Batches is a pass over one epoch.
type Batches interface {
	// Next returns the next batch, or the next piece of one, io.EOF after the
	// last. It is valid until the following call.
	Next() (*Batch, error)
	// Close ends the pass, early or not, and waits for what runs in its behalf.
	Close() error
}

// Batch is N examples: a batch, or a piece of one.
type Batch struct {
	// Step is the number of the batch in its epoch, from 0.
	Step int
	// N is at least 1. It is smaller than the batch size in the last batch, and
	// where unreadable examples were left out; a batch without any does not come.
	// Only the last piece of a batch that lost all its examples may have none.
	N int
	// Size is the number of examples of the whole batch, unreadable ones
	// included, and More says that another piece of it follows. Zero values mean
	// that this is the whole batch. Pieces but the last have Size examples or a
	// multiple of model.Network's Shards*TrainMicro, so that the gradient does not
	// depend on where a batch is cut.
	Size int
	More bool
	// X [N H W C]
	X []float32
	// Labels [N] are class indices. Where the loss compares vectors they stand for
	// one-hot targets, or with one score for the number of the class, unless
	// Targets [N Outputs] are given.
	Labels  []int32
	Targets []float32
	// Weights [N], at least 0, say how much each example counts in the loss and
	// its gradient; nil stands for 1 each. All pieces of a batch have them, or
	// none. They are not scaled: a sum above N makes the steps longer.
	Weights []float32
	// Keys [N] seed what is random about each example: a hash of seed, epoch and
	// index. Only training reads them.
	Keys []uint64
}

// size is the number of examples the gradient is divided by.
func (b *Batch) size() int {
	if b.Size > 0 {
		return b.Size
	}
	return b.N
}

// batchCount is the number of batches of an epoch, the last partial one included.
func batchCount(d Data) int { return (d.Len() + d.BatchSize() - 1) / d.BatchSize() }
