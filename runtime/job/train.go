package job

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// progressFor returns the observer of the job. JSON events go to the standard
// output, where a program reads them; everything else to the standard error.
func progressFor(e *Env) (train.Observer, func(), error) {
	w := e.Stderr
	if e.Job.Progress == "json" {
		w = e.Stdout
	}
	o, err := newProgress(e.Job.Progress, w)
	if err != nil {
		return nil, nil, err
	}
	done := func() {}
	if p, ok := o.(*progress); ok {
		done = p.done
	}
	return withEvents(e.Job, o), done, nil
}

func runTrain(e *Env) (err error) {
	cfg, tc := e.Config()
	j := e.Job
	obs, clearLine, err := progressFor(e)
	if err != nil {
		return err
	}
	defer clearLine()
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	trainSet, valSet, testSet, err := data.OpenAll(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close(trainSet, valSet, testSet)) }()
	if trainSet == nil {
		return usagef("the model file names no data to train with")
	}
	if err := checkClasses(e.Net, cfg, trainSet); err != nil {
		return err
	}
	batch := cmp.Or(tc.Batch, cfg.Batch)
	trainImages, err := data.Cache(trainSet, cfg.Cache, "")
	if err != nil {
		return err
	}
	if trainImages != trainSet {
		defer func() { err = errors.Join(err, data.Close(trainImages)) }()
	}
	after, err := e.learnStandard(trainImages, cfg, obs)
	if err != nil {
		return err
	}
	trainData, err := newTrainStream(e.Net, trainImages, cfg, after, batch, tc.Seed, j.Workers)
	if err != nil {
		return err
	}
	var valData train.Data
	var valStream *stream
	if valSet != nil {
		valImages, err := data.Cache(valSet, cfg.Cache, "")
		if err != nil {
			return err
		}
		if valImages != valSet {
			defer func() { err = errors.Join(err, data.Close(valImages)) }()
		}
		if valStream, err = newStream(e.Net, valImages, cfg, after, batch, tc.Seed, j.Workers); err != nil {
			return err
		}
		valData = valStream
	}
	id, err := dataID(cfg, after, trainSet, valSet)
	if err != nil {
		return err
	}
	o := train.Options{
		Config: tc, Scalars: scalars, Dir: j.Dir, Resume: j.Resume, Until: j.Until, DataID: id,
		CheckpointEvery:   time.Duration(j.CheckpointSeconds * float64(time.Second)),
		CheckpointBatches: j.CheckpointBatches,
		Labels:            trainSet.Classes(), Version: j.Version, Workers: j.Workers, Observer: obs,
		Preparation: weights.Preparation{Tensors: standardTensors(after)},
	}
	if j.Weights != "" {
		if o.Params, _, err = weights.Load(j.Weights, e.Net); err != nil {
			return err
		}
	}
	if f := data.Fitted(trainSet); f != nil {
		text, err := f.Encode()
		if err != nil {
			return err
		}
		o.Preparation.Table = string(text)
	}
	finishRecords := observeRecords(e, &o, &trained{cfg, tc, [3]data.Dataset{trainSet, valSet, testSet}, after})
	limitGarbage(e.Net, j.Workers)
	begin := time.Now()
	res, err := train.Train(e.Context, e.Net, trainData, valData, o)
	clearLine()
	noteSkipped(obs, "training", trainData)
	if valStream != nil {
		noteSkipped(obs, "validation", valStream)
	}
	noteLeftOut(obs, trainSet, valSet)
	finishRecords(res)
	clearLine()
	if err != nil {
		return err
	}
	if err := reportTraining(e, res, time.Since(begin)); err != nil {
		return err
	}
	if res.Reason == train.Interrupted {
		return errInterrupted
	}
	return nil
}

// garbage is what may pile up between two garbage collections, in bytes.
const garbage = 12 << 20

