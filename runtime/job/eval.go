package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cnnc/cnnc/runtime/data"
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
	batch := tc.Batch
	if batch == 0 {
		batch = cfg.Batch
	}
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
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range ev.Logs {
		fmt.Fprintf(t, "%s\t%s\n", l.Name, value(l.Value))
	}
	if err := t.Flush(); err != nil || ev.Confusion == nil {
		return err
	}
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "class\tprecision\trecall\tF1\texamples\t")
	for _, c := range ev.Classes {
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t%d\t\n", c.Label, c.Precision, c.Recall, c.F1, c.Support)
	}
	if err := t.Flush(); err != nil || len(ev.Classes) > maxMatrix {
		return err
	}
	fmt.Fprintln(w, "\nrows: true class, columns: predicted")
	t = tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	var head strings.Builder
	for i := range ev.Classes {
		fmt.Fprintf(&head, "\t%d", i)
	}
	fmt.Fprintf(t, "%s\t\n", head.String())
	for i, row := range ev.Confusion {
		fmt.Fprintf(t, "%s %d", ev.Classes[i].Label, i)
		for _, n := range row {
			if n == 0 {
				fmt.Fprint(t, "\t.")
				continue
			}
			fmt.Fprintf(t, "\t%d", n)
		}
		fmt.Fprintln(t, "\t")
	}
	return t.Flush()
}
