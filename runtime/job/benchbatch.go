package job

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
)

// Whole batches are timed through package train itself, so that nothing of a
// step is left out: the fork and join of each loop, the sum over shards, losses
// and metrics, the update and the transposed weights. Only the data costs
// nothing: the same noise every time.

const (
	// batchTime is about how long batches of one kind are repeated, in turns of
	// one worker and of all.
	batchTime  = 1200 * time.Millisecond
	batchTurns = 4
	// slowBatch is a batch so long that two turns are enough.
	slowBatch = 40 * time.Millisecond
	// longBatch is the longest batch worth timing; longer ones are cut.
	longBatch = 1500 * time.Millisecond
	// defaultBenchBatch is used when the model file names no batch.
	defaultBenchBatch = 32
	// warmBatches are not timed; leastBatches are read however late it is,
	// mostBatches at most.
	warmBatches  = 1
	leastBatches = warmBatches + 2
	mostBatches  = 1 << 16
)

// batches measures whole training steps and batches of inference with one
// worker and with all.
func (b *bench) batches() error {
	workers := b.Job.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	step, err := b.speedup(benchSpeedup{Program: "training", Workers: workers}, b.train, b.timeSteps)
	if err != nil {
		return err
	}
	compute := b.train.Nanos * float64(step.Batch)
	rest := step.OneNanos - compute
	step.Shares = append(step.Shares, benchShare{Name: "forward and backward", Nanos: compute})
	for _, s := range b.update {
		step.Shares = append(step.Shares, s)
		rest -= s.Nanos
	}
	// Measured apart, the parts may add up to a little more than the whole.
	step.Shares = append(step.Shares, benchShare{Name: "sum over shards, metrics, loops", Nanos: max(0, rest)})
	infer, err := b.speedup(benchSpeedup{Program: "inference", Workers: workers}, b.infer, b.timeInference)
	if err != nil {
		return err
	}
	b.report.Batches = append(b.report.Batches, step, infer)
	return nil
}

// speedup fills in s by timing batches with run, which returns the best time of
// a batch.
func (b *bench) speedup(s benchSpeedup, one benchRow, run func(d *noise, workers int) (float64, error)) (benchSpeedup, error) {
	_, cfg := b.Config()
	s.Batch = cfg.Batch
	if s.Batch <= 0 {
		s.Batch = defaultBenchBatch
	}
	piece := b.Net.Piece(s.Batch)
	if long := int(float64(longBatch.Nanoseconds()) / one.Nanos); s.Batch > piece && long < s.Batch {
		s.Batch = max(piece, long/piece*piece)
	}
	s.FLOPs = one.FLOPs * int64(s.Batch)
	d := newNoise(b.Net, s.Batch, piece, mostBatches)
	turns := batchTurns
	if one.Nanos*float64(s.Batch) > float64(slowBatch.Nanoseconds()) {
		turns = 2 // its rounds are long enough
	}
	for range turns {
		for _, workers := range []int{1, s.Workers} {
			d.until = time.Now().Add(batchTime / (2 * batchTurns))
			t, err := run(d, workers)
			if err != nil {
				return s, err
			}
			if workers == 1 && (s.OneNanos == 0 || t < s.OneNanos) {
				s.OneNanos = t
			}
			if workers == s.Workers && (s.AllNanos == 0 || t < s.AllNanos) {
				s.AllNanos = t
			}
		}
		b.samplePeak()
	}
	return s, nil
}

// timeSteps returns the best time of a training step.
func (b *bench) timeSteps(d *noise, workers int) (float64, error) {
	_, cfg := b.Config()
	cfg.Epochs, cfg.Stop, cfg.Keep = 1, nil, config.Keep{}
	cfg.ClassWeight, cfg.BalancedClasses = nil, false // noise has no classes
	cfg.Optimizer, cfg.Schedule = b.optimizer(), config.Schedule{}
	t := &lapTimer{warmup: warmBatches}
	r, err := train.Train(b.Context, b.Net, d, nil, train.Options{Config: cfg, Scalars: b.scalars, Params: b.params, Workers: workers, Observer: t})
	if err == nil && r.Reason == train.Interrupted {
		err = errInterrupted
	}
	return t.best(), err
}

// timeInference returns the best time of a batch.
func (b *bench) timeInference(d *noise, workers int) (float64, error) {
	t := &lapTimer{warmup: warmBatches}
	err := train.Predict(b.Context, b.Net, d, train.Setup{Params: b.params, Scalars: b.scalars, Workers: workers}, func(batch *train.Batch, _ []float32) error {
		if !batch.More {
			t.lap()
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	return t.best(), err
}

// lapTimer takes the time between the ends of batches.
type lapTimer struct {
	warmup int // laps that do not count
	last   time.Time
	least  time.Duration
}

// Observe implements train.Observer.
func (t *lapTimer) Observe(e train.Event) {
	if _, ok := e.(*train.BatchEnd); ok {
		t.lap()
	}
}

func (t *lapTimer) lap() {
	now := time.Now()
	if t.warmup > 0 {
		t.warmup--
	} else if d := now.Sub(t.last); t.least == 0 || d < t.least {
		t.least = d
	}
	t.last = now
}

// best is the shortest lap in nanoseconds.
func (t *lapTimer) best() float64 { return float64(t.least.Nanoseconds()) }

// noise is a data set whose examples are ready: the same few again and again,
// until some time, but leastBatches.
type noise struct {
	net                   *model.Network
	batch, piece, batches int
	until                 time.Time
	examples              *model.Batch
}

// newNoise makes data in batches, which come in pieces like those of files.
func newNoise(net *model.Network, batch, piece, batches int) *noise {
	return &noise{net: net, batch: batch, piece: piece, batches: batches, examples: benchBatch(net, min(batch, piece), nil)}
}

// Len implements train.Data.
func (d *noise) Len() int { return d.batch * d.batches }

// BatchSize implements train.Data.
func (d *noise) BatchSize() int { return d.batch }

// Batches implements train.Data.
func (d *noise) Batches(_ context.Context, _, first int) (train.Batches, error) {
	return &noisePass{noise: d, first: first, step: first}, nil
}

// noisePass is a pass over noise.
type noisePass struct {
	*noise
	first, step, done int
	b                 train.Batch
}

// Next implements train.Batches.
func (p *noisePass) Next() (*train.Batch, error) {
	late := p.done == 0 && p.step-p.first >= leastBatches && time.Now().After(p.until)
	if p.step == p.batches || late {
		return nil, io.EOF
	}
	x, n := p.examples, min(p.piece, p.batch-p.done)
	size := p.net.Height * p.net.Width * p.net.Channels
	p.b = train.Batch{Step: p.step, N: n, Size: p.batch, More: p.done+n < p.batch, X: x.X[:n*size], Keys: x.Keys[:n]}
	if x.Labels != nil {
		p.b.Labels = x.Labels[:n]
	}
	if x.Targets != nil {
		p.b.Targets = x.Targets[:n*p.net.Outputs]
	}
	if p.done += n; !p.b.More {
		p.step, p.done = p.step+1, 0
	}
	return &p.b, nil
}

// Close implements train.Batches.
func (p *noisePass) Close() error { return nil }
