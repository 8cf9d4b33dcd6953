package main

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/job"
)

// runArgs are the arguments of the subcommands that run a network.
type runArgs struct {
	modelArgs
	Dir      string `short:"o" name:"dir" aliases:"run" placeholder:"DIR" type:"path" help:"The run folder. Default: runs/MODEL in the working directory."`
	Workers  int    `placeholder:"N" help:"Threads. Default: GOMAXPROCS. The result does not depend on it."`
	Progress string `enum:"auto,plain,json,none" default:"auto" help:"How to show progress: ${enum}."`
	JSON     bool   `help:"Print the result as JSON."`
}

// runDir is where runs of a model land.
func (a *runArgs) runDir(c *compiled) string {
	if a.Dir != "" {
		return a.Dir
	}
	return filepath.Join("runs", strings.ToLower(c.Plan.Name))
}

// threads is how many the program will use.
func (a *runArgs) threads() int {
	if a.Workers > 0 {
		return a.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// prepare compiles the model file, builds its program and fills in the job.
func (a *runArgs) prepare(s *streams, verb, main string) (bin string, j *job.Job, c *compiled, err error) {
	return a.prepareWith(s, verb, main, compiler.Options{})
}

// prepareWith is prepare for a network compiled with options.
func (a *runArgs) prepareWith(s *streams, verb, main string, o compiler.Options) (bin string, j *job.Job, c *compiled, err error) {
	c, err = a.compile(s, o)
	if err != nil {
		return "", nil, nil, err
	}
	bin, j, err = a.child(c, verb, main)
	return bin, j, c, err
}

// child builds the program of a compiled model file and fills in the job.
func (a *runArgs) child(c *compiled, verb, main string) (bin string, j *job.Job, err error) {
	if a.Workers < 0 {
		return "", nil, usageErrorf("--workers is %d, want at least 1", a.Workers)
	}
	files, err := childFiles(c, verb == "bench")
	if err != nil {
		return "", nil, err
	}
	if bin, err = buildChild(files, main); err != nil {
		return "", nil, err
	}
	j = &job.Job{
		Verb: verb, Data: &c.Data, Train: &c.Train, Scalars: map[string]float64{},
		Dir: a.runDir(c), Workers: a.Workers, Progress: a.Progress, JSON: a.JSON, Version: version(),
	}
	for _, v := range c.Plan.Scalars {
		j.Scalars[v.Name] = v.Value
	}
	return bin, j, nil
}

// childFiles generates the package of a child program. Whatever travels in the
// job is left out, so that another learning rate, dropout or data folder gives
// the same bytes and the program already built is used again. timed is for kernels
// that can be timed call by call.
func childFiles(c *compiled, timed bool) ([]codegen.File, error) {
	p := *c.Plan
	p.Source = ""
	p.Scalars = append(p.Scalars[:0:0], p.Scalars...)
	for i := range p.Scalars {
		p.Scalars[i].Value = 0
	}
	p.Labels = nil
	return codegen.Generate(&p, codegen.Options{
		Package: "net", Timed: timed,
		Data:  config.Data{Height: c.Data.Height, Width: c.Data.Width, Channels: c.Data.Channels},
		Train: config.Train{Optimizer: config.Optimizer{Name: c.Train.Optimizer.Name}},
		Head:  c.Head,
	})
}

// finish runs the child and turns its status into this command's.
func finish(bin string, j *job.Job, s *streams, env ...string) error {
	status, err := runChild(bin, j, s, env...)
	if err != nil {
		return err
	}
	if status != exitOK {
		return exitError(status)
	}
	return nil
}
