package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	runreport "github.com/cnnc/cnnc/cmd/cnnc/report"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
)

type runsCmd struct {
	Dirs []string `arg:"" optional:"" name:"dir" type:"path" help:"Run folders, or folders of such. Default: runs."`
	Sort string   `default:"date" enum:"name,date,epochs,best,loss,parameters,time,state" help:"Order of the table: ${enum}."`
	JSON bool     `help:"Print the runs, or the comparison, as JSON."`
	HTML string   `name:"html" placeholder:"FILE" type:"path" help:"Write a page with the curves of all runs over each other."`
}

// Help is the long help of the subcommand.
func (runsCmd) Help() string {
	return `A table of the runs in a folder, the newest first; best is the value that the best
epoch is chosen by, or a metric. Two or more run folders are compared: the settings
that differ and the metrics side by side.

  cnnc runs
  cnnc runs runs/wide runs/narrow --html compare.html`
}

// Run lists or compares.
func (c *runsCmd) Run(s *streams) error {
	dirs := c.Dirs
	if len(dirs) == 0 {
		dirs = []string{"runs"}
	}
	compare := len(dirs) > 1
	var runs []*runreport.Run
	for _, dir := range dirs {
		found, broken, err := runreport.Find(displayName(dir))
		if err != nil {
			return err
		}
		for _, err := range broken {
			fmt.Fprintf(s.err, "cnnc: left out: %v\n", err)
		}
		if len(found) == 0 && len(broken) == 0 {
			return fmt.Errorf("%s: there are no runs in it; cnnc train makes one", displayName(dir))
		}
		runs = append(runs, found...)
		compare = compare && runreport.IsRun(dir)
	}
	if len(runs) == 0 {
		return exitError(exitFailed)
	}
	if !compare {
		if err := runreport.Sort(runs, c.Sort); err != nil {
			return err
		}
	}
	if c.HTML == "" && !compare {
		return writeRuns(s.out, runs, c.JSON)
	}
	side, err := runreport.Compare(runs)
	if err != nil {
		return err
	}
	if c.HTML != "" {
		if err := durable.WriteFile(c.HTML, func(w io.Writer) error { return page.Write(w, side.Document()) }); err != nil {
			return err
		}
	}
	if !compare {
		return writeRuns(s.out, runs, c.JSON)
	}
	return writeComparison(s.out, side, c.JSON)
}

// runLine is a run as JSON.
type runLine struct {
	Dir        string      `json:"dir"`
	Model      string      `json:"model,omitempty"`
	Begun      string      `json:"begun,omitempty"`
	State      string      `json:"state"`
	Why        string      `json:"why,omitempty"`
	Epochs     int         `json:"epochs"`
	BestEpoch  int         `json:"best_epoch,omitempty"`
	Metric     string      `json:"metric,omitempty"`
	Best       *job.Number `json:"best,omitempty"`
	Loss       *job.Number `json:"loss,omitempty"`
	Parameters int         `json:"parameters,omitempty"`
	Seconds    float64     `json:"seconds"`
}

func writeRuns(w io.Writer, runs []*runreport.Run, asJSON bool) error {
	var lines []runLine
	for _, r := range runs {
		l := runLine{Dir: r.Dir, State: string(r.State), Why: r.Why, Epochs: len(r.Epochs), Parameters: r.Parameters(), Seconds: r.Seconds()}
		if r.Record != nil {
			l.Model = r.Record.Model
		}
		if !r.Begun.IsZero() {
			l.Begun = r.Begun.Format("2006-01-02T15:04:05Z07:00")
		}
		if e := r.Best(); e != nil {
			l.BestEpoch = e.Number
		}
		if key, v, ok := r.Headline(); ok {
			n := job.Number(v)
			l.Metric, l.Best = key, &n
		}
		if _, v, ok := r.Loss(); ok {
			n := job.Number(v)
			l.Loss = &n
		}
		lines = append(lines, l)
	}
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(lines)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "run\tbegun\tstate\tepochs\tbest\tloss\tparameters\ttime")
	for i, l := range lines {
		best, loss := "", ""
		if l.Best != nil {
			best = l.Metric + " " + score(float64(*l.Best))
		}
		if l.Loss != nil {
			loss = score(float64(*l.Loss))
		}
		begun := ""
		if b := runs[i].Begun; !b.IsZero() {
			begun = b.Local().Format("2006-01-02 15:04")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Dir, begun, l.State, strconv.Itoa(l.Epochs), best, loss, number(int64(l.Parameters)), runreport.Duration(l.Seconds))
	}
	return t.Flush()
}

func writeComparison(w io.Writer, c *runreport.Comparison, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Runs     []string            `json:"runs"`
			Settings []runreport.Setting `json:"settings"`
			Metrics  []runreport.Setting `json:"metrics"`
		}{c.Names, c.Settings, c.Metrics})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\t%s\n", strings.Join(c.Names, "\t"))
	for _, s := range c.Metrics {
		fmt.Fprintf(t, "%s\t%s\n", s.Name, strings.Join(s.Values, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(c.Settings) == 0 {
		_, err := fmt.Fprintln(w, "\nall settings are the same")
		return err
	}
	fmt.Fprintln(w, "\nsettings that differ")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range c.Settings {
		fmt.Fprintf(t, "%s\t%s\n", s.Name, strings.Join(s.Values, "\t"))
	}
	return t.Flush()
}
