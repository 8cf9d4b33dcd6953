package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/cnnc/cnnc/runtime/rng"
)

// Epoch is one pass over the data set.
type Epoch struct {
	loader  *Loader
	ctx     context.Context
	cancel  context.CancelFunc
	number  int
	from    int // the batch it began at
	running sync.WaitGroup
	ordered chan *slot // in the order of their steps
	free    chan *slot
	tasks   chan task
	current *slot
	err     error
	loaded  int
	begun   bool // examples of the batch under way were delivered
	skipped []error
	nskip   int
}

// slot is a batch, or a piece of one, in the making.
type slot struct {
	batch   Batch
	err     []error // [N] by example
	pending atomic.Int32
	ready   chan struct{} // one token when pending is 0
}

// task is a run of examples of one slot: what a worker takes at once.
type task struct {
	slot     *slot
	from, to int
}

// Epoch starts the given epoch at batch from (0: the beginning), which costs
// nothing for the batches before it. Workers begin at once. It must be closed
// before the next one starts; to end ctx stops it, but does not close it.
func (l *Loader) Epoch(ctx context.Context, epoch, from int) (*Epoch, error) {
	if l.open != nil {
		return nil, fmt.Errorf("epoch %d of this loader is still open", l.open.number)
	}
	if from < 0 || from > l.Steps() {
		return nil, fmt.Errorf("batch %d of an epoch of %d", from, l.Steps())
	}
	if l.opt.Shuffle {
		rng.New(rng.Key(l.opt.Seed, epoch, 0, rng.Shuffle)).Perm(l.order)
	} else {
		for i := range l.order {
			l.order[i] = int32(i)
		}
	}
	e := &Epoch{
		loader: l, number: epoch, from: from,
		ordered: make(chan *slot, len(l.slots)),
		free:    make(chan *slot, len(l.slots)),
		tasks:   make(chan task, l.opt.Workers),
	}
	e.ctx, e.cancel = context.WithCancel(ctx)
	for _, s := range l.slots {
		select { // left over when the last epoch ended early
		case <-s.ready:
		default:
		}
		e.free <- s
	}
	l.open = e
	e.running.Go(func() { e.produce(from) })
	for _, scratch := range l.idle {
		e.running.Go(func() { e.work(scratch) })
	}
	return e, nil
}

// produce hands out the pieces of the batches in order, as slots become free.
func (e *Epoch) produce(from int) {
	defer close(e.tasks)
	defer close(e.ordered)
	l := e.loader
	for step := from; step < l.Steps(); step++ {
		first := step * l.opt.Batch
		end := min(first+l.opt.Batch, len(l.order))
		for at := first; at < end; at += l.opt.Piece {
			var s *slot
			select {
			case s = <-e.free:
			case <-e.ctx.Done():
				return
			}
			b := &s.batch
			b.Step, b.Size = step, end-first
			b.N = min(l.opt.Piece, end-at)
			b.Last = at+b.N == end
			if !e.fill(s, at) {
				return
			}
		}
	}
}

// fill lets the workers load the examples from place at of the order into s.
// It returns false when the epoch ends early.
func (e *Epoch) fill(s *slot, at int) bool {
	l, b := e.loader, &s.batch
	b.Index, b.Keys, b.Labels = b.Index[:b.N], b.Keys[:b.N], b.Labels[:b.N]
	b.X, b.Targets = b.X[:b.N*l.size], b.Targets[:b.N*l.goals]
	for i := range b.N {
		b.Index[i] = int(l.order[at+i])
		b.Keys[i] = rng.Key(l.opt.Seed, e.number, b.Index[i], rng.Example)
	}
	n := b.N // the batch belongs to the others from the last task on
	// Runs short enough that all workers finish a piece at about the same time,
	// long enough that handing them over costs nothing.
	run := min(max(n/(4*l.opt.Workers), 1), 32)
	if l.white != nil {
		run = min((n+l.opt.Workers-1)/l.opt.Workers, mostWhitened)
	}
	s.pending.Store(int32((n + run - 1) / run))
	e.ordered <- s // never blocks: as many places as slots
	for i := 0; i < n; i += run {
		select {
		case e.tasks <- task{s, i, min(i+run, n)}:
		case <-e.ctx.Done():
			return false
		}
	}
	return true
}

// work loads examples until there are no more.
func (e *Epoch) work(scratch *Scratch) {
	l := e.loader
	for t := range e.tasks {
		b := &t.slot.batch
		for i := t.from; i < t.to && e.ctx.Err() == nil; i++ {
			x := b.X[i*l.size : (i+1)*l.size : (i+1)*l.size]
			y := b.Targets[i*l.goals : (i+1)*l.goals : (i+1)*l.goals]
			b.Labels[i] = int32(l.set.Label(b.Index[i]))
			t.slot.err[i] = e.load(b.Index[i], x, y, scratch)
		}
		if l.white != nil {
			l.white.finish(b.X[t.from*l.size:t.to*l.size], scratch)
		}
		if t.slot.pending.Add(-1) == 0 {
			t.slot.ready <- struct{}{}
		}
	}
}

