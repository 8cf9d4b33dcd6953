package train

import (
	"fmt"
	"time"

	"github.com/cnnc/cnnc/runtime/weights"
)

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
		Rate: Number(r.engine.updater.rate), RateSet: r.rateSet, Held: r.held(), HookStop: r.hookStop,
		Totals: r.totals.save(), History: r.history,
		MetricsSize: r.dir.size,
	}
	if r.plateau != nil {
		s.Plateau = &r.plateau.plateauState
	}
	err := writeCheckpoint(name, r.net, r.engine, r.bestParams, r.heldParams, s, r.weightOptions())
	if err != nil {
		return err
	}
	r.saved, r.savedBatches = time.Now(), 0
	r.obs.Observe(&CheckpointWritten{Path: name, Step: r.engine.step(), Elapsed: r.saved.Sub(start)})
	return nil
}

// weightOptions are what all weight files of the run hold besides the weights.
func (r *run) weightOptions() weights.Options {
	return weights.Options{Labels: r.o.Labels, Version: r.o.Version, Table: r.o.Preparation.Table, Tensors: r.o.Preparation.Tensors}
}

func (r *run) saveWeights(name string, params []float32) error {
	if r.dir == nil {
		return nil
	}
	return weights.Save(r.dir.path(name), r.net, params, r.weightOptions())
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
