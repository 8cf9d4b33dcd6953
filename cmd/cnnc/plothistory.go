package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/train"
)

type plotHistoryCmd struct {
	figureArgs
	Runs    []string `arg:"" name:"run" type:"path" help:"Run folders, history.csv files, or model files, which stand for their run folder runs/MODEL. Several are drawn over each other."`
	Metrics []string `short:"m" placeholder:"NAME" help:"What to show: accuracy, loss, learning_rate, ... One panel each. Default: accuracy, or the first metric, and loss."`
}

// Help is the long help of the subcommand.
func (plotHistoryCmd) Help() string {
	return `  cnnc plot history runs/doodles -o history.png
  cnnc plot history runs/narrow runs/wide --metrics accuracy,loss --size 12x5`
}

// Run draws the curves.
func (c *plotHistoryCmd) Run(s *streams) error {
	o, err := c.options("history")
	if err != nil {
		return err
	}
	var logs []*epochLog
	for _, name := range c.Runs {
		l, err := readRun(s, name)
		if err != nil {
			return err
		}
		logs = append(logs, l)
	}
	metrics := c.Metrics
	if len(metrics) == 0 {
		if metrics = logs[0].panels(); len(metrics) == 0 {
			return usageErrorf("%s has neither a metric nor a loss; name with --metrics what to show: %s", displayName(c.Runs[0]), strings.Join(logs[0].names[1:], ", "))
		}
	}
	var runs []figure.Run
	for _, l := range logs {
		r := figure.Run{Name: l.name, Epochs: l.epochs}
		for _, m := range metrics {
			r.Panels = append(r.Panels, figure.Curves{Train: l.column(m), Validation: l.column("val_" + m)})
		}
		runs = append(runs, r)
	}
	for i, m := range metrics {
		if !slices.ContainsFunc(runs, func(r figure.Run) bool { return r.Panels[i].Train != nil || r.Panels[i].Validation != nil }) {
			return usageErrorf("no run has %q; %s has %s", m, displayName(c.Runs[0]), strings.Join(logs[0].names[1:], ", "))
		}
	}
	distinct(runs)
	return c.save(s, figure.History(metrics, runs), o, fmt.Sprintf("%s of %s", strings.Join(metrics, " and "), plural(len(logs[0].epochs), "epoch")))
}

// distinct gives runs of the same name different ones.
func distinct(runs []figure.Run) {
	seen := map[string]int{}
	for i := range runs {
		seen[runs[i].Name]++
		if n := seen[runs[i].Name]; n > 1 {
			runs[i].Name = fmt.Sprintf("%s (%d)", runs[i].Name, n)
		}
	}
}

// epochLog is a history.csv.
type epochLog struct {
	name   string // of the run
	names  []string
	epochs []float64 // from 1
	values map[string][]float64
}

// readRun finds the history that an argument stands for, and reads it.
func readRun(s *streams, name string) (*epochLog, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: no such run folder or file", displayName(name))
	case err != nil:
		return nil, err
	case info.IsDir():
		l, err := readEpochs(filepath.Join(name, train.HistoryFile))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s holds no %s: no run has written into it", displayName(name), train.HistoryFile)
		}
		return l, err
	case filepath.Ext(name) == ".cnn":
		m, err := (&modelArgs{File: name}).compile(s, compiler.Options{Inference: true})
		if err != nil {
			return nil, err
		}
		l, err := readEpochs(filepath.Join((&weightArgs{}).folder(m), train.HistoryFile))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s has not been trained here: there is no %s", displayName(name), filepath.Join((&weightArgs{}).folder(m), train.HistoryFile))
		}
		return l, err
	}
	return readEpochs(name)
}

// maxEpochs bounds what is read of a history.
const maxEpochs = 1 << 20

// readEpochs reads a file as train.History.WriteCSV writes it, or Keras's
// CSVLogger.
func readEpochs(name string) (*epochLog, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w", displayName(name), fmt.Errorf(format, args...))
	}
	r := csv.NewReader(io.LimitReader(f, 1<<28))
	r.ReuseRecord = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fail("the file is empty")
	}
	if err != nil {
		return nil, fail("%w", err)
	}
	if head[0] != "epoch" || len(head) < 2 {
		return nil, fail("no log of epochs: its first column is %q", head[0])
	}
	for i, name := range head {
		if name == "" || slices.Contains(head[:i], name) {
			return nil, fail("column %d is called %q: want names, each once", i+1, name)
		}
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	l := &epochLog{name: filepath.Base(filepath.Dir(abs)), names: slices.Clone(head), values: map[string][]float64{}}
	if filepath.Base(abs) != train.HistoryFile {
		l.name = strings.TrimSuffix(filepath.Base(abs), filepath.Ext(abs))
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fail("%w", err)
		}
		if len(l.epochs) == maxEpochs {
			return nil, fail("more than %d epochs", maxEpochs)
		}
		for i, cell := range row {
			v := math.NaN()
			if cell != "NA" && cell != "" {
				if v, err = strconv.ParseFloat(cell, 64); err != nil {
					line, _ := r.FieldPos(i)
					return nil, fail("line %d: %s is %q, want a number", line, l.names[i], cell)
				}
			}
			if i == 0 {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					line, _ := r.FieldPos(i)
					return nil, fail("line %d: the epoch is %q, want a number", line, cell)
				}
				l.epochs = append(l.epochs, v+1)
				continue
			}
			l.values[l.names[i]] = append(l.values[l.names[i]], v)
		}
	}
	if len(l.epochs) == 0 {
		return nil, fail("no epoch has ended yet")
	}
	return l, nil
}

// column returns the values of a key, nil when none is a number.
func (l *epochLog) column(name string) []float64 {
	v := l.values[name]
	if !slices.ContainsFunc(v, func(x float64) bool { return !math.IsNaN(x) }) {
		return nil
	}
	return v
}

// panels are the quantities that a figure shows when nothing is said.
func (l *epochLog) panels() []string {
	metric := ""
	for _, name := range l.names[1:] {
		if name == "accuracy" {
			metric = name
			break
		}
		if metric == "" && name != "loss" && name != "learning_rate" && !strings.HasPrefix(name, "val_") {
			metric = name
		}
	}
	list := []string{metric, "loss"}
	return slices.DeleteFunc(list, func(name string) bool { return l.column(name) == nil && l.column("val_"+name) == nil })
}
