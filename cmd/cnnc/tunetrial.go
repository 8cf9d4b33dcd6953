package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/tune"
)

// trialRunner compiles points and runs them, each in a process of its own.
type trialRunner struct {
	model     *modelText
	space     tune.Space
	objective tune.Objective
	dir       string // of the search
	// always are overrides of every trial, behind those of the command line.
	always  []elab.Override
	threads int // of a trial
	// cancel ends the search: a trial was told to end by somebody else.
	cancel func()

	mu sync.Mutex
	// known is what compiling a point said; programs are built networks, by a hash
	// of their code, and building keeps two trials from building one.
	known    map[string]point
	programs map[[sha256.Size]byte]string
	building sync.Mutex
}

// point is what is kept of a compiled point.
type point struct {
	err   error // why it cannot exist
	bytes int64 // that its training takes
}

// compile takes the model file through the compiler at a point.
func (r *trialRunner) compile(at tune.Values) (*compiled, error) {
	overrides := append(r.model.overrides[:len(r.model.overrides):len(r.model.overrides)], overridesOf(r.space, at)...)
	c, list, err := r.model.compile(append(overrides, r.always...), compiler.Options{})
	if list.HasErrors() {
		return nil, firstError(list)
	}
	if err != nil {
		return nil, err
	}
	if c.Train.Keep.Metric == "" { // the weights of a trial are those of its score
		c.Train.Keep.Metric = r.objective.Metric
	}
	return c, nil
}

// firstError is the first error of a list on one line.
func firstError(list diag.List) error {
	d := firstMistake(list)
	switch {
	case d == nil:
		return nil
	case d.Span.IsValid():
		return errors.New(d.Span.Start.String() + ": " + d.Msg)
	}
	return errors.New(d.Msg)
}

// look compiles a point once and remembers what matters of it.
func (r *trialRunner) look(at tune.Values) point {
	key := at.String()
	r.mu.Lock()
	p, ok := r.known[key]
	r.mu.Unlock()
	if ok {
		return p
	}
	c, err := r.compile(at)
	if p.err = err; err == nil {
		_, training := memory(c, r.threads)
		p.bytes = plan.Total(training)
	}
	r.mu.Lock()
	r.known[key] = p
	r.mu.Unlock()
	return p
}

// program builds the network of a compiled point, once for all points that have
// it.
func (r *trialRunner) program(c *compiled) (string, error) {
	files, err := childFiles(c, false)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n", f.Name, len(f.Data))
		h.Write(f.Data)
	}
	key := [sha256.Size]byte(h.Sum(nil))
	r.building.Lock()
	defer r.building.Unlock()
	if bin, ok := r.programs[key]; ok {
		return bin, nil
	}
	bin, err := buildChild(files, childMain)
	if err != nil {
		return "", err
	}
	r.programs[key] = bin
	return bin, nil
}

// folder is the run folder of an execution of a trial. That of the first is the
// trial's own.
func (r *trialRunner) folder(id, execution int) string {
	dir := tune.TrialDir(r.dir, id)
	if execution > 0 {
		dir = filepath.Join(dir, "execution"+strconv.Itoa(execution+1))
	}
	return dir
}

// leaving is how long a process that an earlier search left behind may take to
// write its last checkpoint.
const leaving = time.Minute

// run is tune.Search.Run. The training goes on from the checkpoint in the trial's
// folder, which an earlier process of the trial left there, or else the trial it
// continues. Without either it trains from the beginning, to the same weights.
func (r *trialRunner) run(ctx context.Context, t *tune.Trial, execution int, report func(int, float64)) error {
	c, err := r.compile(t.Values)
	if err != nil {
		return err
	}
	bin, err := r.program(c)
	if err != nil {
		return err
	}
	dir := r.folder(t.ID, execution)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := r.writeValues(filepath.Join(dir, trialValuesFile), t); err != nil {
		return err
	}
	lock, err := durable.OpenExclusive(filepath.Join(dir, train.MetricsFile), leaving)
	if err != nil {
		return err
	}
	lock.Close()
	checkpoint := filepath.Join(dir, train.CheckpointFile)
	if _, err := os.Stat(checkpoint); errors.Is(err, os.ErrNotExist) && t.Parent >= 0 {
		if err := inherit(filepath.Join(r.folder(t.Parent, execution), train.CheckpointFile), checkpoint); err != nil {
			return err
		}
	}
	j := r.job(c, dir, t.To)
	j.Train.Seed += uint64(execution)
	p := &trialProgress{metric: r.objective.Metric, t: t, execution: execution, report: report, reported: map[int]bool{}}
	for _, done := range t.Reports {
		if done.Execution == execution {
			p.reported[done.Epoch] = true
		}
	}
	if err := r.train(ctx, bin, j, p); err != nil {
		return err
	}
	return p.complete(filepath.Join(dir, train.HistoryFile), r.objective)
}

