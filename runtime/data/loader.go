package data

import (
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// DefaultPrefetch is the number of pieces a Loader keeps ready by default.
const DefaultPrefetch = 2

// Options say how a Loader walks through a data set.
type Options struct {
	// Batch is the number of examples a batch, at least 1.
	Batch int
	// Piece is the most examples delivered at once: a larger batch comes in
	// several pieces, so that memory does not grow with it. 0: whole batches.
	Piece int
	// Seed of the training run; with the epoch it decides the order.
	Seed uint64
	// Shuffle: a new order every epoch. Otherwise that of the data set.
	Shuffle bool
	// Scale and After are what is done to the values 0..255 behind augmentation:
	// those of preprocess.Spec.
	Scale float32
	After preprocess.Step
	// Mirror: the target of every example is its own input.
	Mirror bool
	// Skip leaves out examples that cannot be loaded, and counts them.
	// Otherwise the first one ends the epoch with its error.
	Skip bool
	// Workers is the number of goroutines that load. 0: GOMAXPROCS.
	Workers int
	// Prefetch is the number of pieces kept ready ahead of the one in use.
	// 0: DefaultPrefetch.
	Prefetch int
}

// TrainOptions are those of a Loader for training. Only such a one changes
// images: there is no way to ask for it with Options, which evaluation uses.
type TrainOptions struct {
	Options
	// Augment changes every image anew in every epoch; nil: not at all.
	Augment *augment.Plan
	// Outputs is the length of the target vectors that mixed images have, and what
	// Augment.Mixes needs.
	Outputs int
}

// Batch is the next examples of an epoch: a batch, or a piece of one. It belongs
// to the epoch and is valid until the next call of Next or Close.
type Batch struct {
	Step int // number of the batch in its epoch, from 0
	// Size is the number of examples of the whole batch, those that cannot be
	// loaded included; Last marks its last piece.
	Size int
	Last bool
	// N is the number of examples here. It is 0 only in a last piece that lost
	// all its examples while pieces before it did not.
	N      int
	Index  []int     // [N] places in the data set
	Keys   []uint64  // [N] random keys: rng.Key(seed, epoch, index, rng.Example)
	Labels []int32   // [N]
	X      []float32 // [N][height][width][channels], rescaled and what follows
	// Targets [N][outputs] are the numbers to predict; nil when there are classes.
	// With Options.Mirror they are X itself.
	Targets []float32
}

// Loader streams a data set in batches that are loaded ahead of their use. Its
// memory is a fixed number of pieces, made once, and four bytes an example for
// the order. It is not safe for concurrent use, and has one open Epoch at a time.
type Loader struct {
	set   Dataset
	opt   Options
	size  int // values of one example
	goals int // targets of one example, 0 when it has a class
	spec  preprocess.Spec
	white *whitener     // nil where nothing is whitened
	plan  *augment.Plan // of training, or nil
	mixes bool          // the plan does, and goals are those of vectors of classes
	order []int32
	slots []*slot
	idle  []*Scratch // one for each worker
	open  *Epoch
}

// NewLoader checks the options and sets memory aside for its batches. It never
// augments.
func NewLoader(set Dataset, opt Options) (*Loader, error) {
	return newLoader(set, TrainOptions{Options: opt})
}

// NewTrainLoader is NewLoader for training.
func NewTrainLoader(set Dataset, opt TrainOptions) (*Loader, error) { return newLoader(set, opt) }

func newLoader(set Dataset, train TrainOptions) (*Loader, error) {
	opt := train.Options
	h, w, c := set.Shape()
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if opt.Prefetch <= 0 {
		opt.Prefetch = DefaultPrefetch
	}
	n := set.Len()
	switch {
	case n < 1:
		return nil, errors.New("the data set has no examples")
	case n > math.MaxInt32:
		return nil, fmt.Errorf("the data set has %d examples; the limit is %d", n, math.MaxInt32)
	case opt.Batch < 1:
		return nil, fmt.Errorf("batch is %d, want at least 1", opt.Batch)
	case h < 1 || w < 1 || c < 1:
		return nil, fmt.Errorf("examples are %dx%dx%d", h, w, c)
	case train.Augment != nil && train.Augment.Len() != h*w*c:
		return nil, fmt.Errorf("examples are %dx%dx%d, and the plan to change them is for others", h, w, c)
	}
	l := &Loader{set: set, opt: opt, size: h * w * c, spec: preprocess.Spec{Scale: opt.Scale, After: opt.After}, plan: train.Augment}
	l.white = newWhitener(l.spec)
	if t, ok := set.(Targeted); ok {
		l.goals = t.Targets()
	}
	if opt.Mirror {
		if l.goals > 0 || l.plan != nil && l.plan.Mixes() {
			return nil, errors.New("an example whose target is its own input has no numbers to predict, and is not mixed with others")
		}
		l.goals = l.size
	}
	if l.plan != nil && l.plan.Mixes() {
		if k := len(set.Classes()); l.goals > 0 || k < 2 || train.Outputs != k && (train.Outputs != 1 || k != 2) {
			return nil, fmt.Errorf("mixed images need classes and one output each; there are %d classes and %d outputs", k, train.Outputs)
		}
		l.mixes, l.goals = true, train.Outputs
	}
	l.opt.Batch = min(opt.Batch, n) // a batch is never larger than the set
	if l.opt.Piece <= 0 || l.opt.Piece > l.opt.Batch {
		l.opt.Piece = l.opt.Batch
	}
	// One in use, the others being made or ready.
	for range min(opt.Prefetch+1, (n+l.opt.Piece-1)/l.opt.Piece) {
		l.slots = append(l.slots, &slot{
			batch: Batch{
				Index:  make([]int, l.opt.Piece),
				Keys:   make([]uint64, l.opt.Piece),
				Labels: make([]int32, l.opt.Piece),
				X:      make([]float32, l.opt.Piece*l.size),
			},
			err:   make([]error, l.opt.Piece),
			ready: make(chan struct{}, 1),
		})
		switch b := &l.slots[len(l.slots)-1].batch; {
		case opt.Mirror:
			b.Targets = b.X
		case l.goals > 0:
			b.Targets = make([]float32, l.opt.Piece*l.goals)
		}
	}
	for range opt.Workers {
		s := NewScratch()
		if l.plan != nil {
			s.plain = make([]float32, l.size)
		}
		if l.mixes {
			s.other = make([]float32, l.size)
		}
		l.idle = append(l.idle, s)
	}
	l.order = make([]int32, n)
	return l, nil
}

// Steps is the number of batches of an epoch, the smaller last one included.
func (l *Loader) Steps() int { return (l.set.Len() + l.opt.Batch - 1) / l.opt.Batch }
