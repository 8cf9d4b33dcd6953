package job

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/terminal"
	"github.com/cnnc/cnnc/runtime/train"
)

func runEval(e *Env) (err error) {
	cfg, tc := e.Config()
	j := e.Job
	obs, clearLine, err := progressFor(e)
	if err != nil {
		return err
	}
	defer clearLine()
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	params, labels, name, err := e.Weights()
	if err != nil {
		return err
	}
	if len(cfg.Classes) == 0 && cfg.Target == "" {
		// The order of the classes is that of the weights, whatever folders are
		// there today.
		cfg.Classes = labels
	}
	cfg.Fitted = e.prepared.Table
	labels = labelsFor(e.Net, labels)
	part := j.Part
	if part == "" {
		switch {
		case cfg.Test.Kind != "":
			part = "test"
		case cfg.Validate.Kind != "":
			part = "validate"
		default:
			return usagef("the model file names neither test nor validation data; say which part to evaluate on")
		}
	}
	set, err := data.Open(cfg, part)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close(set)) }()
	if err := checkClasses(e.Net, cfg, set); err != nil {
		return err
	}
	batch := cmp.Or(tc.Batch, cfg.Batch)
	spec, err := e.spec(cfg, name)
	if err != nil {
		return err
	}
	s, err := newStream(e.Net, set, cfg, spec.After, max(batch, 1), tc.Seed, j.Workers)
	if err != nil {
		return err
	}
	metrics := tc.Metrics
	if len(metrics) == 0 {
		metrics = nil // the one that suits the network
	}
	begin := time.Now()
	ev, err := train.Evaluate(e.Context, e.Net, s, train.Setup{
		Params: params, Scalars: scalars, Metrics: metrics, Workers: j.Workers, Observer: obs, Labels: labels,
	})
	clearLine()
	noteSkipped(obs, part, s)
	noteLeftOut(obs, set)
	if err != nil {
		return err
	}
	elapsed := time.Since(begin)
	if j.JSON || j.Progress == "json" {
		return json.NewEncoder(e.Stdout).Encode(newEvalReport(e.Net.Name, part, name, ev, elapsed))
	}
	fmt.Fprintf(e.Stdout, "%s on %s: %s in %s, %s\n", name, part, count(ev.Examples, "example"), short(elapsed), rate(ev.Examples, elapsed))
	return writeEvaluation(e.Stdout, ev)
}

// evalReport is an evaluation as JSON.
type evalReport struct {
	Event     string            `json:"event"` // "result"
	Model     string            `json:"model"`
	Part      string            `json:"part"`
	Weights   string            `json:"weights"`
	Examples  int               `json:"examples"`
	Seconds   float64           `json:"seconds"`
	Logs      map[string]Number `json:"logs"`
	Classes   []ClassScore      `json:"classes,omitempty"`
	Confusion [][]int           `json:"confusion,omitempty"` // rows are true classes
}

// ClassScore is the quality of one class, see train.ClassScore.
type ClassScore struct {
	Label     string  `json:"label"`
	Support   int     `json:"support"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func newEvalReport(model, part, name string, ev *train.Evaluation, elapsed time.Duration) *evalReport {
	r := &evalReport{
		Event: "result", Model: model, Part: part, Weights: name, Examples: ev.Examples, Seconds: elapsed.Seconds(),
		Logs: logsJSON(ev.Logs), Confusion: ev.Confusion,
	}
	for _, c := range ev.Classes {
		r.Classes = append(r.Classes, ClassScore{c.Label, c.Support, c.Precision, c.Recall, c.F1})
	}
	return r
}

// maxMatrix is the most classes whose confusion matrix fits on a screen.
const maxMatrix = 20

// writeEvaluation writes the tables.
func writeEvaluation(w io.Writer, ev *train.Evaluation) error {
	logs := &terminal.Table{Left: 2, Gap: 2}
	for _, l := range ev.Logs {
		logs.Add(terminal.Plain, l.Name, value(l.Value))
	}
	if _, err := io.WriteString(w, logs.Text(terminal.Of(w))); err != nil || ev.Confusion == nil {
		return err
	}
	fmt.Fprintln(w)
	to := terminal.Of(w)
	classes := &terminal.Table{Gap: 2, Indent: 2, Shrink: []int{0}}
	classes.Add(terminal.Bold, "class", "precision", "recall", "F1", "examples")
	for _, c := range ev.Classes {
		classes.Add(terminal.Plain, c.Label, fmt.Sprintf("%.4f", c.Precision), fmt.Sprintf("%.4f", c.Recall), fmt.Sprintf("%.4f", c.F1), strconv.Itoa(c.Support))
	}
	if _, err := io.WriteString(w, classes.Text(to)); err != nil || len(ev.Classes) > maxMatrix {
		return err
	}
	matrix := &terminal.Table{Gap: 1, Indent: 1, Shrink: []int{0}}
	head := []string{""}
	for i := range ev.Classes {
		head = append(head, strconv.Itoa(i))
	}
	matrix.Add(terminal.Bold, head...)
	for i, row := range ev.Confusion {
		cells := []string{ev.Classes[i].Label + " " + strconv.Itoa(i)}
		for _, n := range row {
			if n == 0 {
				cells = append(cells, ".")
				continue
			}
			cells = append(cells, fmt.Sprint(n))
		}
		matrix.Add(terminal.Plain, cells...)
	}
	_, err := fmt.Fprintf(w, "\nrows: true class, columns: predicted\n%s", matrix.Text(to))
	return err
}
