package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/pool"
	"github.com/cnnc/cnnc/runtime/schedule"
	"github.com/cnnc/cnnc/runtime/weights"
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

// newRun checks everything that can be wrong before the first step.
func newRun(net *model.Network, data, val Data, o Options) (*run, error) {
	if err := checkConfig(net, &o.Config); err != nil {
		return nil, err
	}
	if data == nil || data.Len() < 1 || data.BatchSize() < 1 {
		return nil, errors.New("there are no examples to train on")
	}
	if val != nil && (val.Len() < 1 || val.BatchSize() < 1) {
		return nil, errors.New("there are no examples in the validation data")
	}
	m, err := newMeter(o.Config.Metrics, net)
	if err != nil {
		return nil, err
	}
	scalars, err := checkScalars(net, o.Scalars)
	if err != nil {
		return nil, err
	}
	r := &run{net: net, data: data, val: val, o: o, obs: o.Observer, meter: m, totals: m.newTotals(), keep: best{Epoch: -1}}
	if r.obs == nil {
		r.obs = silent{}
	}
	check := func(what, key string) error { return checkKey(what, key, m.names, val != nil) }
	if r.stops, err = newStopRules(o.Config.Stop, check); err != nil {
		return nil, err
	}
	if c := o.Config.Reduce; c != nil {
		if err := check("reduce rate when", c.Metric); err != nil {
			return nil, err
		}
		if o.Config.Schedule.Name != "" {
			return nil, fmt.Errorf("reduce: the schedule %s determines the learning rate", o.Config.Schedule.Name)
		}
		if r.plateau, err = newPlateau(*c); err != nil {
			return nil, err
		}
	}
	r.keepFrom = best{Epoch: -1}
	if k := o.Config.Keep; k.Metric != "" {
		if err := check("keep best", k.Metric); err != nil {
			return nil, err
		}
		if r.keepUp, err = upward(k.Metric, k.Mode); err != nil {
			return nil, fmt.Errorf("keep best: %w", err)
		}
		if k.Threshold != nil {
			r.keepFrom = best{Value: number(k.Threshold.Value)}
		}
	}
	if r.snapshots, err = newSnapshots(o.Config.Keep, check); err != nil {
		return nil, err
	}
	weights, err := classWeights(net, &o, data)
	if err != nil {
		return nil, err
	}
	r.id = identify(o.Config, scalars, o.DataID, data, val)
	r.id.ClassWeights = weights
	lengths := schedule.Lengths{StepsPerEpoch: batchCount(data), Epochs: o.Config.Epochs}
	if o.Config.Schedule.Name != "" {
		s, err := schedule.New(o.Config.Schedule, o.Config.Optimizer.LearningRate, lengths)
		if err != nil {
			return nil, err
		}
		r.id.ScheduleSteps = s.Resolved()
	}

	if r.dir, err = openRunDir(o.Dir, o.Resume); err != nil {
		return nil, err
	}
	fail := func(err error) (*run, error) {
		r.dir.close()
		return nil, err
	}
	var from *checkpoint
	if o.Resume && r.dir != nil {
		if from, err = readCheckpoint(r.dir.path(CheckpointFile), net); err != nil {
			return fail(err)
		}
		if from != nil {
			if d := from.state.Identity.differs(&r.id, net.Scalars); d != "" {
				return fail(fmt.Errorf("cannot resume the run in %s: %s", o.Dir, d))
			}
		} else {
			r.obs.Observe(&Note{Text: fmt.Sprintf("there is no checkpoint in %s: training starts from the beginning", o.Dir)})
		}
	}
	params := o.Params
	switch {
	case from != nil:
		params = from.params
	case params == nil:
		if params, err = initializer.Params(net, o.Config.Seed); err != nil {
			return fail(err)
		}
	default:
		if err := checkVector(net, params); err != nil {
			return fail(err)
		}
	}
	r.pool = pool.New(o.Workers)
	if r.engine, err = newEngine(net, r.pool, params, scalars, &o.Config, lengths, m); err != nil {
		r.pool.Close()
		return fail(err)
	}
	r.engine.weigher.classes = weights
	if val != nil {
		r.infer = newInference(net, r.pool, r.engine.params, r.engine.derived, scalars, m)
	}
	if err := r.restore(from); err != nil {
		r.pool.Close()
		return fail(err)
	}
	return r, nil
}

