package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/cnnc/cnnc/cmd/cnnc/figure"
	"github.com/cnnc/cnnc/compiler"
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
	return `Evaluates the weights as cnnc eval does. Rows are true classes, columns predicted
ones; the colour of a cell is its share of the row.`
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
	m, err := c.compile(s, compiler.Options{})
	if err != nil {
		return err
	}
	r, err := c.evaluate(s, m)
	if err != nil {
		return err
	}
	if len(r.Confusion) == 0 {
		return fmt.Errorf("%s: the scores of the network are not those of classes: there is no confusion matrix", m.name)
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
	title := fmt.Sprintf("%s, %s data: %.2f %% of %s right", m.Plan.Name, partName(r.Part), 100*float64(right)/float64(max(all, 1)), number(int64(all)))
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
	if len(r.Classes) != len(r.Confusion) {
		return nil, fmt.Errorf("internal error: %d classes, a matrix of %d rows", len(r.Classes), len(r.Confusion))
	}
	return r, nil
}
