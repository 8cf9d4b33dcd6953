package train

import (
	"context"
	"errors"
	"io"

	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/pool"
)

// inference applies a network to batches over a pool: examples are independent,
// so each shard takes a slice, and a piece of a batch is like a batch.
type inference struct {
	net     *model.Network
	pool    *pool.Pool
	params  []float32
	derived []float32
	scalars []float32
	workers []model.Worker
	batches []model.Batch
	meter   *meter

	in        cutter
	examples  []metric.Example // of each worker
	loss      []float64
	penalties []float64 // of activities
	scores    []float32
	targets   oneHot
	shards    int
	loop      func(worker, l int)
}

func newInference(net *model.Network, p *pool.Pool, params, derived, scalars []float32, m *meter) *inference {
	f := &inference{
		net: net, pool: p, params: params, derived: derived, scalars: scalars, meter: m,
		workers:  make([]model.Worker, p.Workers()),
		batches:  make([]model.Batch, p.Workers()),
		examples: make([]metric.Example, p.Workers()),
		shards:   max(net.Shards, 1),
	}
	f.loop = f.shard
	return f
}

// run fills f.scores and, for batches with labels or targets, f.loss and the
// metrics.
func (f *inference) run(b *Batch) {
	f.scores = grow(f.scores, b.N*f.net.Outputs)
	f.in = cutter{net: f.net, b: b, targets: f.targets.of(f.net, b)}
	if b.Labels != nil || b.Targets != nil {
		f.loss = grow(f.loss, b.N)
		f.penalties = grow(f.penalties, b.N)
		f.meter.grow(b.N)
	} else {
		f.loss = nil
	}
	if b.N == 1 { // by all workers together
		f.shard(0, f.shards-1)
		return
	}
	f.pool.Run(f.shards, f.loop)
}

func (f *inference) shard(worker, l int) {
	lo, hi := l*f.in.b.N/f.shards, (l+1)*f.in.b.N/f.shards
	if lo == hi {
		return
	}
	if f.workers[worker] == nil {
		f.workers[worker] = f.net.NewInfer(f.params, f.derived)
	}
	b := &f.batches[worker]
	for ; lo < hi; lo += b.N {
		f.in.cut(b, lo, min(lo+f.net.InferMicro, hi), f.scores, f.loss, f.penalties)
		b.Scalars = f.scalars
		b.Workers = 0
		if f.in.b.N == 1 {
			b.Workers = f.pool.Workers()
		}
		f.workers[worker].Infer(b)
		if f.loss != nil {
			f.in.measure(f.meter, &f.examples[worker], lo, b)
		}
	}
}

// pass applies the network to all of d, in order, and calls each after every
// batch.
func (f *inference) pass(ctx context.Context, d Data, o Observer, each func(b *Batch)) error {
	batches, err := d.Batches(ctx, 0, 0)
	if err != nil {
		return err
	}
	defer batches.Close()
	progress := &Evaluated{Total: d.Len()}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := batches.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := checkBatch(f.net, b, false); err != nil {
			return err
		}
		if b.N == 0 {
			continue
		}
		f.run(b)
		each(b)
		progress.Done += b.N
		o.Observe(progress)
	}
}

// totals is the loss and the metrics over d, with the penalty given.
func (f *inference) totals(ctx context.Context, d Data, penalty float64, o Observer) (totals, error) {
	t := f.meter.newTotals()
	err := f.pass(ctx, d, o, func(b *Batch) { t.add(f.meter, f.loss, b.Weights, penalty+mean(f.penalties)) })
	return t, err
}

// Setup is what Evaluate and Predict need besides network and data.
type Setup struct {
	// Params is the packed parameter vector.
	Params []float32
	// Scalars are the values of the network's scalars, in order; nil takes the
	// defaults.
	Scalars []float32
	// Metrics besides the loss; nil means the one that suits the network
	// (metric.Default).
	Metrics []string
	// Workers is the number of threads, 0 for GOMAXPROCS.
	Workers  int
	Observer Observer
	// Labels name the classes; nil takes the network's, or numbers.
	Labels []string
	// Each, if it is not nil, is called by Evaluate for every batch, in the order of
	// the data, with the scores [n Outputs] of its examples: for whatever an
	// Evaluation does not count. Both are valid during the call.
	Each func(b *Batch, scores []float32)
}

