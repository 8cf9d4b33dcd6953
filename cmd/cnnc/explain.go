package main

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler"
)

type explainCmd struct {
	modelArgs
	After     string `placeholder:"PHASE" help:"Only what this phase made: lower, simplify, autodiff, fuse, schedule, ..."`
	Inference bool   `help:"Leave training out."`
	Unfused   bool   `help:"Leave fusion out."`
}

// Help is the long help of the subcommand.
func (explainCmd) Help() string {
	return `Prints what each phase of the compiler made: the graph as operations with shapes,
the backward graph, the fusions, and the plan with a kernel, its tiles, its buffers
and the predicted time of every call. compiler/README.md says what the phases do.`
}

// Run explains.
func (c *explainCmd) Run(s *streams) error {
	m, err := c.compile(s, compiler.Options{Stages: true, Inference: c.Inference, Unfused: c.Unfused})
	if err != nil {
		return err
	}
	if err := m.Explain(s.out, c.After); err != nil {
		fmt.Fprintf(s.err, "cnnc: %v\n", err)
		return exitError(exitUsage)
	}
	return nil
}
