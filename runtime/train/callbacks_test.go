package train

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/runtime/config"
)

var nan = math.NaN()

// TestEarlyStopping is the table of the specification (training, EarlyStopping),
// with cases of the other arguments, of NaN and of a metric that goes up added.
func TestEarlyStopping(t *testing.T) {
	series := []float64{.9, .8, .85, .81, .79, .795, .80, .81}
	based := []float64{.9, .8, .7, .6, .59, .58, .6}
	for _, c := range []struct {
		name   string
		rule   config.Stop
		values []float64
		stop   int // epoch, -1 never
		best   int
		held   int // epoch whose weights would be restored
	}{
		{"patience 0", config.Stop{Stall: 0}, series, 2, 1, 1},
		{"patience 1", config.Stop{Stall: 1}, series, 2, 1, 1},
		{"patience 2", config.Stop{Stall: 2}, series, 3, 1, 1},
		{"patience 3", config.Stop{Stall: 3}, series, 7, 4, 4},
		{"delta", config.Stop{Stall: 2, MinDelta: .05}, series, 3, 1, 1},
		{"negative delta", config.Stop{Stall: 2, MinDelta: -.05}, series, 3, 1, 1},
		{"baseline", config.Stop{Stall: 3, Baseline: &config.Level{Value: .5}}, based, 6, 5, 5},
		{"baseline reached", config.Stop{Stall: 3, Baseline: &config.Level{Value: .65}}, append(based, .6, .6), 8, 5, 5},
		{"baseline needs delta too", config.Stop{Stall: 2, MinDelta: .05, Baseline: &config.Level{Value: .63}}, based[:5], 4, 3, 3},
		{"patience 4", config.Stop{Stall: 4}, series, -1, 4, 4},
		{"equal is no improvement", config.Stop{Stall: 2}, []float64{1, 1, 1}, 2, 0, 0},
		{"up", config.Stop{Metric: "val_accuracy", Stall: 2}, []float64{.5, .6, .55, .6, .7}, 3, 1, 1},
		{"mode max", config.Stop{Stall: 2, Mode: "max"}, series, 2, 0, 0},
		{"mode min", config.Stop{Metric: "val_accuracy", Stall: 2, Mode: "min"}, series, 3, 1, 1},
		{"from epoch", config.Stop{Stall: 2, FromEpoch: 3}, series, 6, 4, 4},
		{"from epoch behind the end", config.Stop{Stall: 1, FromEpoch: 8}, series, -1, -1, -1},
		{"NaN first", config.Stop{Stall: 2}, []float64{nan, .5, nan, nan}, 3, 1, 1},
		{"NaN throughout", config.Stop{Stall: 3}, []float64{nan, nan, nan}, 2, -1, 0},
		{"not at epoch 0", config.Stop{Stall: 1}, []float64{nan}, -1, -1, 0},
		{"missing values do not count", config.Stop{Stall: 2}, []float64{1, math.Inf(-1), 2, math.Inf(-1), 2}, 4, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.rule.Metric == "" {
				c.rule.Metric = "val_loss"
			}
			patience := c.rule.Stall
			c.rule.Stall = max(patience, 1)
			rule, err := newStopRule(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			rule.Stall = patience
			stop := -1
			for epoch, v := range c.values {
				logs := &EpochLogs{Epoch: epoch, Logs: []Log{{c.rule.Metric, v}}}
				if math.IsInf(v, -1) {
					logs.Logs = nil
				}
				if rule.epochEnd(logs) != "" {
					stop = epoch
					break
				}
			}
			if stop != c.stop || rule.best.Epoch != c.best || rule.held != c.held {
				t.Errorf("stops after epoch %d with best %d, held %d; want %d, %d, %d", stop, rule.best.Epoch, rule.held, c.stop, c.best, c.held)
			}
		})
	}
}