// Evaluation is how well a network does on a data set.
type Evaluation struct {
	Examples int
	// Logs are the loss, penalties included, and the metrics.
	Logs []Log
	// Confusion counts examples by true class (row) and predicted class (column).
	// It is nil for networks whose scores are values or several yes-or-no answers,
	// and without labels.
	Confusion [][]int
	Classes   []ClassScore
}

// ClassScore is the quality of one class (spec: losses and metrics, section 9).
type ClassScore struct {
	Label   string
	Support int // examples of the class
	// Precision is tp/(tp+fp), Recall tp/(tp+fn), F1 their harmonic mean; 0 when
	// the denominator is.
	Precision, Recall, F1 float64
}

// Evaluate measures a network on d. A cancelled context ends it with its error.
func Evaluate(ctx context.Context, net *model.Network, d Data, s Setup) (*Evaluation, error) {
	f, o, done, err := s.prepare(net)
	if err != nil {
		return nil, err
	}
	defer done()
	t := f.meter.newTotals()
	p := newPenalty(net, f.scalars)
	penalty := p.of(s.Params)
	confusion := make([][]int, net.Classes())
	for c := range confusion {
		confusion[c] = make([]int, len(confusion))
	}
	labelled := false
	err = f.pass(ctx, d, o, func(b *Batch) {
		if f.loss == nil {
			return
		}
		t.add(f.meter, f.loss, b.Weights, penalty+mean(f.penalties))
		if s.Each != nil {
			s.Each(b, f.scores)
		}
		if b.Labels == nil || len(confusion) == 0 || net.Head.Task == model.Binary && net.Outputs > 1 {
			return
		}
		labelled = true
		for i, l := range b.Labels[:b.N] {
			confusion[l][net.Decide(f.scores[i*net.Outputs:(i+1)*net.Outputs])]++
		}
	})
	if err != nil {
		return nil, err
	}
	if t.Examples == 0 {
		return nil, errors.New("there are no labelled examples to evaluate on")
	}
	ev := &Evaluation{Examples: t.Examples, Logs: t.logs(nil, f.meter, "")}
	sortLogs(ev.Logs)
	if labelled {
		ev.Confusion = confusion
		ev.Classes = classScores(confusion, labels(net, s.Labels))
	}
	return ev, nil
}

// Predict applies a network to d and calls each with the scores [n Outputs] of
// every batch, in the order of d. The scores are valid during the call.
func Predict(ctx context.Context, net *model.Network, d Data, s Setup, each func(b *Batch, scores []float32) error) error {
	f, o, done, err := s.prepare(net)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err = f.pass(ctx, d, o, func(b *Batch) {
		if err := each(b, f.scores); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// prepare fills in the defaults. done ends what it began.
func (s *Setup) prepare(net *model.Network) (f *inference, o Observer, done func(), err error) {
	names := s.Metrics
	if names == nil {
		names = []string{metric.Default(net.Head)}
	}
	m, err := newMeter(names, net)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := checkVector(net, s.Params); err != nil {
		return nil, nil, nil, err
	}
	scalars, err := checkScalars(net, s.Scalars)
	if err != nil {
		return nil, nil, nil, err
	}
	o = s.Observer
	if o == nil {
		o = silent{}
	}
	params := aligned(len(s.Params))
	copy(params, s.Params)
	derived := aligned(net.DerivedFloats)
	net.Derive(params, derived, 0, 1)
	p := pool.New(s.Workers)
	return newInference(net, p, params, derived, scalars, m), o, p.Close, nil
}

// classScores derives precision, recall and F1 from a confusion matrix.
func classScores(confusion [][]int, labels []string) []ClassScore {
	out := make([]ClassScore, len(confusion))
	for c := range confusion {
		actual, predicted := 0, 0
		for k := range confusion {
			actual += confusion[c][k]
			predicted += confusion[k][c]
		}
		hit := float64(confusion[c][c])
		s := ClassScore{Label: labels[c], Support: actual}
		if predicted > 0 {
			s.Precision = hit / float64(predicted)
		}
		if actual > 0 {
			s.Recall = hit / float64(actual)
		}
		if actual+predicted > 0 {
			s.F1 = 2 * hit / float64(actual+predicted)
		}
		out[c] = s
	}
	return out
}
