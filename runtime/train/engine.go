package train

import (
	"fmt"
	"unsafe"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/pool"
	"github.com/cnnc/cnnc/runtime/schedule"
	"github.com/cnnc/cnnc/runtime/stage"
)

// engine runs steps: it owns the vectors and the workers of a training run. A
// step is a few loops over the pool with a barrier after each:
//
//	shards   forward and backward of each shard, into its gradient vector; once
//	         for each piece of the batch, or for each stage (package runtime/stage)
//	reduce   shard vectors added in a fixed tree; penalties at the current weights
//	update   the optimizer and what belongs to it, see updater
//	derive   transposed weights from the new ones
//
// After the first step of each batch size it does not allocate.
type engine struct {
	net  *model.Network
	pool *pool.Pool

	params, derived []float32
	grads           [][]float32 // a vector a shard; the first becomes the sum
	scalars         []float32
	updater         *updater

	stage   *stage.State
	workers []model.Worker
	batches []model.Batch // of each worker, refilled for every micro-batch
	meter   *meter
	penalty penalty

	// The batch under way, and the piece of it: its first base examples are in
	// the gradients already.
	in        cutter
	micro     int // examples a shard takes at a time
	base      int
	size      int     // of the whole batch, as far as known
	scale     float32 // 1/size
	rescale   float32 // of the sum, where size turned out smaller
	finite    []bool  // of each part of the gradient
	loss      []float64
	penalties []float64 // of activities, each example's
	weights   []float32 // of the batch, nil when all are 1
	scores    []float32
	targets   oneHot
	weigher   weigher
	// examples are for the metrics, one for each worker.
	examples []metric.Example

	// The loop bodies, made once so that running them does not allocate.
	shardLoop, reduceLoop, deriveLoop func(worker, i int)
	parts                             int
}

// partFloats is the least work worth a loop iteration of its own in reduce,
// update and derive: some microseconds.
const partFloats = 1 << 13

// newEngine makes the engine of a run that starts from params, which it takes
// over.
func newEngine(net *model.Network, p *pool.Pool, params []float32, scalars []float32, c *config.Train, lengths schedule.Lengths, m *meter) (*engine, error) {
	e := &engine{
		net: net, pool: p,
		params:  aligned(net.ParamFloats),
		derived: aligned(net.DerivedFloats),
		scalars: scalars,
		meter:   m,
		parts:   min(max(net.ParamFloats/partFloats, 1), 256),
	}
	copy(e.params, params)
	for range max(net.Shards, 1) {
		e.grads = append(e.grads, aligned(net.ParamFloats))
	}
	e.workers = make([]model.Worker, p.Workers()) // filled by shard
	e.batches = make([]model.Batch, p.Workers())
	e.examples = make([]metric.Example, p.Workers())
	e.finite = make([]bool, e.parts)
	e.stage = stage.New(net, len(e.grads))
	e.penalty = newPenalty(net, scalars)
	e.shardLoop = e.shard
	e.reduceLoop = e.reduce
	e.deriveLoop = func(_, k int) { e.net.Derive(e.params, e.derived, k, e.parts) }
	var err error
	if e.updater, err = newUpdater(e, c, lengths); err != nil {
		return nil, err
	}
	e.rederive()
	return e, nil
}

// step is the number of updates done.
func (e *engine) step() int { return e.updater.rule.State.Steps }

// rederive remakes what follows from the parameters.
func (e *engine) rederive() { e.pool.Run(e.parts, e.deriveLoop) }

// add runs forward and backward on a piece of a batch. It reports whether the
// losses are finite.
func (e *engine) add(b *Batch) (ok bool) {
	e.load(b)
	e.stage.Begin((b.N + e.micro - 1) / e.micro)
	for range e.stage.Stages() {
		e.pool.Run(len(e.grads), e.shardLoop)
		e.stage.End(e.params, e.grads[0])
	}
	for _, v := range e.loss[e.base : e.base+b.N] {
		if v-v != 0 {
			return false
		}
	}
	e.base += b.N
	return true
}

