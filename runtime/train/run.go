package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/pool"
)

// run is a training run under way.
type run struct {
	net       *model.Network
	data, val Data
	o         Options
	obs       Observer
	pool      *pool.Pool
	engine    *engine
	infer     *inference // nil without validation
	meter     *meter
	stops     []*stopRule
	plateau   *plateau   // nil without
	snapshots *snapshots // nil without
	dir       *runDir
	id        identity

	epoch, batch int // position, as in state
	totals       totals
	history      History
	why          string // of the stop rule or the hook that ended the run
	hookStop     string // of the hook
	begun        bool   // the hooks of the epoch's beginning have been called
	rateSet      bool   // a hook has changed the learning rate
	control      Control

	keep       best
	keepFrom   best // what an epoch has to be better than at first
	keepUp     bool
	bestParams []float32 // at keep.Epoch
	heldParams []float32 // of the stop rule that restores, at its held

	saved        time.Time // of the last checkpoint
	savedBatches int       // steps since then
	clock        stopwatch
}

// stopwatch splits the time of an epoch in this process.
type stopwatch struct {
	begin      time.Time
	wait, work time.Duration
	seen       int
}

// held is the epoch whose weights early stopping would bring back, -1 for none.
func (r *run) held() int {
	for _, s := range r.stops {
		if s.Restore {
			return s.held
		}
	}
	return -1
}

// judge applies the stop and keep rules to an epoch and says whether it is the
// best one. It is all that the state of those rules follows from.
func (r *run) judge(logs *EpochLogs) (isBest bool) {
	for _, s := range r.stops {
		if why := s.epochEnd(logs); why != "" && r.why == "" {
			r.why = why
		}
	}
	if key := r.o.Config.Keep.Metric; key != "" {
		than := r.keep
		if than.Epoch < 0 {
			than = r.keepFrom
		}
		if v, ok := logs.Lookup(key); ok && than.improves(v, 0, r.keepUp) {
			r.keep = best{Epoch: logs.Epoch, Value: Number(v)}
			return true
		}
	}
	return false
}

func (r *run) train(ctx context.Context) (*Result, error) {
	batches := batchCount(r.data)
	begin := &RunBegin{
		Examples: r.data.Len(), Batches: batches, Epochs: r.until(), Epoch: r.epoch, Batch: r.batch,
		Workers: r.pool.Workers(), Shards: len(r.engine.grads),
	}
	if r.val != nil {
		begin.Validation = r.val.Len()
	}
	r.obs.Observe(begin)
	if err := r.dir.log(metricsLine{Event: "begin", Epoch: r.epoch + 1, Step: r.engine.step()}, nil); err != nil {
		return nil, err
	}
	r.saved = time.Now()
	_, err := r.call("OnTrainBegin", trainBegin, r.batch, nil)
	// An epoch that was left in its middle is ended in any case.
	for err == nil && r.epoch < r.until() && (r.why == "" || r.begun) {
		r.obs.Observe(&EpochBegin{Epoch: r.epoch, Epochs: r.until(), Batch: r.batch, Batches: batches})
		r.clock = stopwatch{begin: time.Now()}
		if !r.begun {
			if _, err = r.call("OnEpochBegin", epochBegin, r.batch, nil); err != nil {
				break
			}
			r.begun = true
		}
		if err = r.trainEpoch(ctx, batches); err == nil {
			err = r.endEpoch(ctx, batches)
		}
	}
	if hook := (*HookError)(nil); errors.As(err, &hook) {
		return nil, errors.Join(err, r.pause())
	}
	if bad := (*NonFiniteError)(nil); err != nil && ctx.Err() != nil && !errors.As(err, &bad) {
		return r.interrupted()
	}
	if err != nil {
		return nil, err
	}
	return r.finish()
}

// until is the number of epochs behind which the run ends.
func (r *run) until() int {
	if r.o.Until > 0 {
		return min(r.o.Until, r.o.Config.Epochs)
	}
	return r.o.Config.Epochs
}

// trainEpoch trains from the current batch to the end of the epoch.
func (r *run) trainEpoch(ctx context.Context, batches int) error {
	if r.batch >= batches {
		return nil
	}
	src, err := r.data.Batches(ctx, r.epoch, r.batch)
	if err != nil {
		return err
	}
	defer src.Close()
	r.engine.base = 0
	event := &BatchEnd{Epoch: r.epoch, Epochs: r.until(), Batches: batches}
	beginHook, endHook := r.hooked(batchBegin), r.hooked(batchEnd)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		b, err := src.Next()
		if errors.Is(err, io.EOF) {
			if r.totals.Examples == 0 {
				return errors.New("the training data gave no examples")
			}
			r.batch = batches
			return nil
		}
		if err != nil {
			return err
		}
		got := time.Now()
		if b.Step < r.batch || b.Step >= batches {
			return fmt.Errorf("the training data gave batch %d of %d after batch %d", b.Step+1, batches, r.batch)
		}
		r.batch = b.Step
		if err := checkBatch(r.net, b, true); err != nil {
			return err
		}
		if b.Weights != nil && r.engine.weigher.classes != nil {
			return errors.New("weights of examples and of classes: only one of them can be")
		}
		if beginHook && r.engine.base == 0 {
			if _, err := r.call("OnBatchBegin", batchBegin, r.batch, nil); err != nil {
				return err
			}
		}
		fail := func(piece *Batch) error {
			layer, what := r.engine.diagnose(piece)
			return &NonFiniteError{Epoch: r.epoch, Batch: r.batch, Layer: layer, What: what}
		}
		if !r.engine.add(b) {
			return fail(b)
		}
		r.clock.wait += got.Sub(start)
		r.clock.seen += b.N
		if b.More {
			r.clock.work += time.Since(got)
			continue
		}
		examples := r.engine.base
		if examples == 0 {
			continue // every piece of the batch was unreadable
		}
		penalty, ok := r.engine.update()
		if !ok {
			return fail(nil)
		}
		r.clock.work += time.Since(got)

		event.BatchLoss = r.totals.add(r.meter, r.engine.loss, r.engine.weights, penalty)
		event.Batch, event.Examples = r.batch, examples
		event.Logs = r.rateLog(r.totals.running(event.Logs[:0], r.meter))
		event.Wait, event.Work, event.Seen = r.clock.wait, r.clock.work, r.clock.seen
		r.obs.Observe(event)
		r.batch++
		if endHook {
			if _, err := r.call("OnBatchEnd", batchEnd, event.Batch, event.Logs); err != nil {
				return err
			}
		}
		if r.why != "" {
			r.batch = batches
			return nil
		}
		if r.checkpointDue() {
			if err := r.checkpoint(); err != nil {
				return err
			}
		}
	}
}

