package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/klauspost/cpuid/v2"

	"github.com/cnnc/cnnc/compiler"
)

type verifyCmd struct {
	modelArgs
	ISA  []string `enum:"go,avx2,avx512" placeholder:"ISA" help:"Only these instruction sets: go, avx2, avx512. Default: all this machine has."`
	Seed uint64   `default:"1" placeholder:"N" help:"Seed of the random weights and images."`
}

// Help is the long help of the subcommand.
func (verifyCmd) Help() string {
	return `Builds the generated package and compares it, on random weights and images, with a
float64 interpreter of the network: scores, losses and the gradient of every
parameter, for every instruction set of this machine; and the gradients of the
interpreter with central differences. Instruction sets that this machine lacks are
named as not run.`
}

// Run verifies.
func (c *verifyCmd) Run(s *streams) error {
	run := runArgs{modelArgs: c.modelArgs, Progress: "none"}
	text, err := run.read()
	if err != nil {
		return usageErr{err}
	}
	m, err := text.compileOrReport(s, compiler.Options{})
	if err != nil {
		return err
	}
	bin, j, err := run.child(m, "verify", childVerifyMain)
	if err != nil {
		return err
	}
	isas := c.ISA
	if len(isas) == 0 {
		isas = []string{"go", "avx2", "avx512"}
	}
	overrides, err := json.Marshal(text.overrides)
	if err != nil {
		return err
	}
	failed := false
	for _, isa := range isas {
		if !runsHere(isa) {
			if slices.Contains(c.ISA, isa) {
				return fmt.Errorf("this machine cannot run %s code", isa)
			}
			fmt.Fprintf(s.out, "%s: not run: this machine lacks it\n", isa)
			continue
		}
		v := *j
		v.Args = map[string]string{"source": m.Plan.Source, "overrides": string(overrides), "seed": fmt.Sprint(c.Seed), "classes": fmt.Sprint(len(m.labels))}
		status, err := runChild(bin, &v, s, isaEnv(isa)...)
		if err != nil {
			return err
		}
		if status == exitInterrupted {
			return exitError(status)
		}
		failed = failed || status != exitOK
	}
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

// runsHere reports whether this machine has the instruction set.
func runsHere(isa string) bool {
	switch isa {
	case "avx2":
		return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	case "avx512":
		return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.AVX512F, cpuid.AVX512VL)
	}
	return true
}
