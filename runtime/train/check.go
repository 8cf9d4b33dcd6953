package train

import (
	"fmt"
	"math"
	"strconv"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/model"
)

// checkConfig refuses settings that no run can have.
func checkConfig(net *model.Network, c *config.Train) error {
	o := &c.Optimizer
	built := &net.Train.Optimizer
	switch {
	case c.Epochs < 1:
		return fmt.Errorf("epochs is %d, want at least 1", c.Epochs)
	case o.Name != "sgd" && o.Name != "adam" && o.Name != "adamw":
		return fmt.Errorf("unknown optimizer %q, want sgd, adam or adamw", o.Name)
	case built.Name != "" && o.Name != built.Name, slots(o) > net.Slots:
		return fmt.Errorf("the network was compiled for another optimizer than %s", optimizerText(o))
	case !(o.LearningRate >= 0) || math.IsInf(o.LearningRate, 0):
		return fmt.Errorf("learning rate is %v, want a finite number of at least 0", o.LearningRate)
	case !(o.Momentum >= 0 && o.Momentum <= 1):
		return fmt.Errorf("momentum is %v, want 0..1", o.Momentum)
	case !(o.WeightDecay >= 0) || math.IsInf(o.WeightDecay, 0):
		return fmt.Errorf("weight decay is %v, want a finite number of at least 0", o.WeightDecay)
	case o.Name != "sgd" && !(o.Beta1 >= 0 && o.Beta1 < 1 && o.Beta2 >= 0 && o.Beta2 < 1):
		return fmt.Errorf("beta1 and beta2 are %v and %v, want 0 <= beta < 1", o.Beta1, o.Beta2)
	case o.Name != "sgd" && !(o.Epsilon >= 0):
		return fmt.Errorf("epsilon is %v, want at least 0", o.Epsilon)
	}
	return nil
}

// slots is the number of state vectors an update rule needs.
func slots(o *config.Optimizer) int {
	switch {
	case o.Name != "sgd":
		return 2
	case o.Momentum > 0:
		return 1
	}
	return 0
}

// optimizerText names an update rule.
func optimizerText(o *config.Optimizer) string {
	switch {
	case o.Nesterov:
		return o.Name + " with Nesterov momentum"
	case o.Momentum > 0:
		return o.Name + " with momentum"
	}
	return o.Name
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

// labels returns n class names: given ones, the network's, or numbers.
func labels(net *model.Network, given []string) []string {
	for _, l := range [][]string{given, net.Labels} {
		if len(l) == net.Outputs {
			return l
		}
	}
	out := make([]string, net.Outputs)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}
