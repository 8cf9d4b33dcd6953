package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	runreport "github.com/cnnc/cnnc/cmd/cnnc/report"
	"github.com/cnnc/cnnc/runtime/job"
)

// about is what the command tells a run about itself.
func (c *trainCmd) about(m *compiled) (*job.About, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	a := &job.About{Command: c.command(m), Folder: folder, File: m.name, Text: m.Plan.Source}
	if c.Values != "" {
		a.Settings = append(a.Settings, "values of "+displayName(c.Values))
	}
	a.Settings = append(a.Settings, c.Set...)
	_, training := memory(m, c.threads())
	for _, p := range training {
		a.Memory = append(a.Memory, job.MemoryRecord(p))
	}
	if a.Preparation, err = preparation(m); err != nil {
		return nil, err
	}
	return a, nil
}

// command is the command line that makes the run from its beginning.
func (c *trainCmd) command(m *compiled) []string {
	args := []string{"train", m.name}
	if c.Values != "" {
		args = append(args, "--values", displayName(c.Values))
	}
	for _, v := range c.Set {
		args = append(args, "--set", v)
	}
	if c.Weights != "" {
		args = append(args, "--weights", displayName(c.Weights))
	}
	return append(args, "-o", displayName(c.runDir(m)))
}

// writeReport writes the report of a run that has ended in some way. Where none is
// wanted, or there is no epoch to report, that of an earlier run goes. A report that
// cannot be written does not make the run a failure.
func (c *trainCmd) writeReport(s *streams, dir string, ended error) {
	var exit exitError
	if ended != nil && !(errors.As(ended, &exit) && exit == exitInterrupted) {
		return
	}
	r, err := runreport.Load(dir)
	if !c.Report || err == nil && len(r.Epochs) == 0 {
		os.Remove(filepath.Join(dir, runreport.File)) // usually there is none
		return
	}
	var name string
	if err == nil {
		name, err = runreport.Write(dir)
	}
	switch {
	case err != nil:
		fmt.Fprintf(s.err, "cnnc: the report could not be written: %v\n", err)
	case !c.JSON && c.Progress != "json":
		fmt.Fprintf(s.out, "report: %s\n", displayName(name))
	}
}
