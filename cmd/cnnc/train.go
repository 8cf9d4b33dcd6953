package main

import (
	"fmt"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/plan"
)

type trainCmd struct {
	runArgs
	Resume    bool   `help:"Go on with the run in the run folder, at the batch where it stopped."`
	Weights   string `placeholder:"FILE" type:"path" help:"Start from these weights instead of random ones."`
	Dashboard string `placeholder:"ADDR" help:"Show the run in a browser while it goes on, at HOST:PORT; :0 takes a free port of this machine."`
	Report    bool   `negatable:"" default:"true" help:"Evaluate the result and write evaluation.json and report.html."`
}

// Help is the long help of the subcommand.
func (trainCmd) Help() string {
	return `The network is generated, built with the Go toolchain (once for each distinct
network) and run. The run folder gets best.safetensors and last.safetensors,
history.csv, metrics.jsonl, config.json and a checkpoint; run.json, evaluation.json
and report.html, a page to look at; and event files for TensorBoard.

The first Ctrl-C writes a checkpoint and ends; --resume goes on from there, as it
does after a crash, to the very bytes an undisturbed run would have given.

  cnnc train doodles.cnn --set filters=32 --set train.epochs=3 -o runs/wide
  cnnc train doodles.cnn --dashboard :0
  cnnc train digits.cnn --set 'data.train=folder("photos/train")'`
}

// Run trains.
func (c *trainCmd) Run(s *streams) error {
	m, err := c.compile(s, compiler.Options{})
	if err != nil {
		return err
	}
	if !m.HasTrain() {
		return usageErrorf("%s: %w", m.name, errNoTrain)
	}
	bin, j, err := c.child(m, "train", childMain)
	if err != nil {
		return err
	}
	j.Resume, j.Weights = c.Resume, c.Weights
	if c.Progress == "auto" || c.Progress == "plain" {
		c.announce(s, m)
	}
	if c.Report {
		j.Records = true
		if j.About, err = c.about(m); err != nil {
			return err
		}
	}
	j.TensorBoard = true
	if c.Dashboard != "" {
		return c.watched(bin, j, s, m)
	}
	err = finish(bin, j, s)
	c.writeReport(s, j.Dir, err)
	return err
}

// announce says what is going to be trained, and the memory it will take.
func (c *trainCmd) announce(s *streams, m *compiled) {
	var params int64
	for _, l := range m.Plan.Layers {
		params += int64(l.Params)
	}
	_, training := memory(m, c.threads())
	fmt.Fprintf(s.err, "%s: %s parameters, batch %d, %s of memory; run folder %s\n",
		m.Plan.Name, number(params), m.Train.Batch, plan.FormatBytes(plan.Total(training)), displayName(c.runDir(m)))
}
