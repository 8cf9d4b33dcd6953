package job

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/tensorboard"
	"github.com/cnnc/cnnc/runtime/train"
)

// Names of what a job adds to the files of a run directory (package train).
const (
	RunFile        = "run.json"        // a Record
	EvaluationFile = "evaluation.json" // an Evaluation
	TensorBoardDir = "tensorboard"     // event files, see package tensorboard
)

// Record says what a run is: written when it begins, and again when it is resumed.
type Record struct {
	Started time.Time // of this process
	Model   string    // the name of the network
	Network string    // its hash
	About   *About    `json:",omitempty"`
	Machine Machine
	Layers  []LayerRecord
	// Parameters is the number of them, moving statistics included.
	Parameters int
	Loss       string // the operation
	Epochs     int    // that the run is for
	Batch      int
	Optimizer  string
	Rate       float64 // the learning rate it begins with
	Seed       uint64
	// Keep is the history key that the best epoch is chosen by, "" for none.
	Keep string `json:",omitempty"`
	// Best is how that key is read: "min", "max" or "auto".
	Best string `json:",omitempty"`
	Data DataRecord
}

// About is what the command knows of a run.
type About struct {
	// Command is the command line that makes this run, without the name of the
	// program; Folder is where it is to be given.
	Command []string
	Folder  string
	// File is the model file, Text what is in it.
	File, Text string
	// Settings are the values given in place of those of the file, as "name=value".
	Settings []string `json:",omitempty"`
	// Memory is what training takes.
	Memory []MemoryRecord `json:",omitempty"`
	// Preparation says what happens to examples before the network gets them.
	Preparation []string `json:",omitempty"`
}

// MemoryRecord is an item of the memory of a run, in bytes.
type MemoryRecord struct {
	Name  string
	Bytes int64
	Note  string `json:",omitempty"`
}

// Machine is what a run runs on.
type Machine struct {
	CPU     string
	Cores   int // logical
	Workers int // threads of the run
	System  string
	ISA     string // of the kernels
	Go      string
	Cnnc    string
}

// LayerRecord is a row of the network's table.
type LayerRecord struct {
	Name, Kind, Args string
	Shape            []int
	Parameters       int
	FLOPs            int64 // forward, one example
	Kernel           string
	Line             int
}

// DataRecord is what a run learns from.
type DataRecord struct {
	Height, Width, Channels int // of the network's input
	// Classes are their names, nil where numbers are predicted.
	Classes []string `json:",omitempty"`
	Parts   []PartRecord
}

// PartRecord is one part of the data.
type PartRecord struct {
	Name     string // "train", "validate", "test"
	Source   string // "folder photos/train"
	Examples int
	Counts   []int `json:",omitempty"` // of examples, by class
	// Sizes are those of the picture files, the most frequent first, of sizesLooked
	// at most; nil where there are no such files.
	Sizes []data.SizeCount `json:",omitempty"`
}

// sizesLooked is the number of picture files of a part whose heads are read.
const sizesLooked = 100

// trained is what a run learns from and how.
type trained struct {
	data  config.Data
	train config.Train
	// sets are the parts, nil where there is none; after is what happens to their
	// examples before the network gets them.
	sets  [3]data.Dataset
	after preprocess.Step
}

