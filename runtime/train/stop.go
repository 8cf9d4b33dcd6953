package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
)

// best follows the best value of one history key. Improvement is strict, and NaN
// never improves (spec: training, section 7). Its fields are part of a checkpoint.
type best struct {
	Epoch int // from 0, -1 when there is none
	Value Number
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

// stopRule is a rule of the model file with its state, which follows from the
// history.
type stopRule struct {
	config.Stop
	up   bool
	best best
	wait int
	// held is the epoch whose weights Restore brings back, -1 when there is none.
	held int
}

func newStopRule(c config.Stop) (*stopRule, error) {
	r := &stopRule{Stop: c, best: best{Epoch: -1}, held: -1}
	var err error
	if r.up, err = upward(c.Metric, c.Mode); err != nil {
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

// newStopRules makes the rules of a run.
func newStopRules(list []config.Stop, check func(what, key string) error) (rules []*stopRule, err error) {
	restores := ""
	for _, c := range list {
		if err := check("stop when", c.Metric); err != nil {
			return nil, err
		}
		rule, err := newStopRule(c)
		if err != nil {
			return nil, err
		}
		switch {
		case !c.Restore:
		case c.Op != "":
			return nil, fmt.Errorf("stop when %s: a threshold has no best epoch to restore", c.Metric)
		case restores != "":
			return nil, fmt.Errorf("stop when %s: the weights are restored by the rule of %s already", c.Metric, restores)
		default:
			restores = c.Metric
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// epochEnd takes in an epoch and returns why training should end, "" if it
// should not (spec: training, EarlyStopping).
func (r *stopRule) epochEnd(logs *EpochLogs) string {
	value, ok := logs.Lookup(r.Metric)
	if !ok || logs.Epoch < r.FromEpoch {
		return ""
	}
	if r.Op != "" {
		if !compare(value, r.Op, r.Threshold) {
			return ""
		}
		return fmt.Sprintf("%s is %.6g, %s %g", r.Metric, value, r.Op, r.Threshold)
	}
	if r.held < 0 {
		r.held = logs.Epoch // better than nothing, even where it is no number
	}
	r.wait++
	if r.best.improves(value, r.MinDelta, r.up) {
		r.best = best{Epoch: logs.Epoch, Value: Number(value)}
		r.held = logs.Epoch
		if b := r.Baseline; b == nil || (&best{Value: Number(b.Value)}).improves(value, r.MinDelta, r.up) {
			r.wait = 0
		}
		return ""
	}
	if r.wait >= r.Stall && logs.Epoch > 0 {
		since := "has not improved"
		switch {
		case r.best.Epoch < 0:
			return fmt.Sprintf("%s was no number for %d epochs", r.Metric, r.wait)
		case r.Baseline != nil && logs.Epoch-r.best.Epoch < r.wait:
			since = fmt.Sprintf("has not passed %g", r.Baseline.Value)
		}
		return fmt.Sprintf("%s %s for %d epochs; its best is %.6g in epoch %d", r.Metric, since, r.wait, float64(r.best.Value), r.best.Epoch+1)
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
	if name == "loss" || slices.Contains(metricNames, name) {
		return nil
	}
	return fmt.Errorf("%s %s: %s is not among the metrics (%s)", what, key, name, strings.Join(append([]string{"loss"}, metricNames...), ", "))
}
