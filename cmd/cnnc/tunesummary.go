package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/cnnc/cnnc/cmd/cnnc/searchreport"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/tune"
)

func join(list []tune.Value, sep string) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, sep)
}

// result prints the summary of a search.
func (w *tuneShow) result(res *tune.Result) error {
	s := &w.g.search
	importance := tune.ImportanceOf(s.Space, res.Trials, s.Objective)
	values := filepath.Join(s.Dir, valuesFile)
	if len(res.Best) == 0 {
		values = ""
	}
	if w.json != nil {
		return w.json.Encode(struct {
			Event      string          `json:"event"` // "result"
			Reason     string          `json:"reason"`
			Trials     int             `json:"trials"`
			Best       []bestTrial     `json:"best"`
			Values     string          `json:"values,omitempty"` // the file of the best
			Importance *importanceJSON `json:"importance,omitempty"`
			Report     string          `json:"report,omitempty"`
		}{"result", string(res.Reason), len(res.Trials), bestTrials(s.Dir, tune.BestPoints(res.Trials, s.Objective, shownTrials)), values, newImportanceJSON(&importance), w.g.reportName()})
	}
	out := w.s.out
	fmt.Fprintf(out, "\nsearch ended: %s; %s\n", reasonText(res), plural(len(res.Trials), "trial"))
	if res.Reason == tune.Interrupted {
		fmt.Fprintln(out, "--resume goes on from here")
	}
	if len(res.Best) > 0 {
		fmt.Fprintf(out, "\nbest trials\n")
		if err := bestTable(out, s.Dir, s.Space, tune.BestPoints(res.Trials, s.Objective, shownTrials), s.Objective); err != nil {
			return err
		}
	}
	writeImportance(out, &importance)
	writeFailures(out, s.Space, res.Trials)
	if name := w.g.reportName(); name != "" {
		fmt.Fprintf(out, "\nreport: %s\n", displayName(name))
	}
	if values != "" {
		fmt.Fprintf(out, "\nbest values: %s\n  cnnc train %s --values %s\n", displayName(values), w.g.model.name, displayName(values))
	}
	return nil
}

// reasonText is why a search ended; "" stands for an error, which is printed.
func reasonText(res *tune.Result) string {
	if res.Reason == "" {
		return "it failed"
	}
	return string(res.Reason)
}

// bestTable lists trials with the folders of their weights.
func bestTable(w io.Writer, dir string, s tune.Space, best []tune.Trial, o tune.Objective) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tab, "  trial\t%s\tepoch\ttrained\tvalues\tweights\n", o.Metric)
	for i := range best {
		t := &best[i]
		fmt.Fprintf(tab, "  %d\t%s\t%d\t%d\t%s\t%s\n", t.ID, score(t.Score), t.BestEpoch, t.To, s.Text(t.Values), displayName(weightsOf(dir, t.ID)))
	}
	return tab.Flush()
}

// weightsOf is the weight file of a trial, "" when it was pruned.
func weightsOf(dir string, id int) string {
	name := filepath.Join(tune.TrialDir(dir, id), train.BestFile)
	if !exists(name) {
		return ""
	}
	return name
}

// bestTrial is a trial in JSON results.
type bestTrial struct {
	tune.Trial
	Weights    string `json:"weights,omitempty"`
	ValuesFile string `json:"values_file,omitempty"`
}

func bestTrials(dir string, best []tune.Trial) []bestTrial {
	out := []bestTrial{}
	for _, t := range best {
		b := bestTrial{Trial: t, Weights: weightsOf(dir, t.ID)}
		if name := filepath.Join(tune.TrialDir(dir, t.ID), trialValuesFile); exists(name) {
			b.ValuesFile = name
		}
		out = append(out, b)
	}
	return out
}

func listJSON(w io.Writer, dir string, best []tune.Trial, o tune.Objective) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Objective tune.Objective `json:"objective"`
		Best      []bestTrial    `json:"best"`
	}{o, bestTrials(dir, best)})
}

// importanceJSON is the importance of hyperparameters in JSON results.
type importanceJSON struct {
	Shares map[string]float64 `json:"shares"`
	Joint  float64            `json:"joint"`
	Noise  float64            `json:"noise"`
	Points int                `json:"points"`
	Epochs int                `json:"epochs"`
}

// newImportanceJSON is nil when there was nothing to analyse.
func newImportanceJSON(imp *tune.Importance) *importanceJSON {
	if imp.Noise == 0 && imp.Joint == 0 {
		return nil
	}
	out := &importanceJSON{Shares: map[string]float64{}, Joint: imp.Joint, Noise: imp.Noise, Points: imp.Points, Epochs: imp.Epochs}
	for _, v := range imp.Shares {
		out.Shares[v.Name] = v.Share
	}
	return out
}

// writeImportance prints which hyperparameters mattered, most first.
func writeImportance(w io.Writer, imp *tune.Importance) {
	if imp.Noise == 0 && imp.Joint == 0 {
		return
	}
	list := slices.Clone(imp.Shares)
	slices.SortStableFunc(list, func(a, b tune.Share) int { return cmp.Compare(b.Share, a.Share) })
	if len(list) > 1 {
		list = append(list, tune.Share{Name: "together", Share: imp.Joint})
	}
	list = append(list, tune.Share{Name: "unexplained", Share: imp.Noise})
	fmt.Fprintf(w, "\nimportance: shares of the variance of %s after epoch %d\n", plural(imp.Points, "point"), imp.Epochs)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range list {
		fmt.Fprintf(tab, "  %s\t%.0f %%\n", v.Name, 100*v.Share)
	}
	tab.Flush()
}

// writeFailures lists the trials that gave no result, with reasons; equal ones of
// one kind together.
func writeFailures(w io.Writer, s tune.Space, trials []tune.Trial) {
	for _, state := range []tune.State{tune.Rejected, tune.Failed} {
		reasons := searchreport.Reasons(trials, state)
		if len(reasons) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s trials\n", state)
		for _, r := range reasons {
			fmt.Fprintf(w, "  trial %d (%s)", r.First, s.Text(trials[r.First].Values))
			if n := r.Trials - 1; n > 0 {
				fmt.Fprintf(w, " and %s", plural(n, "other"))
			}
			fmt.Fprintf(w, ": %s\n", r.Text)
		}
	}
}
