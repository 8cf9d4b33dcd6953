package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

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
	importances := tune.Importances(s.Space, res.Trials, s.Objective)
	values := filepath.Join(s.Dir, valuesFile)
	if len(res.Best) == 0 {
		values = ""
	}
	if w.json != nil {
		return w.json.Encode(struct {
			Event       string             `json:"event"` // "result"
			Reason      string             `json:"reason"`
			Trials      int                `json:"trials"`
			Best        []bestTrial        `json:"best"`
			Values      string             `json:"values,omitempty"` // the file of the best
			Importances map[string]float64 `json:"importance,omitempty"`
		}{"result", string(res.Reason), len(res.Trials), bestTrials(s.Dir, bestPoints(res.Best, shownTrials)), values, shares(importances)})
	}
	out := w.s.out
	fmt.Fprintf(out, "\nsearch ended: %s; %s\n", reasonText(res), plural(len(res.Trials), "trial"))
	if res.Reason == tune.Interrupted {
		fmt.Fprintln(out, "--resume goes on from here")
	}
	if len(res.Best) > 0 {
		fmt.Fprintf(out, "\nbest trials\n")
		if err := bestTable(out, s.Dir, s.Space, bestPoints(res.Best, shownTrials), s.Objective); err != nil {
			return err
		}
	}
	writeImportances(out, importances)
	writeFailures(out, s.Space, res.Trials)
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

// bestPoints are the best n trials of different points: a point that went on from
// round to round is there once, with its best trial.
func bestPoints(best []tune.Trial, n int) []tune.Trial {
	seen := map[string]bool{}
	var out []tune.Trial
	for _, t := range best {
		if key := t.Values.String(); !seen[key] && len(out) < n {
			seen[key] = true
			out = append(out, t)
		}
	}
	return out
}

// bestTable lists trials with the folders of their weights.
func bestTable(w io.Writer, dir string, s tune.Space, best []tune.Trial, o tune.Objective) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tab, "  trial\t%s\tepoch\ttrained\tvalues\tweights\n", o.Metric)
	for i := range best {
		t := &best[i]
		fmt.Fprintf(tab, "  %d\t%s\t%d\t%d\t%s\t%s\n", t.ID, score(t.Score), t.BestEpoch, t.To, pointText(s, t.Values), displayName(weightsOf(dir, t.ID)))
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
	Weights string `json:"weights,omitempty"`
}

func bestTrials(dir string, best []tune.Trial) []bestTrial {
	out := []bestTrial{}
	for _, t := range best {
		out = append(out, bestTrial{t, weightsOf(dir, t.ID)})
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

func shares(list []tune.Importance) map[string]float64 {
	out := map[string]float64{}
	for _, i := range list {
		out[i.Name] = i.Share
	}
	return out
}

// writeImportances prints which hyperparameters mattered, most first.
func writeImportances(w io.Writer, list []tune.Importance) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b tune.Importance) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	if len(list) == 0 || list[0].Share == 0 {
		return
	}
	fmt.Fprintf(w, "\nimportance: the share of the variance that a hyperparameter explains by itself\n")
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, i := range list {
		fmt.Fprintf(tab, "  %s\t%.0f %%\n", i.Name, 100*i.Share)
	}
	tab.Flush()
}

// writeFailures lists the trials that gave no result, with reasons; equal ones of
// one kind together.
func writeFailures(w io.Writer, s tune.Space, trials []tune.Trial) {
	for _, state := range []tune.State{tune.Rejected, tune.Failed} {
		var reasons []string
		who := map[string][]*tune.Trial{}
		for i := range trials {
			if t := &trials[i]; t.State == state {
				if who[t.Reason] == nil {
					reasons = append(reasons, t.Reason)
				}
				who[t.Reason] = append(who[t.Reason], t)
			}
		}
		if len(reasons) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s trials\n", state)
		for _, r := range reasons {
			t := who[r][0]
			fmt.Fprintf(w, "  trial %d (%s)", t.ID, pointText(s, t.Values))
			if n := len(who[r]) - 1; n > 0 {
				fmt.Fprintf(w, " and %s", plural(n, "other"))
			}
			fmt.Fprintf(w, ": %s\n", r)
		}
	}
}
