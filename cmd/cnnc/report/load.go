package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
	"github.com/cnnc/cnnc/runtime/train"
)

// File is the name of the report in a run folder.
const File = "report.html"

// State is how far a run is.
type State string

// The states.
const (
	Running     State = "running"     // by a process that is alive
	Interrupted State = "interrupted" // it can be resumed
	Done        State = "done"
)

// Run is what is known of a run.
type Run struct {
	Dir   string
	State State
	// Why is how the run ended, such as "stopped: val_loss has stalled"; "" before.
	Why string
	// Begun is when its first process began, Ended the time of the last line.
	Begun, Ended time.Time
	Epochs       []Epoch
	// Record and Evaluation are nil where the files are missing.
	Record     *job.Record
	Evaluation *job.Evaluation
	// Settings are those of config.json, as the file has them; nil without it.
	Settings json.RawMessage
}

// Epoch is an epoch of a run.
type Epoch struct {
	Number  int // from 1
	Seconds float64
	// Waiting is the part of Seconds that was spent waiting for data.
	Waiting float64
	Rate    float64 // examples a second in training
	// Best says that the epoch was the best one so far.
	Best bool
	Logs map[string]job.Number
}

// Value is one of the logs of an epoch.
func (e *Epoch) Value(key string) (float64, bool) {
	v, ok := e.Logs[key]
	return float64(v), ok
}

// ErrNoRun says that a folder holds no run.
var ErrNoRun = errors.New("not a run folder")

// limit is the longest file of a run that is read, besides weights.
const limit = 256 << 20

// Load reads a run folder. The error wraps ErrNoRun when there is no run in it.
func Load(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if err := r.readMetrics(); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name string
		read func(b []byte) error
	}{
		{job.RunFile, func(b []byte) error { return json.Unmarshal(b, &r.Record) }},
		{job.EvaluationFile, r.readEvaluation},
		{train.ConfigFile, func(b []byte) error { return json.Unmarshal(b, &r.Settings) }},
	} {
		name := filepath.Join(dir, f.name)
		b, err := readFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = f.read(b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

// readEvaluation reads an evaluation, whose matrix is square.
func (r *Run) readEvaluation(b []byte) error {
	if err := json.Unmarshal(b, &r.Evaluation); err != nil || r.Evaluation == nil {
		return err
	}
	ev := r.Evaluation
	if n := len(ev.Confusion); n > 0 {
		if len(ev.Classes) != n {
			return fmt.Errorf("a confusion matrix of %d rows for %d classes", n, len(ev.Classes))
		}
		for _, row := range ev.Confusion {
			if len(row) != n {
				return fmt.Errorf("a confusion matrix of %d rows with one of %d columns", n, len(row))
			}
		}
	}
	return nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && len(b) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return b, err
}

// metricsLine is a line of metrics.jsonl.
type metricsLine struct {
	Event   string                `json:"event"`
	Time    time.Time             `json:"time"`
	Epoch   int                   `json:"epoch"`
	Seconds float64               `json:"seconds"`
	Waiting float64               `json:"waiting_seconds"`
	Rate    float64               `json:"examples_per_second"`
	Logs    map[string]job.Number `json:"logs"`
	Best    bool                  `json:"best"`
	Text    string                `json:"text"`
}

// readMetrics reads metrics.jsonl, and finds out whether someone is writing it.
func (r *Run) readMetrics() error {
	name := filepath.Join(r.Dir, train.MetricsFile)
	b, err := readFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w: it has no %s", r.Dir, ErrNoRun, train.MetricsFile)
	}
	if err != nil {
		return err
	}
	r.State = Interrupted
	scan := bufio.NewScanner(bytes.NewReader(b))
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		var l metricsLine
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			if !bytes.HasSuffix(b, []byte("\n")) && bytes.HasSuffix(b, scan.Bytes()) {
				break // the last line of a process that was killed, or writes it now
			}
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		r.take(&l)
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f, err := durable.OpenExclusive(name, 0)
	switch {
	case err == nil:
		f.Close()
	case errors.Is(err, durable.ErrBusy):
		r.State = Running
	}
	// A folder that cannot be written to has no process that does.
	return nil
}

func (r *Run) take(l *metricsLine) {
	if r.Begun.IsZero() {
		r.Begun = l.Time
	}
	r.Ended = l.Time
	switch l.Event {
	case "begin":
		r.State, r.Why = Interrupted, ""
	case "epoch":
		r.Epochs = append(r.Epochs, Epoch{Number: l.Epoch, Seconds: l.Seconds, Waiting: l.Waiting, Rate: l.Rate, Best: l.Best, Logs: l.Logs})
	case "end":
		r.State, r.Why = Done, l.Text
	}
}

// Keys are the names of the logs of all epochs, in order.
func (r *Run) Keys() []string {
	var keys []string
	for i := range r.Epochs {
		for key := range r.Epochs[i].Logs {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// Metrics are the keys that are no losses and no learning rate, without their
// val_.
func (r *Run) Metrics() []string {
	var names []string
	for _, key := range r.Keys() {
		name := strings.TrimPrefix(key, "val_")
		if name != "loss" && name != "learning_rate" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Best is the best epoch so far by the keep rule of the run, nil without one.
func (r *Run) Best() *Epoch {
	for i := len(r.Epochs) - 1; i >= 0; i-- {
		if r.Epochs[i].Best {
			return &r.Epochs[i]
		}
	}
	return nil
}

// Shown is the epoch whose values stand for the run: the best one, or the last;
// nil before the first is over.
func (r *Run) Shown() *Epoch {
	if e := r.Best(); e != nil || len(r.Epochs) == 0 {
		return e
	}
	return &r.Epochs[len(r.Epochs)-1]
}

// Headline is the value that a run is known by, that of Shown: the one its best
// epoch is chosen by, otherwise a metric of validation, of training, or the loss.
func (r *Run) Headline() (key string, value float64, ok bool) {
	e := r.Shown()
	if e == nil {
		return "", 0, false
	}
	var keys []string
	if r.Record != nil && r.Record.Keep != "" {
		keys = append(keys, r.Record.Keep)
	}
	for _, name := range r.Metrics() {
		keys = append(keys, "val_"+name)
	}
	keys = append(keys, r.Metrics()...)
	for _, key := range append(keys, "val_loss", "loss") {
		if v, ok := e.Value(key); ok {
			return key, v, true
		}
	}
	return "", 0, false
}

// Seconds is the time that all epochs took.
func (r *Run) Seconds() float64 {
	sum := 0.0
	for i := range r.Epochs {
		sum += r.Epochs[i].Seconds
	}
	return sum
}

// Name is what the run is called: its folder.
func (r *Run) Name() string { return filepath.Base(r.Dir) }
