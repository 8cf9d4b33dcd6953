package main

import (
	"fmt"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
)

type plotArenaCmd struct {
	figureArgs
	modelArgs
	Only string `enum:",inference,training" default:"" placeholder:"PROGRAM" help:"Only the memory of inference, or of training."`
}

// Help is the long help of the subcommand.
func (plotArenaCmd) Help() string {
	return `The arena is the one piece of memory that holds all activations and gradients of a
worker. Calls run from left to right, addresses upwards; buffers that do not live at
the same time share addresses. The red line is the memory in use during each call.`
}

// Run draws the map.
func (c *plotArenaCmd) Run(s *streams) error {
	o, err := c.options("arena")
	if err != nil {
		return err
	}
	m, err := c.compile(s, compiler.Options{})
	if err != nil {
		return err
	}
	var programs []figure.Program
	if c.Only != "training" {
		programs = append(programs, arenaOf(m.Plan, &m.Plan.Infer, "inference"))
	}
	if c.Only != "inference" && m.HasTrain() {
		programs = append(programs, arenaOf(m.Plan, &m.Plan.Train, "training"))
	}
	if len(programs) == 0 {
		return fmt.Errorf("%s: %w", m.name, errNoTrain)
	}
	var sizes []string
	for _, p := range programs {
		sizes = append(sizes, strings.TrimPrefix(p.Title, m.Plan.Name+", "))
	}
	return c.save(s, figure.Arena(programs...), o, strings.Join(sizes, "; "))
}

// arenaOf is the map of one program.
func arenaOf(p *plan.Plan, g *plan.Program, name string) figure.Program {
	r := figure.Program{Bytes: 4 * int64(g.ArenaFloats), Backward: len(g.Forward)}
	for _, call := range g.Calls() {
		r.Calls = append(r.Calls, call.Base().Name)
	}
	var sum int64
	for _, b := range g.Buffers {
		if b.Space != plan.Arena {
			continue // the caller's, or of the whole batch
		}
		bytes := 4 * int64(b.Floats(g.Micro))
		sum += bytes
		r.Buffers = append(r.Buffers, figure.Span{Name: b.Name, First: b.First, Last: b.Last, Offset: 4 * int64(b.Offset), Bytes: bytes})
	}
	r.Title = fmt.Sprintf("%s, %s: an arena of %s", p.Name, name, plan.FormatBytes(r.Bytes))
	note := []string{
		fmt.Sprintf("%s a worker, %s at a time", plan.FormatBytes(r.Bytes), plural(g.Micro, "example")),
		fmt.Sprintf("%s of %s together", plural(len(r.Buffers), "buffer"), plan.FormatBytes(sum)),
	}
	if g.ResidentFloats > 0 {
		note = append(note, fmt.Sprintf("%s more kept from stage to stage for each micro-batch", plan.FormatBytes(4*int64(g.ResidentFloats))))
	}
	r.Note = strings.Join(note, "; ")
	return r
}
