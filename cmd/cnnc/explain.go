package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/phases"
	"github.com/cnnc/cnnc/codegen"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/durable"
)

type explainCmd struct {
	modelArgs
	After     string `placeholder:"PHASE" help:"Only what this phase made: lower, simplify, autodiff, fuse, schedule, ..."`
	Inference bool   `help:"Leave training out."`
	Unfused   bool   `help:"Leave fusion out."`
	HTML      bool   `name:"html" help:"Write a page with a column for each phase and a roofline plot."`
	Out       string `short:"o" name:"out" placeholder:"FILE" type:"path" help:"The page of --html. Default: MODEL-explain.html."`
	Bench     string `placeholder:"FILE" type:"path" help:"With --html: the output of cnnc bench --json, for measured points and roofs."`
}

// Help is the long help of the subcommand.
func (explainCmd) Help() string {
	return `Prints what each phase of the compiler made: the graph as operations with shapes,
the backward graph, the fusions, and the plan with a kernel, its tiles, its buffers
and the predicted time of every call. compiler/README.md says what the phases do.

--html writes a page that works offline: the phases side by side, from the model file
to the emitted Go, where a click on a name marks it in all columns; the map of the
arena; and the calls on a roofline plot, predicted and, with --bench, measured:

  cnnc bench --json net.cnn >bench.json
  cnnc explain --html --bench bench.json net.cnn`
}

// Run explains.
func (c *explainCmd) Run(s *streams) error {
	if !c.HTML && (c.Out != "" || c.Bench != "") {
		return usageErrorf("--out and --bench go with --html")
	}
	if c.HTML && c.After != "" {
		return usageErrorf("--after is for text; the page of --html has all phases")
	}
	m, err := c.compile(s, compiler.Options{Stages: true, Inference: c.Inference, Unfused: c.Unfused})
	if err != nil {
		return err
	}
	if c.HTML {
		return c.writePage(s, m)
	}
	err = m.Explain(s.out, c.After)
	var writing *fs.PathError
	if err != nil && !errors.As(err, &writing) {
		return usageErr{err} // there is no such phase
	}
	return err
}

// maxBench is the longest report of a benchmark that is read, in bytes.
const maxBench = 64 << 20

// writePage writes the page of --html.
func (c *explainCmd) writePage(s *streams, m *compiled) error {
	p := &phases.Page{File: m.name, Result: m.Result}
	var err error
	if c.Bench != "" {
		if p.Bench, err = readBench(c.Bench, m); err != nil {
			return err
		}
	}
	p.Code, err = codegen.Generate(m.Plan, codegen.Options{Inference: m.Training == nil, Data: m.Data, Train: m.Train, Head: m.Head})
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = strings.ToLower(m.Plan.Name) + "-explain.html"
	}
	if err := durable.WriteFile(c.Out, p.Write); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, displayName(c.Out))
	return err
}

// readBench reads the output of cnnc bench --json of the same model.
func readBench(name string, m *compiled) (*phases.Bench, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBench+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBench {
		return nil, fmt.Errorf("%s: longer than %d bytes: no report of cnnc bench --json", displayName(name), maxBench)
	}
	b, err := phases.ParseBench(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", displayName(name), err)
	}
	if b.Model != m.Plan.Name {
		return nil, fmt.Errorf("%s: it is of the model %s, and this is %s", displayName(name), b.Model, m.Plan.Name)
	}
	return b, nil
}
