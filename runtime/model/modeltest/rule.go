package modeltest

import (
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// setRule gives net the form of the update rule that its train section asks for,
// that of adam when it has none.
func setRule(net *model.Network) {
	o := net.Train.Optimizer
	if o.Name == "" {
		o.Name = "adam"
	}
	net.Optimizer = o.Name
	if rule := optimizer.Lookup(o.Name); rule != nil {
		if form, err := rule.Form(&o, nil); err == nil {
			net.Optimizer, net.Slots = form.Kernel, len(form.Slots)
		}
	}
}
