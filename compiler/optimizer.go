package compiler

import (
	"fmt"

	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// updateRule chooses the form of the optimizer that kernels are made for. A number
// that a hyperparameter gives may have another value in the next run of the same
// package, so a form that has a use for it is taken.
func updateRule(o config.Optimizer, p *elab.Program) (kernel string, slots int, err error) {
	rule := optimizer.Lookup(o.Name)
	if rule == nil {
		return "", 0, fmt.Errorf("internal error: no update rule for the optimizer %q", o.Name)
	}
	set, _ := elab.Find(p.Train, "optimizer")
	args := set.Args["name"].Args
	form, err := rule.Form(&o, func(name string) bool { return len(args[name].Hypers) > 0 })
	if err != nil {
		return "", 0, fmt.Errorf("internal error: %w", err)
	}
	return form.Kernel, len(form.Slots), nil
}