// validates says whether validation follows the epoch under way.
func (r *run) validates() bool {
	c := &r.o.Config
	if r.o.Until > 0 && r.epoch+1 == r.until() {
		return true
	}
	if len(c.ValidateAfter) > 0 {
		return slices.Contains(c.ValidateAfter, r.epoch+1)
	}
	return (r.epoch+1)%max(c.ValidateEvery, 1) == 0
}

// endEpoch validates, records the epoch and applies the rules. Its checkpoint
// stands at the beginning of the next epoch.
func (r *run) endEpoch(ctx context.Context, batches int) error {
	logs := r.totals.logs(nil, r.meter, "")
	if r.val != nil && r.validates() {
		// A cancellation in here leaves the position behind the last batch.
		t, err := r.infer.totals(ctx, r.val, r.engine.penalty.of(r.engine.params), r.obs)
		if err != nil {
			return err
		}
		logs = t.logs(logs, r.meter, "val_")
	}
	if !allFinite(r.engine.params) {
		// The update overflowed though the gradient did not.
		what, layer := "a parameter", ""
		for i := range r.net.Params {
			p := &r.net.Params[i]
			if !allFinite(r.engine.params[p.Offset : p.Offset+p.Packing.Floats()]) {
				what, layer = "parameter "+p.Name, r.engine.layerOf(p.Name)
				break
			}
		}
		return &NonFiniteError{Epoch: r.epoch, Batch: batches - 1, Layer: layer, What: what}
	}
	sortLogs(logs)
	measured := len(logs)
	logs, err := r.call("OnEpochEnd", epochEnd, batches, r.rateLog(logs))
	if err != nil {
		return err
	}
	logs = inOrder(logs, measured)
	entry := EpochLogs{Epoch: r.epoch, Logs: logs}
	r.history = append(r.history, entry)
	if r.plateau != nil {
		u := r.engine.updater
		u.rate = r.plateau.epochEnd(&entry, u.rate)
	}
	isBest := r.judge(&entry)
	if isBest {
		r.bestParams = append(r.bestParams[:0], r.engine.params...)
	}
	if r.held() == r.epoch {
		r.heldParams = append(r.heldParams[:0], r.engine.params...)
	}
	file, old := r.snapshots.epochEnd(&entry)
	elapsed := time.Since(r.clock.begin)
	line := metricsLine{Event: "epoch", Epoch: r.epoch + 1, Step: r.engine.step(), Seconds: elapsed.Seconds(), Waiting: r.clock.wait.Seconds(), Best: isBest}
	if busy := (r.clock.wait + r.clock.work).Seconds(); busy > 0 {
		line.Rate = float64(r.clock.seen) / busy
	}
	if err := r.dir.log(line, logs); err != nil {
		return err
	}
	event := &EpochEnd{
		Epoch: r.epoch, Epochs: r.until(), Logs: logs, Best: isBest,
		Elapsed: elapsed, Wait: r.clock.wait, Work: r.clock.work, Seen: r.clock.seen,
	}
	r.epoch, r.batch, r.begun, r.totals = r.epoch+1, 0, false, r.meter.newTotals()
	if isBest {
		if err := r.saveWeights(BestFile, r.bestParams); err != nil {
			return err
		}
	}
	if file != "" {
		if err := r.saveWeights(filepath.Join(EpochsDir, file), r.engine.params); err != nil {
			return err
		}
	}
	if err := r.checkpoint(); err != nil {
		return err
	}
	if err := r.snapshots.drop(r.dir, old); err != nil {
		return err
	}
	if err := r.dir.writeHistory(r.history); err != nil {
		return err
	}
	r.obs.Observe(event)
	return nil
}

// rateLog adds the learning rate where something changes it: by a schedule that
// of the last update, otherwise the present one.
func (r *run) rateLog(logs []Log) []Log {
	u := r.engine.updater
	switch {
	case u.schedule != nil:
		return append(logs, Log{Name: rateKey, Value: u.lastRate()})
	case r.plateau != nil || r.rateSet:
		return append(logs, Log{Name: rateKey, Value: u.rate})
	}
	return logs
}

// rateKey is the key of the learning rate in the history.
const rateKey = "learning_rate"