// limitGarbage keeps the memory of a run close to what was planned. Almost all
// of it is arenas that live as long as the run; by default the collector would
// let as much garbage of decoded pictures pile up beside them.
func limitGarbage(net *model.Network, workers int) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	live := workers*(net.InferArenaBytes+net.TrainArenaBytes) + 4*((2+net.Shards+net.Slots)*net.ParamFloats+net.DerivedFloats)
	debug.SetGCPercent(min(max(100*garbage/max(live, 1), 5), 100))
}

// noteSkipped tells which pictures or rows were left out.
func noteSkipped(o train.Observer, what string, s *stream) {
	if s.skipped == 0 {
		return
	}
	noun := "picture"
	if data.Fitted(s.set) != nil {
		noun = "row"
	}
	text := fmt.Sprintf("%s: %s could not be read and %s left out", what, count(s.skipped, noun), were(s.skipped))
	if s.skipped > len(s.first) {
		text += ", among them"
	}
	o.Observe(&train.Note{Text: text + ":"})
	for _, err := range s.first {
		o.Observe(&train.Note{Text: "  " + err.Error()})
	}
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// trainReport is the result of training as JSON.
type trainReport struct {
	Event   string            `json:"event"` // "result"
	Model   string            `json:"model"`
	Reason  string            `json:"reason"`
	Why     string            `json:"why,omitempty"`
	Epochs  int               `json:"epochs"`
	Steps   int               `json:"steps"`
	Seconds float64           `json:"seconds"`
	Best    int               `json:"best_epoch,omitempty"` // from 1
	Logs    map[string]Number `json:"logs,omitempty"`
	Dir     string            `json:"dir,omitempty"`
	Weights string            `json:"weights,omitempty"`
}

func reportTraining(e *Env, res *train.Result, elapsed time.Duration) error {
	j := e.Job
	shown := res.History.Last()
	if res.BestEpoch >= 0 {
		shown = &res.History[res.BestEpoch]
	}
	weightFile := ""
	if j.Dir != "" && res.Reason != train.Interrupted {
		weightFile = filepath.Join(j.Dir, train.BestFile)
	}
	if j.JSON || j.Progress == "json" {
		r := trainReport{
			Event: "result", Model: e.Net.Name, Reason: res.Reason.String(), Why: res.Why, Epochs: len(res.History), Steps: res.Step,
			Seconds: elapsed.Seconds(), Best: res.BestEpoch + 1, Dir: j.Dir, Weights: weightFile,
		}
		if shown != nil {
			r.Logs = logsJSON(shown.Logs)
		}
		return json.NewEncoder(e.Stdout).Encode(r)
	}
	t := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	reason := res.Reason.String()
	if res.Why != "" {
		reason += ": " + res.Why
	}
	row("training", "%s", reason)
	row("epochs", "%d, %d steps, %s", len(res.History), res.Step, short(elapsed))
	if shown != nil {
		which := "last epoch"
		if res.BestEpoch >= 0 {
			which = fmt.Sprintf("best epoch, %d", res.BestEpoch+1)
		}
		row(which, "")
		for _, l := range shown.Logs {
			row("  "+l.Name, "%s", logText(l))
		}
	}
	if j.Dir != "" {
		if weightFile != "" {
			row("weights", "%s", weightFile)
		}
		if _, tc := e.Config(); tc.Keep.Every > 0 {
			row("of epochs", "%s", filepath.Join(j.Dir, train.EpochsDir))
		}
		row("history", "%s", filepath.Join(j.Dir, train.HistoryFile))
		if res.Reason == train.Interrupted {
			row("checkpoint", "%s; --resume goes on from there", filepath.Join(j.Dir, train.CheckpointFile))
		}
	}
	return t.Flush()
}

// labelsFor returns the class names to show; of values, names of the outputs.
func labelsFor(net *model.Network, fromWeights []string) []string {
	n := net.Classes()
	if n == 0 {
		n = net.Outputs
	}
	for _, l := range [][]string{fromWeights, net.Labels} {
		if len(l) == n {
			return l
		}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(i)
	}
	return out
}