// load writes the input and the targets, if there are any, of an example. Where
// inputs are whitened, they are finished later, a run together.
func (e *Epoch) load(index int, x, y []float32, s *Scratch) error {
	l := e.loader
	if err := e.image(index, x, s); err != nil {
		return err
	}
	switch {
	case l.mixes:
		if err := e.mix(index, x, y, s); err != nil {
			return err
		}
	case l.goals > 0 && !l.opt.Mirror:
		if err := l.set.(Targeted).Target(index, y, s); err != nil {
			return err
		}
	}
	if l.white == nil {
		l.spec.Finish(x, &s.pre)
	}
	return nil
}

// image writes an example as it is in this epoch, values 0..255.
func (e *Epoch) image(index int, x []float32, s *Scratch) error {
	l := e.loader
	if l.plan == nil {
		return l.set.Load(index, x, s)
	}
	if err := l.set.Load(index, s.plain, s); err != nil {
		return err
	}
	l.plan.Apply(x, s.plain, rng.Key(l.opt.Seed, e.number, index, rng.Augment))
	return nil
}

// mix blends x with another example, which the key of this one decides, and
// writes the target of both.
func (e *Epoch) mix(index int, x, y []float32, s *Scratch) error {
	l := e.loader
	m := l.plan.Mix(rng.Key(l.opt.Seed, e.number, index, rng.Augment), l.set.Len())
	clear(y)
	label := func(index int, share float32) {
		if k := l.set.Label(index); len(y) > 1 {
			y[k] += share
		} else {
			y[0] += share * float32(k)
		}
	}
	if m.Share == 1 {
		label(index, 1)
		return nil
	}
	if err := e.image(m.Other, s.other, s); err != nil {
		return err
	}
	l.plan.Blend(x, s.other, m)
	label(index, m.Share)
	label(m.Other, 1-m.Share)
	return nil
}

// Next returns the next batch, or piece of one, or io.EOF after the last one. Any
// other error is that of an example, the same whatever the number of workers, or
// that of the context; it ends the epoch. With Skip, a batch is smaller by the
// examples that cannot be loaded, and one without any is passed over; a whole epoch
// in which there was nothing but those ends with an error.
func (e *Epoch) Next() (*Batch, error) {
	for e.err == nil {
		if e.current != nil {
			e.free <- e.current // never blocks
			e.current = nil
		}
		s, err := e.wait()
		if err != nil {
			e.err = err
			break
		}
		e.current = s
		e.compact(s)
		if e.err != nil {
			break
		}
		deliver := s.batch.N > 0 || s.batch.Last && e.begun
		e.begun = !s.batch.Last && (e.begun || s.batch.N > 0)
		if deliver {
			return &s.batch, nil
		}
	}
	return nil, e.err
}

// wait returns the slot of the next batch once it is filled.
func (e *Epoch) wait() (*slot, error) {
	select {
	case s, ok := <-e.ordered:
		if !ok {
			if err := e.ctx.Err(); err != nil {
				return nil, err
			}
			// Of an epoch that was resumed, the rest may well be unreadable.
			if e.loaded == 0 && e.nskip > 0 && e.from == 0 {
				return nil, fmt.Errorf("no usable example; %d skipped, the first: %w", e.nskip, e.skipped[0])
			}
			return nil, io.EOF
		}
		select {
		case <-s.ready:
			return s, e.ctx.Err()
		case <-e.ctx.Done():
		}
	case <-e.ctx.Done():
	}
	return nil, e.ctx.Err()
}

// maxSkipped is the number of errors kept to be shown.
const maxSkipped = 20

// compact drops the examples that failed, the others keep their order; or makes
// the first failure the error of the epoch.
func (e *Epoch) compact(s *slot) {
	b, size, goals := &s.batch, e.loader.size, e.loader.goals
	n := 0
	for i, err := range s.err[:b.N] {
		if err != nil {
			if !e.loader.opt.Skip {
				e.err = err
				return
			}
			if e.nskip++; len(e.skipped) < maxSkipped {
				e.skipped = append(e.skipped, err)
			}
			continue
		}
		if n < i {
			b.Index[n], b.Keys[n], b.Labels[n] = b.Index[i], b.Keys[i], b.Labels[i]
			copy(b.X[n*size:(n+1)*size], b.X[i*size:(i+1)*size])
			copy(b.Targets[n*goals:(n+1)*goals], b.Targets[i*goals:(i+1)*goals])
		}
		n++
	}
	e.loaded += n
	b.N, b.Index, b.Keys, b.Labels, b.X = n, b.Index[:n], b.Keys[:n], b.Labels[:n], b.X[:n*size]
	b.Targets = b.Targets[:n*goals]
}

// Skipped is the number of examples left out so far, and the errors of the
// first of them.
func (e *Epoch) Skipped() (n int, first []error) { return e.nskip, e.skipped }

// Close ends the epoch and returns when its goroutines have ended. It may be
// called more than once.
func (e *Epoch) Close() {
	e.cancel()
	e.running.Wait()
	if e.err == nil {
		e.err = errors.New("the epoch is closed")
	}
	if e.loader.open == e {
		e.loader.open = nil
	}
	e.current = nil
}