// restore takes over a checkpoint, if there is one, and brings the files of the
// run directory in line with it.
func (r *run) restore(c *checkpoint) error {
	size := int64(0)
	if c != nil {
		s := &c.state
		r.epoch, r.batch, r.history = s.Epoch, s.Batch, s.History
		if err := s.Totals.restore(&r.totals); err != nil {
			return fmt.Errorf("%s: %w", r.dir.path(CheckpointFile), err)
		}
		if err := r.engine.updater.restore(c); err != nil {
			return fmt.Errorf("%s: %w", r.dir.path(CheckpointFile), err)
		}
		r.begun, r.rateSet = s.Begun, s.RateSet
		r.why, r.hookStop = s.HookStop, s.HookStop
		if r.plateau != nil && s.Plateau != nil {
			r.plateau.plateauState = *s.Plateau
		}
		for i := range r.history {
			r.judge(&r.history[i])
			r.snapshots.epochEnd(&r.history[i])
		}
		if (r.keep.Epoch >= 0) != (c.best != nil) {
			return fmt.Errorf("%s: the best weights and the history contradict each other", r.dir.path(CheckpointFile))
		}
		r.bestParams = c.best
		switch held := r.held(); {
		case held < 0:
		case held == s.Held:
			r.heldParams = c.held
		case held == r.keep.Epoch:
			r.heldParams = append([]float32(nil), c.best...)
		default:
			return fmt.Errorf("cannot resume the run in %s: by its present rules, early stopping may restore the weights of epoch %d, which are not in the checkpoint", r.o.Dir, held+1)
		}
		size = s.MetricsSize
	}
	if r.dir == nil {
		return nil
	}
	if err := r.dir.truncateMetrics(size); err != nil {
		return err
	}
	if c == nil || r.epoch < r.until() {
		type scalar struct { // as config.Number has it, in float32
			Name  string
			Value float32
		}
		scalars := make([]scalar, len(r.net.Scalars))
		for i, s := range r.net.Scalars {
			scalars[i] = scalar{s.Name, r.engine.scalars[i]}
		}
		if err := r.dir.writeJSON(ConfigFile, struct {
			Model, Network, Version string
			Train                   config.Train
			Scalars                 []scalar
			Data                    string
			Examples, Validation    int
		}{r.net.Name, r.net.Hash, r.o.Version, r.o.Config, scalars, r.o.DataID, r.id.Examples, r.id.Validation}); err != nil {
			return err
		}
	}
	if err := r.snapshots.tidy(r.dir); err != nil {
		return err
	}
	if len(r.history) > 0 {
		return r.dir.writeHistory(r.history)
	}
	return nil
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
			r.keep = best{Epoch: logs.Epoch, Value: number(v)}
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

// checkpointDue says whether a checkpoint within the epoch is due after the
// batch just counted.
func (r *run) checkpointDue() bool {
	if r.dir == nil {
		return false
	}
	r.savedBatches++
	every := r.o.CheckpointEvery
	if every == 0 {
		every = 30 * time.Second
	}
	return r.o.CheckpointBatches > 0 && r.savedBatches >= r.o.CheckpointBatches ||
		every > 0 && time.Since(r.saved) >= every
}

// checkpoint writes the state of the run at the current position.
func (r *run) checkpoint() error {
	if r.dir == nil {
		return nil
	}
	start := time.Now()
	if err := r.dir.metrics.Sync(); err != nil {
		return err
	}
	name := r.dir.path(CheckpointFile)
	s := &state{
		Version: stateVersion, Identity: r.id,
		Epoch: r.epoch, Batch: r.batch, Begun: r.begun, Optimizer: r.engine.updater.rule.State,
		Rate: number(r.engine.updater.rate), RateSet: r.rateSet, Held: r.held(), HookStop: r.hookStop,
		Totals: r.totals.save(), History: r.history,
		MetricsSize: r.dir.size,
	}
	if r.plateau != nil {
		s.Plateau = &r.plateau.plateauState
	}
	err := writeCheckpoint(name, r.net, r.engine, r.bestParams, r.heldParams, s, weights.Options{Labels: r.o.Labels, Version: r.o.Version, Table: r.o.Preparation.Table, Tensors: r.o.Preparation.Tensors})
	if err != nil {
		return err
	}
	r.saved, r.savedBatches = time.Now(), 0
	r.obs.Observe(&CheckpointWritten{Path: name, Step: r.engine.step(), Elapsed: r.saved.Sub(start)})
	return nil
}

func (r *run) saveWeights(name string, params []float32) error {
	if r.dir == nil {
		return nil
	}
	return weights.Save(r.dir.path(name), r.net, params, weights.Options{Labels: r.o.Labels, Version: r.o.Version, Table: r.o.Preparation.Table, Tensors: r.o.Preparation.Tensors})
}

// interrupted ends a run whose context was cancelled.
func (r *run) interrupted() (*Result, error) {
	if err := r.pause(); err != nil {
		return nil, err
	}
	return r.result(Interrupted), nil
}

// pause writes what is needed to go on another time.
func (r *run) pause() error {
	if err := r.checkpoint(); err != nil {
		return fmt.Errorf("interrupted, and the checkpoint could not be written: %w", err)
	}
	return r.saveWeights(LastFile, r.engine.params)
}

// finish ends a run that reached its end.
func (r *run) finish() (*Result, error) {
	reason := Completed
	if r.why != "" {
		reason = Stopped
	}
	r.engine.updater.settle()
	if r.held() >= 0 {
		copy(r.engine.params, r.heldParams)
	}
	res := r.result(reason)
	if err := r.saveWeights(LastFile, r.engine.params); err != nil {
		return nil, err
	}
	if err := r.saveWeights(BestFile, res.Params); err != nil {
		return nil, err
	}
	line := metricsLine{Event: "end", Epoch: r.epoch, Step: r.engine.step(), Text: reason.String()}
	if r.why != "" {
		line.Text += ": " + r.why
	}
	if err := r.dir.log(line, nil); err != nil {
		return nil, err
	}
	var logs []Log
	if last := r.history.Last(); last != nil {
		logs = last.Logs
	}
	_, err := r.call("OnTrainEnd", trainEnd, 0, logs)
	return res, err
}

func (r *run) result(reason Reason) *Result {
	res := &Result{Reason: reason, Why: r.why, History: r.history, Params: r.engine.params, BestEpoch: r.keep.Epoch, Step: r.engine.step()}
	switch {
	case r.keep.Epoch >= 0:
		res.Params = r.bestParams
	case reason != Interrupted && r.held() >= 0:
		res.BestEpoch = r.held()
	}
	return res
}
