package metric

import (
	"errors"
	"fmt"

	"github.com/cnnc/cnnc/runtime/model"
)

// accuracies are the metrics of spec: losses and metrics, section 8.
var accuracies = []row{
	{[]string{"accuracy", "acc"}, Up, nil, accuracy},
	{[]string{"binary_accuracy"}, Up, []string{"threshold"}, binaryAccuracy},
	{[]string{"categorical_accuracy", "sparse_categorical_accuracy"}, Up, nil, categoricalAccuracy},
	{[]string{"top_k", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"}, Up, []string{"k"}, topK},
}

// accuracy is the form that fits the network: one score of a class, or of each
// class.
func accuracy(o *options, h model.Head, outputs int) (Metric, error) {
	if h.Task == model.Binary {
		return binaryAccuracy(o, h, outputs)
	}
	return categoricalAccuracy(o, h, outputs)
}

// binaryAccuracy is the share of outputs on the right side of the threshold; a
// score on it counts as no.
func binaryAccuracy(o *options, h model.Head, outputs int) (Metric, error) {
	threshold := float32(o.number("threshold", float64(h.Threshold()), -1e30, 1e30))
	return meanOf(func(e *Example) float64 {
		right := 0
		for j, p := range e.Scores {
			if (e.want(j) > 0) == (p > threshold) {
				right++
			}
		}
		return float64(right) / float64(len(e.Scores))
	}), classes(h)
}

func categoricalAccuracy(_ *options, h model.Head, outputs int) (Metric, error) {
	if h.Task == model.Binary {
		return Metric{}, errors.New("it compares the scores of several classes; binary_accuracy is for scores that stand for two")
	}
	return meanOf(func(e *Example) float64 {
		if Argmax(e.Scores) == e.class() {
			return 1
		}
		return 0
	}), classes(h)
}

// topK counts an example as right when fewer than k classes have a score
// strictly above that of its class.
func topK(o *options, h model.Head, outputs int) (Metric, error) {
	k := o.whole("k", 5, 1, 1<<30)
	switch {
	case h.Task == model.Binary:
		return Metric{}, errors.New("there are two classes; accuracy says all")
	case h.Task == model.Classes && k >= outputs:
		return Metric{}, fmt.Errorf("the class is always among the first %d of %d; choose another k: top_k(%d)", k, outputs, max(outputs-1, 1))
	}
	return meanOf(func(e *Example) float64 {
		class := e.class()
		own := e.Scores[class]
		if own != own {
			return 0
		}
		greater := 0
		for _, v := range e.Scores {
			if v > own {
				greater++
			}
		}
		if greater < k {
			return 1
		}
		return 0
	}), classes(h)
}
