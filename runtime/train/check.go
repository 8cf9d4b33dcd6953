package train

import (
	"fmt"
	"strconv"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

// checkConfig refuses settings that no run can have.
func checkConfig(net *model.Network, c *config.Train) error {
	if c.Epochs < 1 {
		return fmt.Errorf("epochs is %d, want at least 1", c.Epochs)
	}
	rule, err := optimizer.Check(&c.Optimizer)
	if err != nil {
		return err
	}
	if form := optimizer.FormOf(net.Optimizer); form == nil || !rule.Runs(form, &c.Optimizer) {
		return fmt.Errorf("the network was compiled for another optimizer (%s) than %s with these options", net.Optimizer, rule.Name)
	} else if len(form.Slots) != net.Slots {
		return fmt.Errorf("the network has %d vectors of optimizer state, %s keeps %d", net.Slots, form.Kernel, len(form.Slots))
	}
	return nil
}

// checkScalars returns the scalars to use.
func checkScalars(net *model.Network, s []float32) ([]float32, error) {
	if s == nil {
		for _, d := range net.Scalars {
			s = append(s, float32(d.Value))
		}
		return s, nil
	}
	if len(s) != len(net.Scalars) {
		return nil, fmt.Errorf("%d scalars, the network has %d", len(s), len(net.Scalars))
	}
	return s, nil
}

// checkVector checks the length of a packed parameter vector.
func checkVector(net *model.Network, params []float32) error {
	if len(params) != net.ParamFloats {
		return fmt.Errorf("a parameter vector of %d elements, the network has %d", len(params), net.ParamFloats)
	}
	return nil
}

// labels returns the names of all classes: given ones, the network's, or
// numbers.
func labels(net *model.Network, given []string) []string {
	for _, l := range [][]string{given, net.Labels} {
		if len(l) == net.Classes() {
			return l
		}
	}
	out := make([]string, net.Classes())
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}
