package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/cnnc/cnnc/runtime/durable"
)

// Names of the files of a run directory.
const (
	ConfigFile     = "config.json"            // the settings of the run
	HistoryFile    = "history.csv"            // one row an epoch
	MetricsFile    = "metrics.jsonl"          // one event a line, with times
	CheckpointFile = "checkpoint.safetensors" // everything needed to go on
	BestFile       = "best.safetensors"       // the result: the best weights so far, or the last
	LastFile       = "last.safetensors"       // the weights at the end
)

// runDir is an open run directory; nil writes nothing.
type runDir struct {
	dir     string
	metrics *os.File
	// size is the length of the metrics file.
	size int64
}

// handover is how long a run waits for another one in its directory to end.
const handover = 2 * time.Second

// openRunDir makes the directory, locks it against other processes and clears what a
// killed process has left of files.
func openRunDir(dir string) (*runDir, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	// The metrics file is open as long as the run, and so is the lock on the
	// directory. One who resumes right after killing a run may have to wait for
	// its last checkpoint.
	f, err := durable.OpenExclusive(filepath.Join(dir, MetricsFile), handover)
	if errors.Is(err, durable.ErrBusy) {
		return nil, fmt.Errorf("another process is training in %s; wait for it, or choose another directory", dir)
	}
	if err != nil {
		return nil, err
	}
	d := &runDir{dir: dir, metrics: f}
	for _, name := range runFiles {
		if err := durable.RemoveTemps(dir, name); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

// runFiles are the files of a run that are replaced as a whole.
var runFiles = []string{ConfigFile, HistoryFile, CheckpointFile, BestFile, LastFile}

// forget removes what an earlier run has left: its checkpoint must not be taken for
// one of this run.
func (d *runDir) forget() error {
	if d == nil {
		return nil
	}
	for _, name := range runFiles {
		if err := os.Remove(d.path(name)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func (d *runDir) path(name string) string { return filepath.Join(d.dir, name) }

// truncateMetrics drops the lines written after the checkpoint that a run goes
// on from.
func (d *runDir) truncateMetrics(size int64) error {
	if d == nil {
		return nil
	}
	info, err := d.metrics.Stat()
	if err != nil {
		return err
	}
	d.size = min(size, info.Size())
	if err := d.metrics.Truncate(d.size); err != nil {
		return err
	}
	_, err = d.metrics.Seek(d.size, io.SeekStart)
	return err
}

// metricsLine is a line of metrics.jsonl.
type metricsLine struct {
	Event   string            `json:"event"` // "begin", "epoch", "end"
	Time    string            `json:"time"`
	Epoch   int               `json:"epoch"` // from 1; for "begin", the one to come
	Step    int               `json:"step"`  // updates done
	Seconds float64           `json:"seconds,omitempty"`
	Waiting float64           `json:"waiting_seconds,omitempty"`
	Rate    float64           `json:"examples_per_second,omitempty"`
	Logs    map[string]Number `json:"logs,omitempty"`
	Best    bool              `json:"best,omitempty"`
	Text    string            `json:"text,omitempty"`
}

// log appends a line. It is synced by the next checkpoint only: a lost line is
// written again when the run is resumed.
func (d *runDir) log(line metricsLine, logs []Log) error {
	if d == nil {
		return nil
	}
	line.Time = time.Now().UTC().Format(time.RFC3339)
	if logs != nil {
		line.Logs = make(map[string]Number, len(logs))
		for _, l := range logs {
			line.Logs[l.Name] = Number(l.Value)
		}
	}
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	n, err := d.metrics.Write(append(b, '\n'))
	d.size += int64(n)
	return err
}

// writeJSON replaces a file of the directory.
func (d *runDir) writeJSON(name string, v any) error {
	if d == nil {
		return nil
	}
	return durable.WriteFile(d.path(name), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// writeHistory replaces history.csv.
func (d *runDir) writeHistory(h History) error {
	if d == nil {
		return nil
	}
	return durable.WriteFile(d.path(HistoryFile), h.WriteCSV)
}

func (d *runDir) close() error {
	if d == nil {
		return nil
	}
	if err := d.metrics.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", MetricsFile, err)
	}
	return nil
}