// update makes a step of the pieces added and returns the penalty at the weights
// before it. The losses of the batch are then in e.loss, its metrics in e.meter.
// When the gradient is not finite, the weights stay as they were and ok is false.
func (e *engine) update() (penalty float64, ok bool) {
	n := e.base
	e.base = 0
	e.loss = e.loss[:n]
	if e.weights != nil {
		e.weights = e.weights[:n]
	}
	activities := mean(e.penalties[:n])
	e.meter.grow(n)
	// Examples that could not be read were counted in the scale.
	e.rescale = float32(e.size) / float32(n)
	e.pool.Run(e.parts+e.penalty.chunks(), e.reduceLoop)
	for _, finite := range e.finite {
		if !finite {
			return 0, false
		}
	}
	e.updater.update()
	e.stage.Move(e.params)
	if e.updater.average != nil {
		// The running average is that of trained weights.
		e.stage.CopyMoving(e.updater.average, e.params)
	}
	e.rederive()
	return e.penalty.sum() + activities, true
}

// load makes room for a piece of a batch, and for the batch with its first one.
func (e *engine) load(b *Batch) {
	if e.base == 0 {
		e.size = b.size()
		e.micro = evenMicro(e.size, len(e.grads), e.net.TrainMicro)
		e.scale = 1 / float32(e.size)
		e.loss = grow(e.loss, e.size)
		e.penalties = grow(e.penalties, e.size)
		e.meter.grow(e.size)
	}
	e.scores = grow(e.scores, b.N*e.net.Outputs)
	e.weights = e.weigher.of(b, e.base, e.size)
	e.in = cutter{net: e.net, b: b, targets: e.targets.of(e.net, b), weights: e.weights, base: e.base}
}

// shard runs forward and backward of the micro-batches of the piece that shard l
// takes: every L-th of them, from the l-th on.
func (e *engine) shard(worker, l int) {
	// Every other stage goes backwards through shards and micro-batches: what the one
	// before has touched last is still in the cache. It is the same order for any
	// number of workers.
	back := e.stage.Backwards()
	if back {
		l = len(e.grads) - 1 - l
	}
	g := e.grads[l]
	if e.base == 0 && e.stage.First() {
		clear(g)
	}
	if l*e.micro >= e.in.b.N {
		return
	}
	if e.workers[worker] == nil {
		// Made here, so that a worker that never gets a shard costs no arena and
		// the arena is first touched by the thread that will use it.
		e.workers[worker] = e.net.NewTrain(e.params, e.derived)
	}
	b := &e.batches[worker]
	step := len(e.grads) * e.micro
	count := (e.in.b.N - l*e.micro + step - 1) / step
	for i := range count {
		if back {
			i = count - 1 - i
		}
		lo := l*e.micro + i*step
		e.in.cut(b, lo, min(lo+e.micro, e.in.b.N), e.scores, e.loss, e.penalties)
		b.Scale, b.Scalars = e.scale, e.scalars
		e.stage.Bind(b, lo/e.micro, l)
		e.workers[worker].Step(b, g)
		if e.stage.Last() {
			e.in.measure(e.meter, &e.examples[worker], lo, b)
		}
	}
}

// evenMicro is the number of examples of micro-batches, at most most, of a batch of
// n: smaller where that gives more shards something to do. It depends on the whole
// batch only, neither on the pieces it comes in nor on the number of workers.
func evenMicro(n, shards, most int) int { return min(most, (n+shards-1)/shards) }

// reduce is part i of the sum over shards or, behind those, chunk i of the
// penalty.
func (e *engine) reduce(_, i int) {
	if i >= e.parts {
		e.penalty.chunk(e.params, i-e.parts)
		return
	}
	n := e.net.ParamFloats
	e.finite[i] = reduceShards(e.grads, n*i/e.parts, n*(i+1)/e.parts, e.rescale)
}

// cutter cuts a batch, or a piece of one, into micro-batches.
type cutter struct {
	net     *model.Network
	b       *Batch
	targets []float32
	weights []float32 // of the whole batch, nil for none
	// base is where the piece begins in the batch: losses and metrics are kept
	// for the whole batch, all else for the piece.
	base int
}

// cut points dst at examples [lo, hi).
func (s *cutter) cut(dst *model.Batch, lo, hi int, scores []float32, loss, penalties []float64) {
	b := s.b
	size := s.net.Height * s.net.Width * s.net.Channels
	dst.N = hi - lo
	dst.X = b.X[lo*size : hi*size]
	dst.Labels, dst.Targets, dst.Keys, dst.Weights, dst.Loss, dst.Penalty = nil, nil, nil, nil, nil, nil
	if s.weights != nil {
		dst.Weights = s.weights[s.base+lo : s.base+hi]
	}
	if s.targets != nil {
		dst.Targets = s.targets[lo*s.net.Outputs : hi*s.net.Outputs]
	} else if b.Labels != nil {
		dst.Labels = b.Labels[lo:hi]
	}
	if b.Keys != nil {
		dst.Keys = b.Keys[lo:hi]
	}
	dst.Scores = scores[lo*s.net.Outputs : hi*s.net.Outputs]
	if loss != nil {
		dst.Loss = loss[s.base+lo : s.base+hi]
		dst.Penalty = penalties[s.base+lo : s.base+hi]
	}
}

