package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/searchreport"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/tune"
)

// reportFile is the report in the search folder.
const reportFile = "report.html"

// reporter keeps the report of a search under way.
type reporter struct {
	g *plannedSearch
	// next is when the report may be written again: it takes a small share of the
	// time, however many trials it shows.
	next time.Time
	err  error
}

// A report is not written more often, and takes one part in so many of the time.
const (
	reportEvery = 2 * time.Second
	reportShare = 50
)

// newReporter returns nil when no report is wanted.
func (g *plannedSearch) newReporter() *reporter {
	if g.cmd.NoReport {
		return nil
	}
	return &reporter{g: g}
}

// reportName is the report's file, "" when none is wanted.
func (g *plannedSearch) reportName() string {
	if g.cmd.NoReport {
		return ""
	}
	return filepath.Join(g.search.Dir, reportFile)
}

// update writes the report of a search under way, now and then.
func (r *reporter) update(trials []tune.Trial, elapsed time.Duration) {
	if r == nil || time.Now().Before(r.next) {
		return
	}
	begin := time.Now()
	r.write(trials, elapsed, "")
	r.next = time.Now().Add(max(reportEvery, reportShare*time.Since(begin)))
}

// finish writes the report of a search that is over or interrupted.
func (r *reporter) finish(res *tune.Result) error {
	if r == nil {
		return nil
	}
	r.write(res.Trials, res.Elapsed, reasonText(res))
	return r.err
}

func (r *reporter) write(trials []tune.Trial, elapsed time.Duration, state string) {
	g := r.g
	s := g.cmd.searchReport(g.model, g.survey(), &tune.Record{
		Space: g.search.Space, Objective: g.search.Objective, Seed: g.search.Seed, Workers: g.cmd.Parallel,
		Executions: max(g.search.Executions, 1), About: g.search.About, Trials: trials, Elapsed: elapsed,
	})
	_, s.Brackets = g.search.Algorithm.(tune.Hyperband)
	_, s.Rungs = g.search.Algorithm.(tune.ASHA)
	s.State, s.Planned = state, g.epochs()
	r.err = writeReport(g.reportName(), s)
}

// searchReport fills in what the search folder and the model file say.
func (c *tuneCmd) searchReport(m *compiled, v *spaceSurvey, rec *tune.Record) *searchreport.Search {
	s := &searchreport.Search{
		Record: *rec, Model: m.Plan.Name, File: m.name, Dir: displayName(c.Dir), CompiledIn: v.compiledIn, Strategy: rec.About,
		Weights: func(id int) string {
			rel, err := filepath.Rel(c.Dir, weightsOf(c.Dir, id))
			if err != nil || weightsOf(c.Dir, id) == "" {
				return ""
			}
			return filepath.ToSlash(rel)
		},
	}
	if values := filepath.Join(c.Dir, valuesFile); exists(values) {
		s.Values = displayName(values)
	}
	return s
}

func writeReport(name string, s *searchreport.Search) error {
	return durable.WriteFile(name, func(w io.Writer) error { return searchreport.Write(w, s) })
}

// report writes the report of the search folder anew.
func (c *tuneCmd) report(s *streams, text *modelText, m *compiled) error {
	rec, err := tune.Load(c.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s holds no search", displayName(c.Dir))
	}
	if err != nil {
		return err
	}
	r := c.searchReport(m, survey(text, rec.Space), rec)
	r.Brackets = strings.HasPrefix(rec.About, "hyperband")
	r.Rungs = strings.HasPrefix(rec.About, "asha")
	r.State = "over"
	for i := range rec.Trials {
		if rec.Trials[i].State == tune.Running {
			r.State = string(tune.Interrupted)
		}
	}
	name := filepath.Join(c.Dir, reportFile)
	if err := writeReport(name, r); err != nil {
		return err
	}
	fmt.Fprintln(s.out, displayName(name))
	return nil
}
