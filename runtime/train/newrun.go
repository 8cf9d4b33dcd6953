package train

import (
	"errors"
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/initializer"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/pool"
	"github.com/cnnc/cnnc/runtime/schedule"
)

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
	if err := r.newRules(); err != nil {
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

	if r.dir, err = openRunDir(o.Dir); err != nil {
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
	// Now that nothing can be wrong with the settings, an earlier run may go.
	if !o.Resume {
		err = r.dir.forget()
	}
	if err == nil {
		err = r.restore(from)
	}
	if err != nil {
		r.pool.Close()
		return fail(err)
	}
	return r, nil
}

// newRules makes the rules that end, keep and slow down training.
func (r *run) newRules() error {
	o := &r.o.Config
	check := func(what, key string) error { return checkKey(what, key, r.meter.names, r.val != nil) }
	var err error
	if r.stops, err = newStopRules(o.Stop, check); err != nil {
		return err
	}
	if c := o.Reduce; c != nil {
		if err := check("reduce rate when", c.Metric); err != nil {
			return err
		}
		if o.Schedule.Name != "" {
			return fmt.Errorf("reduce: the schedule %s determines the learning rate", o.Schedule.Name)
		}
		if r.plateau, err = newPlateau(*c); err != nil {
			return err
		}
	}
	r.keepFrom = best{Epoch: -1}
	if k := o.Keep; k.Metric != "" {
		if err := check("keep best", k.Metric); err != nil {
			return err
		}
		if r.keepUp, err = upward(k.Metric, k.Mode); err != nil {
			return fmt.Errorf("keep best: %w", err)
		}
		if k.Threshold != nil {
			r.keepFrom = best{Value: Number(k.Threshold.Value)}
		}
	}
	r.snapshots, err = newSnapshots(o.Keep, check)
	return err
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