// TestReduceOnPlateau has the example of the specification (training,
// ReduceLROnPlateau) and series worked out by hand.
func TestReduceOnPlateau(t *testing.T) {
	ones := []float64{1, 1, 1, 1, 1, 1}
	for _, c := range []struct {
		name   string
		rule   config.Reduce
		values []float64
		want   []float64 // learning rate after each epoch
	}{
		{"constant", config.Reduce{Stall: 2}, ones, []float64{1, 1, .5, .5, .25, .25}},
		{"cooldown 1", config.Reduce{Stall: 2, Cooldown: 1}, ones, []float64{1, 1, .5, .5, .25, .25}},
		{"cooldown 2", config.Reduce{Stall: 2, Cooldown: 2}, append(ones, 1, 1), []float64{1, 1, .5, .5, .5, .25, .25, .25}},
		{"patience 0", config.Reduce{Stall: 0}, ones[:4], []float64{1, .5, .25, .125}},
		{"least rate", config.Reduce{Stall: 1, MinRate: .3}, ones[:5], []float64{1, .5, .3, .3, .3}},
		{"improving", config.Reduce{Stall: 1}, []float64{1, .9, .8, .8}, []float64{1, 1, 1, .5}},
		{"delta", config.Reduce{Stall: 1, MinDelta: .2}, []float64{1, .9, .7}, []float64{1, .5, .5}},
		{"mode", config.Reduce{Stall: 1, Mode: "max"}, []float64{1, 2, 1}, []float64{1, 1, .5}},
		{"NaN", config.Reduce{Stall: 1}, []float64{nan, 1, nan}, []float64{.5, .5, .25}},
		{"better while cooling", config.Reduce{Stall: 1, Cooldown: 3}, []float64{1, 1, .5, .4, .4, .4}, []float64{1, .5, .5, .5, .25, .25}},
	} {
		c.rule.Metric, c.rule.Factor = "loss", .5
		p, err := newPlateau(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		rate, got := 1.0, []float64(nil)
		for epoch, v := range c.values {
			rate = p.epochEnd(&EpochLogs{Epoch: epoch, Logs: []Log{{"loss", v}}}, rate)
			rate = p.epochEnd(&EpochLogs{Epoch: epoch}, rate) // without the value nothing changes
			got = append(got, rate)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	for _, factor := range []float64{1, 1.5, 0, -1, nan} {
		if _, err := newPlateau(config.Reduce{Metric: "loss", Stall: 1, Factor: factor}); err == nil {
			t.Errorf("factor %v accepted", factor)
		}
	}
}

// TestRulesAgainstModel compares the rules on random series with the algorithms
// of the specification written down in the other way: over the whole series up to
// an epoch, instead of from epoch to epoch.
func TestRulesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Few values, so that ties, and differences of just delta, are common.
		cell := rapid.SampledFrom([]float64{0, .25, .5, .75, 1, 1.25, nan, math.Inf(1), math.Inf(-1)})
		values := rapid.SliceOfN(cell, 1, 25).Draw(t, "values")
		missing := rapid.SliceOfN(rapid.Float64Range(0, 1), len(values), len(values)).Draw(t, "missing")
		there := func(e int) bool { return missing[e] < .8 }
		up := rapid.Bool().Draw(t, "up")
		delta := rapid.SampledFrom([]float64{0, .25, .3}).Draw(t, "delta")
		patience := rapid.IntRange(1, 5).Draw(t, "patience")
		from := rapid.IntRange(0, 6).Draw(t, "from")
		mode := config.ModeMin
		if up {
			mode = config.ModeMax
		}
		better := func(a, b float64) bool { // a than b
			if up {
				return a-delta > b
			}
			return a+delta < b
		}
		// improvements are the epochs that improve on all before.
		improvements := func(from int) map[int]bool {
			set, last := map[int]bool{}, -1
			for e := from; e < len(values); e++ {
				if there(e) && values[e] == values[e] && (last < 0 || better(values[e], values[last])) {
					set[e], last = true, e
				}
			}
			return set
		}

		stop := config.Stop{Metric: "loss", Mode: mode, Stall: patience, MinDelta: delta, FromEpoch: from}
		if rapid.Bool().Draw(t, "based") {
			stop.Baseline = &config.Level{Value: cell.Filter(func(v float64) bool { return v == v }).Draw(t, "baseline")}
		}
		rule, err := newStopRule(stop)
		if err != nil {
			t.Fatal(err)
		}
		improved := improvements(from)
		for e := range values {
			logs := &EpochLogs{Epoch: e}
			if there(e) {
				logs.Logs = []Log{{"loss", values[e]}}
			}
			got := rule.epochEnd(logs) != ""
			// The epochs looked at since the last improvement that passed the baseline.
			waited, first, top := 0, -1, -1
			for k := from; k <= e; k++ {
				if !there(k) {
					continue
				}
				if first < 0 {
					first = k
				}
				waited++
				if improved[k] {
					top = k
					if stop.Baseline == nil || better(values[k], stop.Baseline.Value) {
						waited = 0
					}
				}
			}
			held := first
			if top >= 0 {
				held = top
			}
			if rule.held != held || rule.best.Epoch != top {
				t.Fatalf("epoch %d: held %d, best %d; want %d, %d", e, rule.held, rule.best.Epoch, held, top)
			}
			want := e >= from && there(e) && !improved[e] && waited >= patience && e > 0
			if got != want {
				t.Fatalf("epoch %d: stops %v, want %v", e, got, want)
			}
			if got {
				break
			}
		}

		cooldown := rapid.IntRange(0, 4).Draw(t, "cooldown")
		p, err := newPlateau(config.Reduce{Metric: "loss", Mode: mode, Stall: patience, MinDelta: delta, Factor: .5, Cooldown: cooldown, MinRate: .1})
		if err != nil {
			t.Fatal(err)
		}
		improved = improvements(0)
		rate, want := 1.0, 1.0
		seen, anchor := 0, 0 // values seen, and how many when the waiting began anew
		for e := range values {
			logs := &EpochLogs{Epoch: e}
			if there(e) {
				logs.Logs = []Log{{"loss", values[e]}}
				seen++
				switch {
				case improved[e]:
					anchor = max(anchor, seen)
				case seen-anchor >= patience && want > .1:
					want = max(want/2, .1)
					// In a cooldown of c, the first c-1 values do not count.
					anchor = seen + max(cooldown-1, 0)
				}
			}
			if rate = p.epochEnd(logs, rate); rate != want {
				t.Fatalf("epoch %d: rate %v, want %v", e, rate, want)
			}
		}
	})
}

