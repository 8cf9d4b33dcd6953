package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// Exit codes of Main.
const (
	ExitOK     = 0
	ExitFailed = 1
	// ExitUsage: the job itself is wrong.
	ExitUsage = 2
	// ExitInterrupted follows Ctrl-C, after a checkpoint: 128 + SIGINT, as shells
	// report it.
	ExitInterrupted = 130
)

// Job says what to do. Its JSON has the field names as they are here.
type Job struct {
	// Verb is "train", "eval", "predict", "serve", "bench", or one added by the program.
	Verb string
	// Data and Train replace the sections of the model file; nil keeps them.
	Data  *config.Data  `json:",omitempty"`
	Train *config.Train `json:",omitempty"`
	// Scalars replaces run-time numbers of the network, by name.
	Scalars map[string]float64 `json:",omitempty"`

	// Dir is the run directory. For train it is written; for others the weights
	// are looked for in it.
	Dir    string `json:",omitempty"`
	Resume bool   `json:",omitempty"`
	// Until ends training behind so many epochs, 0 behind those of Train; see
	// train.Options.
	Until int `json:",omitempty"`
	// CheckpointSeconds and CheckpointBatches are the distance of checkpoints
	// within an epoch; 0 is the default of package train.
	CheckpointSeconds float64 `json:",omitempty"`
	CheckpointBatches int     `json:",omitempty"`

	// Records asks train for what a report is made of: RunFile when the run begins,
	// EvaluationFile when it has ended.
	Records bool `json:",omitempty"`
	// TensorBoard asks train for event files in TensorBoardDir.
	TensorBoard bool `json:",omitempty"`
	// About is what the one who made the job knows of the run; it goes into RunFile
	// as it is.
	About *About `json:",omitempty"`

	// Weights is the weight file of eval, predict and bench; "" takes the best of
	// Dir, or the last if there is none. For train it is where training starts.
	Weights string `json:",omitempty"`
	// Part is what eval evaluates on: "train", "validate" or "test"; "" takes
	// test if there is one, else validate.
	Part string `json:",omitempty"`
	// Files are the pictures or tables of predict; folders stand for the pictures
	// below them. Top is the number of labels shown for each, 0 for 3.
	Files []string `json:",omitempty"`
	Top   int      `json:",omitempty"`
	// Format is how predict writes them: "text" (also ""), "bars", "csv" or "json".
	// Width is the columns of the terminal that bars are for, 0 for 80; Color says
	// that it has colours. Show adds the picture as the network gets it, to text and
	// bars. Output is a file to write to instead of standard output.
	Format string `json:",omitempty"`
	Width  int    `json:",omitempty"`
	Color  bool   `json:",omitempty"`
	Show   bool   `json:",omitempty"`
	Output string `json:",omitempty"`
	// Pictures is the folder for those that predict makes of a network that gives its
	// input back.
	Pictures string `json:",omitempty"`

	// TimeData asks bench to time the training data too.
	TimeData bool `json:",omitempty"`

	// Workers is the number of threads, 0 for GOMAXPROCS.
	Workers int `json:",omitempty"`
	// Progress is "auto" (also ""), "plain", "json" or "none".
	Progress string `json:",omitempty"`
	// Events is a descriptor of this process that gets the events of progress
	// "json" beside what Progress shows; 0 for none.
	Events int `json:",omitempty"`
	// JSON asks for the result as JSON instead of tables.
	JSON bool `json:",omitempty"`
	// WatchStdin says that standard input is a pipe from the process that started
	// this one: when it closes, that process is gone, and the job ends as if by
	// Ctrl-C.
	WatchStdin bool `json:",omitempty"`
	// Version is that of cnnc, for the weight files.
	Version string `json:",omitempty"`
	// Args belong to added verbs.
	Args map[string]string `json:",omitempty"`
}

// Env is what a verb works with.
type Env struct {
	// Context ends at the first Ctrl-C.
	Context context.Context
	Net     *model.Network
	Job     *Job
	// Stdout takes results, Stderr progress and messages.
	Stdout, Stderr io.Writer

	// prepared is how examples are prepared, as Weights found it.
	prepared weights.Preparation
}

// Verb is one thing a job can ask for.
type Verb struct {
	Name, Doc string
	Run       func(e *Env) error
}

// verbs are those of every program.
var verbs = []Verb{
	{"train", "train the network", runTrain},
	{"eval", "measure it on a part of the data", runEval},
	{"predict", "label pictures or rows of tables", runPredict},
	{"serve", "answer requests over a pipe", runServe},
	{"bench", "time every kernel call", runBench},
}

// errInterrupted is returned by a verb that Ctrl-C ended cleanly.
var errInterrupted = errors.New("interrupted")

