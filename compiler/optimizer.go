package compiler

import (
	"fmt"

	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
)

// optimizers has a row for every optimizer of the language (lang.OptimizerTable):
// the kernel that updates the weights, a family of codegen/simd, and the number
// of vectors of state that it keeps.
var optimizers = []struct {
	name string
	rule func(o config.Optimizer, p *elab.Program) (kernel string, slots int)
}{
	{"sgd", sgd},
	{"adam", adam},
	{"adamw", adam}, // decay is a number that all kernels take
}

// updateRule looks the optimizer up in the table.
func updateRule(o config.Optimizer, p *elab.Program) (kernel string, slots int, err error) {
	for _, row := range optimizers {
		if row.name == o.Name {
			kernel, slots = row.rule(o, p)
			return kernel, slots, nil
		}
	}
	return "", 0, fmt.Errorf("internal error: no update rule for the optimizer %q", o.Name)
}

// sgd needs state for its momentum only. That may be zero now and another number
// in the next run of the same package, when a hyperparameter gives it.
func sgd(o config.Optimizer, p *elab.Program) (kernel string, slots int) {
	if o.Nesterov {
		return "nesterov", 1
	}
	set, _ := elab.Find(p.Train, "optimizer")
	if o.Momentum != 0 || len(set.Args["name"].Args["momentum"].Hypers) > 0 {
		return "momentum", 1
	}
	return "sgd", 0
}

func adam(config.Optimizer, *elab.Program) (kernel string, slots int) { return "adam", 2 }
