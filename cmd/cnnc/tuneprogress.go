package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/cnnc/cnnc/runtime/tune"
)

// trialProgress turns the epochs of a training process into reports of a trial.
type trialProgress struct {
	metric    string
	t         *tune.Trial
	execution int
	report    func(epoch int, value float64)
	reported  map[int]bool // by epoch
	stopped   bool         // by a stop rule
}

// observe takes in an event.
func (p *trialProgress) observe(e *trialEvent) {
	switch e.Event {
	case "epoch":
		if v, ok := e.Logs[p.metric]; ok {
			p.add(e.Epoch, float64(v))
		}
	case "result":
		p.stopped = e.Reason == "stopped"
	}
}

// add reports an epoch of the trial's own.
func (p *trialProgress) add(epoch int, value float64) {
	if epoch > p.t.From && epoch <= p.t.To && !p.reported[epoch] && !math.IsNaN(value) && !math.IsInf(value, 0) {
		p.reported[epoch] = true
		p.report(epoch, value)
	}
}

// complete reports the epochs that a process killed right behind their checkpoint
// did not report. A trial that continues one which a rule had stopped has no
// epochs of its own: its result is the best of that one.
func (p *trialProgress) complete(name string, o tune.Objective) error {
	epochs, values, err := readHistory(name, p.metric)
	if err != nil {
		return err
	}
	for i := range epochs {
		p.add(epochs[i], values[i])
	}
	if len(p.reported) > 0 || !p.stopped {
		return nil
	}
	best := -1
	for i, v := range values {
		if math.IsNaN(v) || best >= 0 && (o.Maximize && v <= values[best] || !o.Maximize && v >= values[best]) {
			continue
		}
		best = i
	}
	if best >= 0 {
		p.report(epochs[best], values[best])
	}
	return nil
}

// readHistory reads a column of the history of a run; epochs count from 1.
func readHistory(name, column string) (epochs []int, values []float64, err error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil // not one epoch
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil, nil, nil
	}
	k := slices.Index(rows[0], column)
	if k < 0 {
		return nil, nil, fmt.Errorf("%s has no column %s", name, column)
	}
	for _, row := range rows[1:] {
		epoch, err := strconv.Atoi(row[0])
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		v, err := strconv.ParseFloat(row[k], 64)
		if err != nil {
			v = math.NaN() // NA
		}
		epochs, values = append(epochs, epoch+1), append(values, v)
	}
	return epochs, values, nil
}