// usageError is an error about the job itself.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the job in the file that the first argument of the program names
// and returns the exit code. more are verbs beside the built-in ones; a name
// that is already there is replaced.
func Main(net *model.Network, more ...Verb) int {
	return run(net, os.Args[1:], os.Stdout, os.Stderr, more)
}

func run(net *model.Network, args []string, stdout, stderr io.Writer, more []Verb) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer endOnSignal(cancel)()

	err := func() error {
		j, err := readJob(args)
		if err != nil {
			return err
		}
		verb, err := lookup(j.Verb, more)
		if err != nil {
			return err
		}
		if j.WatchStdin {
			// The file was made for this process. Its maker removes it as well,
			// unless it is killed.
			_ = os.Remove(args[0])
			go func() {
				_, _ = io.Copy(io.Discard, os.Stdin)
				cancel()
			}()
		}
		return verb.Run(&Env{Context: ctx, Net: net, Job: j, Stdout: stdout, Stderr: stderr})
	}()
	var usage usageError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errInterrupted), ctx.Err() != nil && errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v\n", net.Name, err)
		return ExitUsage
	}
	fmt.Fprintf(stderr, "%s: %v\n", net.Name, err)
	return ExitFailed
}

// patience is how long signals after the first are taken for echoes of it: a
// Ctrl-C may come from the terminal and be passed on by the process that started
// this one as well.
const patience = 500 * time.Millisecond

// endOnSignal calls cancel at the first signal that asks to end, and restores
// the default soon after, so that another one kills. The function it returns
// restores the default at once.
func endOnSignal(cancel func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-over:
			return
		}
		cancel()
		select {
		case <-time.After(patience):
		case <-over:
		}
		signal.Stop(signals)
	}()
	return func() { signal.Stop(signals); close(over) }
}

// maxJob is the longest job file, in bytes.
const maxJob = 16 << 20

func readJob(args []string) (*Job, error) {
	if len(args) != 1 {
		return nil, usagef("want one argument, the file of the job; this program is run by cnnc")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, usageError{err}
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxJob))
	d.DisallowUnknownFields()
	j := &Job{}
	if err := d.Decode(j); err != nil {
		return nil, usagef("%s: %w", args[0], err)
	}
	return j, nil
}

func lookup(name string, more []Verb) (*Verb, error) {
	var names []string
	for _, list := range [][]Verb{more, verbs} {
		for i := range list {
			if list[i].Name == name {
				return &list[i], nil
			}
			names = append(names, list[i].Name)
		}
	}
	return nil, usagef("unknown verb %q, want one of %s", name, strings.Join(names, ", "))
}

// Config returns the data and train sections of the job, or of the model file.
func (e *Env) Config() (config.Data, config.Train) {
	d, t := e.Net.Data, e.Net.Train
	if e.Job.Data != nil {
		d = *e.Job.Data
	}
	if e.Job.Train != nil {
		t = *e.Job.Train
	}
	return d, t
}

// Scalars returns the network's run-time numbers with those of the job.
func (e *Env) Scalars() ([]float32, error) {
	out := make([]float32, len(e.Net.Scalars))
	used := 0
	for i, s := range e.Net.Scalars {
		v, ok := e.Job.Scalars[s.Name]
		if ok {
			used++
		} else {
			v = s.Value
		}
		out[i] = float32(v)
	}
	if used < len(e.Job.Scalars) {
		for name := range e.Job.Scalars {
			known := false
			for _, s := range e.Net.Scalars {
				known = known || s.Name == name
			}
			if !known {
				return nil, usagef("the network has no run-time number %q", name)
			}
		}
	}
	return out, nil
}

// Weights loads the weights the job asks for and says from which file.
func (e *Env) Weights() (params []float32, labels []string, name string, err error) {
	name = e.Job.Weights
	if name == "" {
		if e.Job.Dir == "" {
			return nil, nil, "", usagef("neither weights nor a run directory are given")
		}
		for _, f := range []string{train.BestFile, train.LastFile} {
			name = filepath.Join(e.Job.Dir, f)
			if _, err := os.Stat(name); err == nil {
				break
			}
			name = ""
		}
		if name == "" {
			return nil, nil, "", fmt.Errorf("%s holds no weights; train the network first", e.Job.Dir)
		}
	}
	f, err := weights.ReadFile(name)
	if err != nil {
		return nil, nil, name, err
	}
	if params, labels, err = weights.Decode(f, e.Net); err != nil {
		return nil, nil, name, fmt.Errorf("%s: %w", name, err)
	}
	e.prepared = f.Prepared()
	return params, labels, name, nil
}