// measure lets the metrics observe a micro-batch that begins at example lo; e is
// the worker's own.
func (s *cutter) measure(m *meter, e *metric.Example, lo int, b *model.Batch) {
	outputs := s.net.Outputs
	for i := range b.N {
		*e = metric.Example{Scores: b.Scores[i*outputs : (i+1)*outputs]}
		if s.b.Targets != nil {
			e.Target = s.b.Targets[(lo+i)*outputs : (lo+i+1)*outputs]
		} else {
			e.Label = int(s.b.Labels[lo+i])
		}
		m.observe(s.base+lo+i, e)
	}
}

// oneHot makes target vectors from labels: the class itself where there is one
// score, otherwise 1 for the class and 0 for the others.
type oneHot struct{ buf []float32 }

// of returns the targets the network's loss wants, nil when it wants labels.
func (o *oneHot) of(net *model.Network, b *Batch) []float32 {
	if b.Targets != nil || !net.Head.Vector || b.Labels == nil {
		return b.Targets
	}
	o.buf = grow(o.buf, b.N*net.Outputs)
	clear(o.buf)
	for i, l := range b.Labels[:b.N] {
		if net.Outputs == 1 {
			o.buf[i] = float32(l)
			continue
		}
		o.buf[i*net.Outputs+int(l)] = 1
	}
	return o.buf
}

// mean is that of a batch's numbers, added in order.
func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// grow returns s with length n; the content is left over.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// aligned returns n zeros that begin on a cache line of 64 bytes, so that no
// vector of the kernels straddles two.
func aligned(n int) []float32 {
	const floats = 64 / 4
	buf := make([]float32, n+floats-1)
	skip := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % 64; r != 0 {
		skip = int(64-r) / 4
	}
	return buf[skip : skip+n : skip+n]
}

// checkBatch refuses a batch that would make a kernel read outside its memory.
func checkBatch(net *model.Network, b *Batch, training bool) error {
	size := net.Height * net.Width * net.Channels
	switch {
	case b.N < 0 || b.size() < 1 || b.N > b.size():
		return fmt.Errorf("a batch of %d examples", b.N)
	case training && net.Stages > 1 && b.More:
		return fmt.Errorf("a batch in pieces, but %s normalizes with the statistics of whole batches (batchnorm in layer %s)", net.Name, net.Norms[0].Layer)
	case len(b.X) < b.N*size:
		return fmt.Errorf("a batch of %d examples has %d values, want %d", b.N, len(b.X), b.N*size)
	case training && len(b.Keys) < b.N:
		return fmt.Errorf("a batch of %d examples has %d keys", b.N, len(b.Keys))
	case b.Targets != nil && len(b.Targets) < b.N*net.Outputs:
		return fmt.Errorf("a batch of %d examples has %d target values, want %d", b.N, len(b.Targets), b.N*net.Outputs)
	case b.Targets == nil && b.Labels != nil && len(b.Labels) < b.N:
		return fmt.Errorf("a batch of %d examples has %d labels", b.N, len(b.Labels))
	case b.Targets == nil && b.Labels == nil && training:
		return fmt.Errorf("a batch without labels")
	case b.Targets != nil && !net.Head.Vector:
		return fmt.Errorf("a batch with target vectors, but the loss %s wants labels", net.Loss)
	case b.Weights != nil && len(b.Weights) < b.N:
		return fmt.Errorf("a batch of %d examples has %d weights", b.N, len(b.Weights))
	}
	if b.Labels != nil {
		classes := max(net.Classes(), net.Outputs)
		for i, l := range b.Labels[:b.N] {
			if number := net.Head.Task == model.Values && net.Outputs == 1; number && l >= 0 {
				continue // compared as a number
			}
			if l < 0 || int(l) >= classes {
				return fmt.Errorf("label %d of example %d of the batch, but the network has classes 0..%d", l, i, classes-1)
			}
		}
	}
	return checkWeights(b)
}
