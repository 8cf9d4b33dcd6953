package main

import (
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/sched"
)

type benchCmd struct {
	runArgs
	Micro int    `placeholder:"N" help:"Examples that a worker takes at a time, in training at most its share of the batch. Default: what is predicted to be fastest (cnnc explain)."`
	ISA   string `enum:",go,avx2,avx512" default:"" placeholder:"ISA" help:"The instruction set: go, avx2 or avx512. Default: the best this machine has."`
	Data  bool   `help:"Time the training data of the model file as well, beside what training needs."`
}

// Help is the long help of the subcommand.
func (benchCmd) Help() string {
	return `Times every kernel call of the inference and the training program on one core,
and prints GFLOP/s and the share of the FMA peak, which is measured in the same
run; for what only moves memory, GB/s. Beside it stands the predicted time: at
the peak, or at the speed of the cache or memory that holds what the call touches,
if that takes longer. Then come one example alone, and
whole training steps and batches of inference with one worker and with all.
Weights are random; no data is needed, but for --data: it reads the training data,
decoded, resized and augmented, with one worker and with all, from where it lies and
from the cache if the model file has one.`
}

// Run benchmarks.
func (c *benchCmd) Run(s *streams) error {
	if c.Micro < 0 {
		return usageErrorf("--micro is %d, want at least 1", c.Micro)
	}
	o := sched.Options{InferMicro: c.Micro, TrainMicro: c.Micro}
	bin, j, _, err := c.prepareWith(s, "bench", childMain, compiler.Options{Schedule: o})
	if err != nil {
		return err
	}
	j.TimeData = c.Data
	return finish(bin, j, s, isaEnv(c.ISA)...)
}

// isaEnv forces an instruction set in a child.
func isaEnv(isa string) []string {
	if isa == "" {
		return nil
	}
	return []string{"CNNC_ISA=" + isa}
}
