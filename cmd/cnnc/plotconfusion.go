package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/runtime/job"
)

type plotConfusionCmd struct {
	figureArgs
	modelArgs
	weightArgs
	Part    string `enum:",train,validate,test" default:"" placeholder:"PART" help:"On which part of the data: train, validate or test. Default: test, else validate."`
	Workers int    `placeholder:"N" help:"Threads. Default: GOMAXPROCS."`
}

// Help is the long help of the subcommand.
func (plotConfusionCmd) Help() string {
	return `FILE is a model file, whose weights are evaluated as cnnc eval does, or a run folder,
which holds the evaluation that its training ended with. Rows are true classes, columns
predicted ones; the colour of a cell is its share of the row.

  cnnc plot confusion doodles.cnn --part test
  cnnc plot confusion runs/doodles -o confusion.svg`
}

// matrixReport is what the figure needs of an evaluation as JSON.
type matrixReport struct {
	Part     string `json:"part"`
	Examples int    `json:"examples"`
	Classes  []struct {
		Label string `json:"label"`
	} `json:"classes"`
	Confusion [][]int `json:"confusion"`
}

// Run draws the matrix.
func (c *plotConfusionCmd) Run(s *streams) error {
	o, err := c.options("confusion")
	if err != nil {
		return err
	}
	name, r, err := c.report(s)
	if err != nil {
		return err
	}
	if len(r.Confusion) == 0 {
		return fmt.Errorf("%s: the scores of the network are not those of classes: there is no confusion matrix", displayName(c.File))
	}
	var names []string
	right, all := 0, 0
	for i, row := range r.Confusion {
		names = append(names, r.Classes[i].Label)
		right += row[i]
		for _, n := range row {
			all += n
		}
	}
	title := fmt.Sprintf("%s, %s data: %.2f %% of %s right", name, partName(r.Part), 100*float64(right)/float64(max(all, 1)), number(int64(all)))
	return c.save(s, figure.Confusion(title, names, r.Confusion), o, fmt.Sprintf("%d of %d right", right, all))
}

// partName is a part of the data in words.
func partName(part string) string {
	switch part {
	case "validate":
		return "validation"
	case "train":
		return "training"
	}
	return part
}

// report finds the evaluation that the file stands for, and the name of the model or
// run.
func (c *plotConfusionCmd) report(s *streams) (name string, r *matrixReport, err error) {
	file := c.File
	info, err := os.Stat(file)
	switch {
	case err == nil && info.IsDir():
		file = filepath.Join(file, job.EvaluationFile)
		if !exists(file) {
			return "", nil, fmt.Errorf("%s holds no %s: no training has ended in it; give the model file instead", displayName(c.File), job.EvaluationFile)
		}
	case filepath.Ext(file) != ".json":
		m, err := c.compile(s, compiler.Options{})
		if err != nil {
			return "", nil, err
		}
		r, err := c.evaluate(s, m)
		return m.Plan.Name, r, err
	}
	if c.Part != "" || c.Weights != "" || c.weightArgs.Run != "" || len(c.Set) > 0 || c.Values != "" || c.Workers != 0 {
		return "", nil, usageErrorf("--part, --weights, --run, --set, --values and --workers belong to model files: a run folder holds one evaluation")
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", nil, err
	}
	r, err = readEvaluation(file)
	return filepath.Base(filepath.Dir(file)), r, err
}

// maxEvaluation is the longest evaluation that is read, in bytes.
const maxEvaluation = 64 << 20

// readEvaluation reads the file that training ends with.
func readEvaluation(name string) (*matrixReport, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &matrixReport{}
	if err := json.NewDecoder(io.LimitReader(f, maxEvaluation)).Decode(r); err != nil {
		return nil, fmt.Errorf("%s: no evaluation: %w", displayName(name), err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: no evaluation: %w", displayName(name), err)
	}
	return r, nil
}

// check reports what a matrix cannot be drawn of.
func (r *matrixReport) check() error {
	if r.Confusion == nil {
		return nil
	}
	if len(r.Classes) != len(r.Confusion) {
		return fmt.Errorf("%d classes, a matrix of %d rows", len(r.Classes), len(r.Confusion))
	}
	for _, row := range r.Confusion {
		if len(row) != len(r.Confusion) {
			return fmt.Errorf("a matrix of %d rows with one of %d columns", len(r.Confusion), len(row))
		}
		if slices.Min(row) < 0 {
			return fmt.Errorf("%d examples", slices.Min(row))
		}
	}
	return nil
}

// evaluate runs the network's program on a part of the data.
func (c *plotConfusionCmd) evaluate(s *streams, m *compiled) (*matrixReport, error) {
	run := runArgs{Dir: c.folder(m), Workers: c.Workers, Progress: "none", JSON: true}
	bin, j, err := run.child(m, "eval", childMain)
	if err != nil {
		return nil, err
	}
	j.Weights, j.Part = c.Weights, c.Part
	var out bytes.Buffer
	if err := finish(bin, j, &streams{out: &out, err: s.err}); err != nil {
		return nil, err
	}
	r := &matrixReport{}
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		return nil, fmt.Errorf("internal error: the evaluation: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("internal error: the evaluation: %w", err)
	}
	return r, nil
}
