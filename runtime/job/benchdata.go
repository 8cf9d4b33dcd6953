package job

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/terminal"
)

// dataTime is how long examples of one kind are read, at least; the pass that
// fills a cache ends with the epoch instead, or after dataPatience.
const (
	dataTime     = 1500 * time.Millisecond
	dataPatience = 30 * time.Second
)

// benchData is how fast examples of the training part come, decoded, resized,
// augmented and rescaled, with nothing else to do.
type benchData struct {
	What     string  `json:"what"` // "source", "cache"
	Workers  int     `json:"workers"`
	Examples int     `json:"examples"` // that were timed
	Rate     float64 `json:"examples_per_second"`
}

// data times the training data of the model file with one worker and with all:
// from where they lie and, with a cache, from there.
func (b *bench) data() (err error) {
	if !b.Job.TimeData {
		return nil
	}
	cfg, tc := b.Config()
	set, val, test, err := data.OpenAll(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close(set, val, test)) }()
	if set == nil {
		return errors.New("the model file names no data to train with")
	}
	batch := cmp.Or(tc.Batch, cfg.Batch)
	workers := []int{1, runtime.GOMAXPROCS(0)}
	if b.Job.Workers > 0 {
		workers[1] = b.Job.Workers
	}
	workers = slices.Compact(workers)
	after, err := b.learnStandard(set, cfg, &lapTimer{})
	if err != nil {
		return err
	}
	read := func(what string, set data.Dataset, workers int, atLeast time.Duration, once bool) (benchData, error) {
		s, err := newTrainStream(b.Net, set, cfg, after, batch, tc.Seed, workers)
		if err != nil {
			return benchData{}, err
		}
		if workers == 1 { // the loader's own goroutine must not help
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		}
		d := benchData{What: what, Workers: workers}
		start := time.Now()
		for epoch := 0; ; epoch++ {
			more, err := b.readEpoch(s, epoch, &d.Examples, func() bool { return time.Since(start) < atLeast })
			if err != nil {
				return d, err
			}
			if !more || once {
				break
			}
		}
		d.Rate = float64(d.Examples) / time.Since(start).Seconds()
		return d, nil
	}
	for _, w := range workers {
		d, err := read("source", set, w, dataTime, false)
		if err != nil {
			return err
		}
		b.report.Data = append(b.report.Data, d)
	}
	images, err := data.Cache(set, cfg.Cache, "")
	if err != nil || images == set {
		return err
	}
	defer func() { err = errors.Join(err, data.Close(images)) }()
	if _, err := read("cache", images, workers[len(workers)-1], dataPatience, true); err != nil {
		return err
	}
	for _, w := range workers {
		d, err := read("cache", images, w, dataTime, false)
		if err != nil {
			return err
		}
		b.report.Data = append(b.report.Data, d)
	}
	return nil
}

// readEpoch reads batches, adding up their examples, as long as going says so. It
// returns whether the epoch ended before.
func (b *bench) readEpoch(s *stream, epoch int, examples *int, going func() bool) (more bool, err error) {
	batches, err := s.Batches(b.Context, epoch, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, batches.Close()) }()
	for going() {
		batch, err := batches.Next()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		*examples += batch.N
	}
	return false, nil
}

// writeData prints the rates of the data beside what training takes.
func (r *benchReport) writeData(b *strings.Builder, to *terminal.Terminal) {
	if len(r.Data) == 0 {
		return
	}
	b.WriteString("\nthe training data, decoded, resized and augmented, nothing else running\n")
	names := map[string]string{"source": "from its source", "cache": "from the cache"}
	t := &terminal.Table{Left: 2, Gap: 2, Indent: 2}
	for _, d := range r.Data {
		line := []string{names[d.What], count(d.Workers, "worker"), fmt.Sprintf("%.0f examples/s", d.Rate)}
		if need := r.needs(d.Workers); need > 0 {
			// Both share the cores, so the times of an example add up.
			line = append(line, fmt.Sprintf("training takes %.0f examples/s of them alone, %.0f together with this", need, 1/(1/need+1/d.Rate)))
		}
		t.Add(terminal.Plain, line...)
	}
	b.WriteString(t.Text(to))
}

// needs is the number of examples that training goes through in a second.
func (r *benchReport) needs(workers int) float64 {
	for _, s := range r.Batches {
		if s.Program != "training" {
			continue
		}
		switch workers {
		case 1:
			return float64(s.Batch) / s.OneNanos * 1e9
		case s.Workers:
			return float64(s.Batch) / s.AllNanos * 1e9
		}
	}
	return 0
}
