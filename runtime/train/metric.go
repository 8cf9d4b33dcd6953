package train

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/model"
)

// upward says whether larger values of a history key are better: as the mode
// says, or the direction of the metric (spec: training, section 7).
func upward(key, mode string) (bool, error) {
	switch mode {
	case config.ModeMin, config.ModeMax:
		return mode == config.ModeMax, nil
	case config.ModeAuto:
	default:
		return false, fmt.Errorf("unknown mode %q, want %s or %s", mode, config.ModeMin, config.ModeMax)
	}
	d, err := metric.DirectionOf(key)
	return d == metric.Up, err
}

// meter holds the metrics of a run and what they observed of the batch under way.
type meter struct {
	names []string
	list  []*metric.Metric
	// observed has, for each metric, its observation of each example, one behind
	// the other.
	observed [][]float64
}

func newMeter(names []string, net *model.Network) (*meter, error) {
	list, err := metric.List(names, net.Head, net.Outputs)
	if err != nil {
		return nil, err
	}
	m := &meter{list: list, observed: make([][]float64, len(list))}
	for _, one := range list {
		m.names = append(m.names, one.Name)
	}
	return m, nil
}

// grow makes room for a batch of n examples.
func (m *meter) grow(n int) {
	for k, one := range m.list {
		m.observed[k] = grow(m.observed[k], n*one.Width)
	}
}

// observe takes note of example i of the batch.
func (m *meter) observe(i int, e *metric.Example) {
	for k, one := range m.list {
		one.Observe(m.observed[k][i*one.Width:(i+1)*one.Width], e)
	}
}

// totals are the running sums of an epoch. They are part of a checkpoint.
type totals struct {
	Examples int
	Loss     float64      // penalties included
	Metrics  []metric.Sum // in the order of the meter's names
}

func (m *meter) newTotals() totals {
	t := totals{Metrics: make([]metric.Sum, len(m.list))}
	for k, one := range m.list {
		t.Metrics[k] = one.NewSum()
	}
	return t
}

// add takes in a batch: losses of its examples, in order, what they weigh (nil
// for 1 each), and the penalty. A weighted loss is divided by the number of
// examples, not by the sum of the weights (spec: losses and metrics, section 1).
func (t *totals) add(m *meter, loss []float64, weights []float32, penalty float64) (batchLoss float64) {
	sum := 0.0
	for i, v := range loss {
		if weights != nil {
			v *= float64(weights[i])
		}
		sum += v
	}
	n := float64(len(loss))
	sum += penalty * n
	t.Examples += len(loss)
	t.Loss += sum
	for k, one := range m.list {
		observed := m.observed[k]
		for i := range loss {
			t.Metrics[k].Add(observed[i*one.Width : (i+1)*one.Width])
		}
	}
	return sum / n
}

// logs appends the values over the examples so far, prefixed.
func (t *totals) logs(dst []Log, m *meter, prefix string) []Log {
	dst = append(dst, Log{prefix + "loss", t.meanLoss()})
	for k, name := range m.names {
		dst = append(dst, Log{prefix + name, t.Metrics[k].Value()})
	}
	return dst
}

// running is logs for every batch: without what takes a walk over all examples.
func (t *totals) running(dst []Log, m *meter) []Log {
	dst = append(dst, Log{"loss", t.meanLoss()})
	for k, name := range m.names {
		if !m.list[k].Costly {
			dst = append(dst, Log{name, t.Metrics[k].Value()})
		}
	}
	return dst
}

func (t *totals) meanLoss() float64 { return t.Loss / float64(max(t.Examples, 1)) }

// save writes the sums in exact JSON, and restore reads them.
func (t *totals) save() savedTotals {
	s := savedTotals{Examples: t.Examples, Loss: Number(t.Loss), Metrics: make([][]Number, len(t.Metrics))}
	for k, m := range t.Metrics {
		for _, v := range m.State() {
			s.Metrics[k] = append(s.Metrics[k], Number(v))
		}
	}
	return s
}

func (s *savedTotals) restore(t *totals) error {
	if len(s.Metrics) != len(t.Metrics) {
		return fmt.Errorf("%d metrics, want %d", len(s.Metrics), len(t.Metrics))
	}
	t.Examples, t.Loss = s.Examples, float64(s.Loss)
	for k, saved := range s.Metrics {
		state := make([]float64, len(saved))
		for i, v := range saved {
			state[i] = float64(v)
		}
		if err := t.Metrics[k].Restore(state); err != nil {
			return err
		}
	}
	return nil
}
