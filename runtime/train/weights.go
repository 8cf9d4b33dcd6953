package train

import (
	"fmt"
	"math"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
)

// ClassCounter is Data that knows how many examples each class has, which
// balanced class weights follow from.
type ClassCounter interface {
	// ClassCounts returns the number of examples of each class, by label.
	ClassCounts() []int
}

// Balanced returns class weights that make all classes count the same:
// n/(k*count) for k classes of n examples together (spec: training, section 5).
// A class without examples has the weight 1.
func Balanced(counts []int) []float64 {
	n := 0
	for _, c := range counts {
		n += c
	}
	weights := make([]float64, len(counts))
	for i, c := range counts {
		weights[i] = 1
		if c > 0 {
			weights[i] = float64(n) / (float64(len(counts)) * float64(c))
		}
	}
	return weights
}

// classWeights returns the weight of each class, nil for 1 each.
func classWeights(net *model.Network, o *Options, data Data) ([]float64, error) {
	c := &o.Config
	given := o.ClassWeights != nil
	switch {
	case !given && !c.BalancedClasses && len(c.ClassWeight) == 0:
		return nil, nil
	case given && (c.BalancedClasses || len(c.ClassWeight) > 0), c.BalancedClasses && len(c.ClassWeight) > 0:
		return nil, fmt.Errorf("the weights of the classes are given twice")
	case net.Classes() == 0:
		return nil, fmt.Errorf("class weights, but the scores of the network are values and no classes")
	}
	weights := o.ClassWeights
	switch {
	case c.BalancedClasses:
		counter, ok := data.(ClassCounter)
		if !ok {
			return nil, fmt.Errorf("balanced class weights need data that knows how many examples each class has")
		}
		weights = Balanced(counter.ClassCounts())
	case !given:
		var err error
		if weights, err = namedWeights(c.ClassWeight, labels(net, o.Labels)); err != nil {
			return nil, err
		}
	}
	if len(weights) != net.Classes() {
		return nil, fmt.Errorf("weights of %d classes, the network has %d", len(weights), net.Classes())
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("the weight of class %d is %v, want a finite number of at least 0", i, w)
		}
	}
	return weights, nil
}

// namedWeights gives classes their weights by name; those not named have 1.
func namedWeights(list []config.ClassWeight, names []string) ([]float64, error) {
	weights := make([]float64, len(names))
	for i := range weights {
		weights[i] = 1
	}
	for _, c := range list {
		found := false
		for i, name := range names {
			if name == c.Class {
				weights[i], found = c.Weight, true
			}
		}
		if !found {
			return nil, fmt.Errorf("a weight of the class %q, and the classes are %q", c.Class, names)
		}
	}
	return weights, nil
}

// weigher makes the weights of a batch from those of its examples or classes.
type weigher struct {
	classes []float64 // nil for none
	buf     []float32
}

// of returns the weights of the batch under way, into which it puts those of a
// piece at base; nil when all are 1.
func (w *weigher) of(b *Batch, base, size int) []float32 {
	if b.Weights == nil && w.classes == nil {
		return nil
	}
	w.buf = grow(w.buf, size)
	for i := range b.N {
		weight := float32(1)
		switch class := w.class(b, i); {
		case b.Weights != nil:
			weight = b.Weights[i]
		case class >= 0 && class < len(w.classes):
			weight = float32(w.classes[class])
		}
		w.buf[base+i] = weight
	}
	return w.buf
}

// class is the class of example i: its label, the number in a target of one, or
// the largest element of a longer one (spec: training, section 5).
func (w *weigher) class(b *Batch, i int) int {
	if w.classes == nil {
		return -1
	}
	if b.Targets == nil {
		return int(b.Labels[i])
	}
	outputs := len(b.Targets) / b.N
	if outputs == 1 {
		return int(math.Round(float64(b.Targets[i])))
	}
	return metric.Argmax(b.Targets[i*outputs : (i+1)*outputs])
}

// checkWeights refuses weights of examples that are no weights.
func checkWeights(b *Batch) error {
	if b.Weights == nil {
		return nil
	}
	for i, w := range b.Weights[:b.N] {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("the weight of example %d of the batch is %v, want a finite number of at least 0", i, w)
		}
	}
	return nil
}
