package train

import (
	"fmt"
	"math"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
)

// best follows the best value of one history key. Improvement is strict, and NaN
// never improves (spec: training, section 7). Its fields are part of a checkpoint.
type best struct {
	Epoch int // from 0, -1 when there is none
	Value number
}

// improves says whether value improves on b by more than minDelta.
func (b *best) improves(value, minDelta float64, up bool) bool {
	switch {
	case math.IsNaN(value):
		return false
	case b.Epoch < 0:
		return true
	case up:
		return value-math.Abs(minDelta) > float64(b.Value)
	}
	return value+math.Abs(minDelta) < float64(b.Value)
}

// stopRule is a rule of the model file with its state.
type stopRule struct {
	config.Stop
	up bool
	stopState
}

// stopState is the part of a rule that a checkpoint keeps.
type stopState struct {
	Best best
	Wait int
}

func newStopRule(c config.Stop) (*stopRule, error) {
	r := &stopRule{Stop: c, stopState: stopState{Best: best{Epoch: -1}}}
	var err error
	if r.up, err = upward(c.Metric); err != nil {
		return nil, fmt.Errorf("stop: %w", err)
	}
	if (c.Stall > 0) == (c.Op != "") {
		return nil, fmt.Errorf("stop when %s: want either a number of epochs or a threshold", c.Metric)
	}
	switch c.Op {
	case "", ">", ">=", "<", "<=":
	default:
		return nil, fmt.Errorf("stop when %s: unknown comparison %q", c.Metric, c.Op)
	}
	return r, nil
}

// epochEnd takes in an epoch and returns why training should end, "" if it
// should not (spec: training, EarlyStopping).
func (r *stopRule) epochEnd(logs *EpochLogs) string {
	value, ok := logs.Lookup(r.Metric)
	if !ok {
		return ""
	}
	if r.Op != "" {
		if !compare(value, r.Op, r.Threshold) {
			return ""
		}
		return fmt.Sprintf("%s is %.6g, %s %g", r.Metric, value, r.Op, r.Threshold)
	}
	r.Wait++
	if r.Best.improves(value, r.MinDelta, r.up) {
		r.Best = best{Epoch: logs.Epoch, Value: number(value)}
		r.Wait = 0
		return ""
	}
	if r.Wait >= r.Stall && logs.Epoch > 0 {
		if r.Best.Epoch < 0 {
			return fmt.Sprintf("%s was no number for %d epochs", r.Metric, r.Wait)
		}
		return fmt.Sprintf("%s has not improved for %d epochs; its best is %.6g in epoch %d", r.Metric, r.Wait, float64(r.Best.Value), r.Best.Epoch+1)
	}
	return ""
}

func compare(v float64, op string, threshold float64) bool {
	switch op {
	case ">":
		return v > threshold
	case ">=":
		return v >= threshold
	case "<":
		return v < threshold
	}
	return v <= threshold
}

// checkKey reports a key that the history of a run will never have.
func checkKey(what, key string, metricNames []string, validation bool) error {
	if strings.HasPrefix(key, "val_") && !validation {
		return fmt.Errorf("%s %s: there is no validation data", what, key)
	}
	name := strings.TrimPrefix(key, "val_")
	if name == "loss" {
		return nil
	}
	for _, n := range metricNames {
		if n == name {
			return nil
		}
	}
	return fmt.Errorf("%s %s: %s is not among the metrics (%s)", what, key, name, strings.Join(append([]string{"loss"}, metricNames...), ", "))
}