// trialValuesFile is the point of a trial, in its folder, for --values.
const trialValuesFile = "trial.values"

// writeValues writes a point as --values reads it.
func (r *trialRunner) writeValues(name string, t *tune.Trial) error {
	return durable.WriteFile(name, func(w io.Writer) error {
		for _, o := range overridesOf(r.space, t.Values) {
			if _, err := io.WriteString(w, o.Text+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
}

// inherit makes the checkpoint of a parent that of its child. Checkpoints are
// replaced, never written to, so a link will do where there are links.
func inherit(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return nil // the parent's was pruned: the child trains it again
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return durable.WriteFile(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// eventObserver takes in the events of a training process.
type eventObserver interface{ observe(e *trialEvent) }

// train runs the program on a job and takes in its events.
func (r *trialRunner) train(ctx context.Context, bin string, j *job.Job, p eventObserver) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.WatchStdin = true
	name, err := writeJob(j)
	if err != nil {
		return err
	}
	defer os.Remove(name)
	cmd := exec.Command(bin, name)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(r.threads))
	errs := &tail{}
	cmd.Stderr = errs
	alive, err := cmd.StdinPipe() // closes when this process dies, however it dies
	if err != nil {
		return err
	}
	defer alive.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	sacrifice(cmd.Process.Pid)
	stop := context.AfterFunc(ctx, func() { alive.Close() }) // it writes a checkpoint and ends
	defer stop()
	events := json.NewDecoder(out)
	var bad error
	for bad == nil {
		var e trialEvent
		if bad = events.Decode(&e); bad == nil {
			p.observe(&e)
		}
	}
	if !errors.Is(bad, io.EOF) {
		_, _ = io.Copy(io.Discard, out)
	} else {
		bad = nil
	}
	var exit *exec.ExitError
	switch err := cmd.Wait(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		if exit.ExitCode() == job.ExitInterrupted {
			r.cancel() // Ctrl-C reached the trial first
			return context.Canceled
		}
		return exitReason(exit, errs.last())
	case err != nil:
		return err
	case bad != nil:
		return fmt.Errorf("its events: %w", bad)
	}
	return nil
}

// exitReason says in a line why a training process ended.
func exitReason(exit *exec.ExitError, last string) error {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		if status.Signal() == syscall.SIGKILL {
			return errors.New("killed, most likely because the memory ran out")
		}
		return fmt.Errorf("ended by signal: %s", status.Signal())
	}
	switch {
	case last == "":
		return fmt.Errorf("ended with status %d", exit.ExitCode())
	case strings.HasPrefix(last, "fatal error: ") && (strings.Contains(last, "out of memory") || strings.Contains(last, "cannot allocate memory")):
		return errors.New("the memory ran out (" + last + ")")
	}
	return errors.New(last)
}

// trialEvent is what is read of an event of a training process.
type trialEvent struct {
	Event      string             `json:"event"`
	Epoch      int                `json:"epoch"`
	Reason     string             `json:"reason"`
	Examples   int                `json:"examples"`
	Validation int                `json:"validation"`
	Rate       float64            `json:"examples_per_second"`
	Seconds    float64            `json:"seconds"`
	Logs       map[string]numeral `json:"logs"`
}

// numeral is a number in JSON, or one as a text where JSON has none.
type numeral float64

// UnmarshalJSON reads 0.5, "NaN" and "+Inf".
func (n *numeral) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = numeral(v)
	return err
}

// tail keeps the end of what is written to it, and the first line of a panic or of
// a fatal error: what follows it are stacks, of any length.
type tail struct {
	mu    sync.Mutex
	text  []byte
	begun int    // where the line under way begins in text
	fatal string // "" for none
}

// maxTail is how much is kept, in bytes.
const maxTail = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := p; len(rest) > 0; {
		part := rest
		i := bytes.IndexByte(rest, '\n')
		if i >= 0 {
			part = rest[:i+1]
		}
		rest = rest[len(part):]
		t.text = append(t.text, part...)
		if i >= 0 {
			t.note(t.text[t.begun:])
		}
		if n := len(t.text) - maxTail; n > 0 {
			t.text = append(t.text[:0], t.text[n:]...)
			t.begun = max(t.begun-n, 0)
		}
		if i >= 0 {
			t.begun = len(t.text)
		}
	}
	return len(p), nil
}

// note looks at a line.
func (t *tail) note(line []byte) {
	if t.fatal == "" && (bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: "))) {
		t.fatal = string(bytes.TrimSpace(line))
	}
}

// last is the last line that says something. Of a panic it is the first: what
// follows are the stacks.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.note(t.text[t.begun:])
	if t.fatal != "" {
		return t.fatal
	}
	lines := bytes.Split(t.text, []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		if l := bytes.TrimSpace(lines[i]); len(l) > 0 {
			return string(l)
		}
	}
	return ""
}