// newRecord describes the run of a job.
func newRecord(e *Env, of *trained) *Record {
	cfg, tc, sets := of.data, of.train, of.sets
	workers := e.Job.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	cpu := cpuid.CPU.BrandName
	if cpu == "" {
		cpu = runtime.GOARCH
	}
	r := &Record{
		Started: time.Now().UTC().Truncate(time.Second), Model: e.Net.Name, Network: e.Net.Hash, About: e.Job.About,
		Machine: Machine{
			CPU: cpu, Cores: runtime.NumCPU(), Workers: workers, System: runtime.GOOS + "/" + runtime.GOARCH,
			Go: runtime.Version(), Cnnc: e.Job.Version,
		},
		Loss: e.Net.Loss, Epochs: tc.Epochs, Batch: tc.Batch, Optimizer: tc.Optimizer.Name, Rate: tc.Optimizer.LearningRate, Seed: tc.Seed,
		Keep: tc.Keep.Metric, Best: tc.Keep.Mode,
		Data: DataRecord{Height: e.Net.Height, Width: e.Net.Width, Channels: e.Net.Channels},
	}
	if e.Net.ISA != nil {
		r.Machine.ISA = e.Net.ISA()
	}
	for _, l := range e.Net.Layers {
		r.Layers = append(r.Layers, LayerRecord{l.Name, l.Kind, l.Args, l.Shape, l.Params, l.FLOPs, l.Kernel, l.Line})
		r.Parameters += l.Params
	}
	for i, name := range []string{"train", "validate", "test"} {
		set := sets[i]
		if set == nil {
			continue
		}
		src := [3]config.Source{cfg.Train, cfg.Validate, cfg.Test}[i]
		p := PartRecord{Name: name, Source: sourceText(src), Examples: set.Len(), Sizes: data.PictureSizes(set, sizesLooked)}
		if classes := set.Classes(); len(classes) > 0 {
			r.Data.Classes = classes
			p.Counts = (&stream{set: set}).ClassCounts()
		}
		r.Data.Parts = append(r.Data.Parts, p)
	}
	return r
}

// sourceText names a source as people do.
func sourceText(s config.Source) string {
	if s.Kind == "split" && len(s.Paths) == 0 {
		return fmt.Sprintf("%g %% of %s", 100*s.Fraction, s.Of)
	}
	text := s.Kind
	for _, p := range s.Paths {
		text += " " + p
	}
	return text
}

// recorder writes the record of a run into its directory when it begins, which is
// when the directory is known to be this run's, and takes away the evaluation of
// an earlier one. Without a record, what an earlier run said of itself goes as well.
type recorder struct {
	dir    string
	record *Record // nil for none
	err    error
}

// Observe implements train.Observer.
func (r *recorder) Observe(e train.Event) {
	if _, ok := e.(*train.RunBegin); !ok {
		return
	}
	for _, name := range []string{RunFile, EvaluationFile} {
		if r.err == nil {
			r.err = durable.RemoveTemps(r.dir, name)
		}
	}
	stale := []string{EvaluationFile}
	if r.record == nil {
		stale = append(stale, RunFile)
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil && !os.IsNotExist(err) && r.err == nil {
			r.err = err
		}
	}
	if r.err == nil && r.record != nil {
		r.err = writeJSON(filepath.Join(r.dir, RunFile), r.record)
	}
}

// observeRecords adds to the observer of a run those that write what the job asks
// for. The function it returns is called behind the run, with its result or nil.
// A report is less than a trained network: what goes wrong with it is a note.
func observeRecords(e *Env, o *train.Options, of *trained) (finish func(res *train.Result)) {
	j, obs := e.Job, o.Observer
	if j.Dir == "" {
		return func(*train.Result) {}
	}
	all := observers{obs}
	var log *tensorboard.Log
	if j.TensorBoard {
		log = tensorboard.NewLog(filepath.Join(j.Dir, TensorBoardDir))
		all = append(all, log)
	}
	rec := &recorder{dir: j.Dir}
	if j.Records {
		rec.record = newRecord(e, of)
	}
	all = append(all, rec)
	o.Observer = all
	return func(res *train.Result) {
		if log != nil {
			if err := log.Close(); err != nil {
				obs.Observe(&train.Note{Text: "TensorBoard's event files are not complete: " + err.Error()})
			}
		}
		if rec.err != nil {
			obs.Observe(&train.Note{Text: "the run could not be described: " + rec.err.Error()})
		}
		part, set := "validate", of.sets[1]
		if set == nil {
			part, set = "test", of.sets[2]
		}
		if !j.Records || res == nil || res.Reason == train.Interrupted || set == nil {
			return
		}
		noteEvaluation(obs, evaluateRun(e, of, part, set, res, o.Labels, obs))
	}
}

func writeJSON(name string, v any) error {
	return durable.WriteFile(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(v)
	})
}
