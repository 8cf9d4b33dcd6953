package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/runtime/job"
	"github.com/cnnc/cnnc/runtime/tune"
)

// A dry run trains a typical point for as long, or for one epoch, to say how
// long the search will take.
const (
	paceTime = 4 * time.Second
	// forward is what an example of the validation part costs of one of training:
	// two of three passes are those of the gradients.
	forward = 1.0 / 3
)

// dryRun shows what a search would be.
func (g *plannedSearch) dryRun(s *streams) error {
	v := g.survey()
	if err := report(s, v.warnings, g.runner.model.sources()); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	g.runner.cancel = stop
	pace, err := g.pace(ctx)
	if ctx.Err() != nil {
		return exitError(exitInterrupted)
	}
	seconds := pace * g.epochs() * v.work / float64(g.cmd.Parallel)
	if limit := g.search.MaxTime; limit > 0 {
		seconds = min(seconds, limit.Seconds())
	}
	if g.cmd.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Model     string         `json:"model"`
			Search    *surveyJSON    `json:"search"`
			Objective tune.Objective `json:"objective"`
			Algorithm string         `json:"algorithm"`
			Epochs    float64        `json:"epochs"`            // of the whole search, about
			Seconds   float64        `json:"seconds,omitempty"` // about; 0: not measured
		}{g.model.Plan.Name, v.json(), g.search.Objective, g.row.name, g.epochs(), seconds})
	}
	g.announce(s.out)
	switch {
	case err != nil:
		fmt.Fprintf(s.out, "how long it takes is not known: %v\n", err)
	case seconds == 0:
		fmt.Fprintln(s.out, "none of the points that were looked at can exist")
	default:
		fmt.Fprintf(s.out, "about %s: an epoch at %s takes %s here, and the mean network has %.2g times its FLOPs\n",
			rounded(time.Duration(seconds*float64(time.Second))), g.search.Space.Text(v.typical), seconds3(pace), v.work)
	}
	return nil
}

// seconds3 writes seconds with three digits.
func seconds3(x float64) string { return fmt.Sprintf("%.3gs", x) }

// pace is how many seconds an epoch of the typical point takes with the threads of
// a trial,
// measured in a short training that leaves nothing behind.
func (g *plannedSearch) pace(ctx context.Context) (float64, error) {
	at := g.survey().typical
	if at == nil {
		return 0, nil
	}
	c, err := g.runner.compile(at)
	if err != nil {
		return 0, err
	}
	bin, err := g.runner.program(c)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "cnnc-tune-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	j := g.runner.job(c, dir, 1)
	p := &paceProgress{}
	ctx, p.enough = context.WithCancel(ctx)
	defer p.enough()
	if err := g.runner.train(ctx, bin, j, p); err != nil && !errors.Is(err, context.Canceled) {
		return 0, err
	}
	if p.epoch > 0 {
		return p.epoch, nil
	}
	if p.rate == 0 {
		return 0, errors.New("not one batch was trained in time")
	}
	return (p.examples + forward*p.validation) / p.rate, nil
}

// paceProgress takes in the events of a training process until they say enough.
type paceProgress struct {
	begin                time.Time
	enough               func()
	examples, validation float64
	rate                 float64 // examples a second
	epoch                float64 // seconds of a whole one
}

func (p *paceProgress) observe(e *trialEvent) {
	switch e.Event {
	case "begin":
		p.begin = time.Now()
		p.examples, p.validation = float64(e.Examples), float64(e.Validation)
	case "batch":
		if p.rate = e.Rate; time.Since(p.begin) > paceTime {
			p.enough()
		}
	case "epoch":
		p.epoch = e.Seconds
		p.enough()
	}
}

// job is the training of a compiled point in a folder, to an epoch.
func (r *trialRunner) job(c *compiled, dir string, until int) *job.Job {
	j := &job.Job{
		Verb: "train", Data: &c.Data, Train: &c.Train, Scalars: map[string]float64{}, Dir: dir, Resume: true, Until: until,
		Workers: r.threads, Progress: "json", Version: version(),
	}
	for _, v := range c.Plan.Scalars {
		j.Scalars[v.Name] = v.Value
	}
	return j
}
