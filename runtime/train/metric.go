package train

import (
	"fmt"
	"math"
	"strings"
)

// metric is a quantity averaged over the examples of an epoch (spec: losses and
// metrics, sections 7, 8 and 10).
type metric struct {
	names []string
	// up: larger is better (spec section 11).
	up bool
	// value is that of one example. scores and target are its scores and, for
	// regression, its target vector; otherwise target is nil and label its class.
	// loss is its loss without penalties.
	value func(scores []float32, label int, target []float32, loss float64) float64
}

// metrics is every metric that a model file may ask for. The first name is the
// common one; the history keeps the name that was asked for.
var metrics = []metric{
	{[]string{"accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy"}, true, accuracy},
	{[]string{"top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"}, true, topFive},
	{[]string{"mse", "mean_squared_error"}, false, squaredError},
	{[]string{"mae", "mean_absolute_error"}, false, absoluteError},
	{[]string{"categorical_crossentropy", "sparse_categorical_crossentropy", "crossentropy"}, false,
		func(_ []float32, _ int, _ []float32, loss float64) float64 { return loss }},
}

// MetricNames lists the names of all metrics besides "loss".
func MetricNames() []string {
	var names []string
	for _, m := range metrics {
		names = append(names, m.names...)
	}
	return names
}

func lookupMetric(name string) (*metric, error) {
	for i := range metrics {
		for _, n := range metrics[i].names {
			if n == name {
				return &metrics[i], nil
			}
		}
	}
	return nil, fmt.Errorf("unknown metric %q, want one of %s", name, strings.Join(MetricNames(), ", "))
}

// upward says whether larger values of a history key are better (spec: training,
// section 7: mode auto).
func upward(key string) (bool, error) {
	key = strings.TrimPrefix(key, "val_")
	if key == "loss" {
		return false, nil
	}
	m, err := lookupMetric(key)
	if err != nil {
		return false, err
	}
	return m.up, nil
}

// argmax is the first index of the largest score. NaN counts as less than all.
func argmax(scores []float32) int {
	best := 0
	for i, v := range scores {
		if v > scores[best] || scores[best] != scores[best] && v == v {
			best = i
		}
	}
	return best
}

func accuracy(scores []float32, label int, target []float32, _ float64) float64 {
	if target != nil {
		label = argmax(target)
	}
	if argmax(scores) == label {
		return 1
	}
	return 0
}

// topFive counts ties at the border as inside (spec: losses and metrics,
// section 8).
func topFive(scores []float32, label int, target []float32, _ float64) float64 {
	if target != nil {
		label = argmax(target)
	}
	greater := 0
	for _, v := range scores {
		if v > scores[label] || scores[label] != scores[label] && v == v {
			greater++
		}
	}
	if greater < 5 && scores[label] == scores[label] {
		return 1
	}
	return 0
}

func squaredError(scores []float32, label int, target []float32, _ float64) float64 {
	sum := 0.0
	for o, v := range scores {
		e := float64(v) - wanted(o, label, target)
		sum += e * e
	}
	return sum / float64(len(scores))
}

func absoluteError(scores []float32, label int, target []float32, _ float64) float64 {
	sum := 0.0
	for o, v := range scores {
		sum += math.Abs(float64(v) - wanted(o, label, target))
	}
	return sum / float64(len(scores))
}

// wanted is the target of output o.
func wanted(o, label int, target []float32) float64 {
	if target != nil {
		return float64(target[o])
	}
	if o == label {
		return 1
	}
	return 0
}

// meter holds the metrics of a run and the values of the batch under way.
type meter struct {
	names  []string
	funcs  []*metric
	values [][]float64 // [metric][example]
}

func newMeter(names []string) (*meter, error) {
	m := &meter{}
	for i, name := range names {
		f, err := lookupMetric(name)
		if err != nil {
			return nil, err
		}
		for _, before := range names[:i] {
			if before == name {
				return nil, fmt.Errorf("metric %q is asked for twice", name)
			}
		}
		m.names = append(m.names, name)
		m.funcs = append(m.funcs, f)
	}
	m.values = make([][]float64, len(m.names))
	return m, nil
}

// grow makes room for a batch of n examples.
func (m *meter) grow(n int) {
	for k := range m.values {
		if cap(m.values[k]) < n {
			m.values[k] = make([]float64, n)
		}
		m.values[k] = m.values[k][:n]
	}
}

// totals are the running sums of an epoch. They are part of a checkpoint.
type totals struct {
	Examples int
	Loss     float64   // penalties included
	Metrics  []float64 // in the order of the meter's names
}

func (m *meter) newTotals() totals { return totals{Metrics: make([]float64, len(m.names))} }

// add takes in a batch: losses of its examples, in order, and the penalty.
func (t *totals) add(m *meter, loss []float64, penalty float64) (batchLoss float64) {
	sum := 0.0
	for _, v := range loss {
		sum += v
	}
	n := float64(len(loss))
	sum += penalty * n
	t.Examples += len(loss)
	t.Loss += sum
	for k := range m.values {
		for _, v := range m.values[k] {
			t.Metrics[k] += v
		}
	}
	return sum / n
}

// logs appends the epoch averages, prefixed.
func (t *totals) logs(dst []Log, m *meter, prefix string) []Log {
	n := float64(max(t.Examples, 1))
	dst = append(dst, Log{prefix + "loss", t.Loss / n})
	for k, name := range m.names {
		dst = append(dst, Log{prefix + name, t.Metrics[k] / n})
	}
	return dst
}