// TestUpward: the mode decides, or the metric; an unknown one is an error.
func TestUpward(t *testing.T) {
	for _, c := range []struct {
		key, mode string
		up        bool
		want      string
	}{
		{"loss", "", false, ""}, {"val_loss", "", false, ""}, {"val_accuracy", "", true, ""}, {"auc_1", "", true, ""},
		{"val_mae", "", false, ""}, {"val_loss", "max", true, ""}, {"accuracy", "min", false, ""}, {"own", "max", true, ""},
		{"my_acc", "", false, "unknown metric"}, {"loss", "auto", false, "unknown mode"},
	} {
		up, err := upward(c.key, c.mode)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) || err == nil && up != c.up {
			t.Errorf("%s, %q: %v, %v", c.key, c.mode, up, err)
		}
	}
}

// TestWriteCSV: the columns are those of the first epoch, in alphabetical order,
// with twins for validation that comes later (spec: training, CSVLogger).
func TestWriteCSV(t *testing.T) {
	h := History{
		{0, []Log{{"loss", 1.5}, {"mae", nan}, {"learning_rate", .1}}},
		{1, []Log{{"extra", 3}, {"loss", 1}, {"val_loss", 2}, {"learning_rate", .05}}},
	}
	var b bytes.Buffer
	if err := h.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "epoch,learning_rate,loss,mae,val_learning_rate,val_loss,val_mae\r\n" +
		"0,0.1,1.5,NaN,NA,NA,NA\r\n" +
		"1,0.05,1,NA,NA,2,NA\r\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
