package searchreport

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/tune"
)

// best shows the best point beside the default, and how to train it.
func (s *Search) best() template.HTML {
	best := s.points(1)
	if len(best) == 0 {
		return ""
	}
	t := &best[0]
	table := &page.Table{Columns: []page.Column{{Title: "hyperparameter"}, {Title: "best"}, {Title: "default"}}}
	def := s.Space.Default()
	for i := range s.Space {
		p := &s.Space[i]
		row := page.Row{Cells: []any{p.Name, value(t.Values, p.Name), value(def, p.Name)}}
		row.Strong = t.Values[p.Name] != def[p.Name]
		table.Rows = append(table.Rows, row)
	}
	text := fmt.Sprintf("Trial %d: %s %s in epoch %d, trained to epoch %d.", t.ID, s.Objective.Metric, page.Number(t.Score), t.BestEpoch, t.To)
	if d := s.of(def); d != nil && d.ID != t.ID {
		text += fmt.Sprintf(" The default, trained to epoch %d, has %s.", d.To, page.Number(d.Score))
	}
	parts := []template.HTML{page.Text("%s", text), table.HTML()}
	if s.Values != "" {
		parts = append(parts, page.Preformatted(fmt.Sprintf("cnnc train %s --values %s", s.File, s.Values)))
	}
	return page.Join(parts...)
}

// of is the best completed trial of a point, nil when there is none.
func (s *Search) of(at tune.Values) *tune.Trial {
	for _, t := range s.points(len(s.Trials)) {
		if t.Values.String() == at.String() {
			return &t
		}
	}
	return nil
}

func value(at tune.Values, name string) string {
	v, ok := at[name]
	if !ok {
		return "-"
	}
	return v.String()
}

// maxRows is the longest table of trials.
const maxRows = 1000

// trials lists all trials that ran, best first; those without a score at the end.
func (s *Search) trials() template.HTML {
	columns := []page.Column{{Title: "trial", Right: true}, {Title: s.Objective.Metric, Right: true}, {Title: "best epoch", Right: true}, {Title: "epochs", Right: true}}
	if s.Brackets {
		columns = append(columns, page.Column{Title: "bracket", Right: true}, page.Column{Title: "round", Right: true})
	} else if s.Rungs {
		columns = append(columns, page.Column{Title: "rung", Right: true})
	}
	for i := range s.Space {
		columns = append(columns, page.Column{Title: s.Space[i].Name, Right: true})
	}
	columns = append(columns, page.Column{Title: "state"}, page.Column{Title: "goes on with"}, page.Column{Title: "time", Right: true}, page.Column{Title: "weights"})
	table := &page.Table{Columns: columns}
	list := tune.Best(s.Trials, s.Objective)
	for i := range s.Trials {
		if t := s.Trials[i]; t.State == tune.Running || t.State == tune.Failed {
			list = append(list, t)
		}
	}
	for i := range list[:min(len(list), maxRows)] {
		table.Rows = append(table.Rows, s.row(&list[i], i == 0))
	}
	if len(table.Rows) == 0 {
		return ""
	}
	if len(list) > maxRows {
		return page.Join(table.HTML(), page.Note("The best %d of %d trials; journal.jsonl in the search folder has all.", maxRows, len(list)))
	}
	return table.HTML()
}

// row is a trial in the table.
func (s *Search) row(t *tune.Trial, best bool) page.Row {
	score, epoch, parent := "-", "-", "-"
	if t.State == tune.Completed {
		score, epoch = page.Number(t.Score), strconv.Itoa(t.BestEpoch)
	} else if r, ok := lastReport(t); ok {
		score = page.Number(r.Value)
	}
	if t.Parent >= 0 {
		parent = "trial " + strconv.Itoa(t.Parent)
	}
	cells := []any{t.ID, score, epoch, fmt.Sprintf("%d to %d", t.From, t.To)}
	if t.From == 0 {
		cells[3] = strconv.Itoa(t.To)
	}
	if s.Brackets {
		cells = append(cells, t.Bracket, t.Round)
	} else if s.Rungs {
		cells = append(cells, t.Round)
	}
	for i := range s.Space {
		text := value(t.Values, s.Space[i].Name)
		if v, ok := t.Values[s.Space[i].Name]; ok && s.Space[i].Kind == tune.Float {
			text = strconv.FormatFloat(v.Float(), 'g', 4, 64) // the best point has all digits
		}
		cells = append(cells, text)
	}
	weights := ""
	if s.Weights != nil {
		weights = s.Weights(t.ID)
	}
	cells = append(cells, string(t.State), parent, duration(t.Seconds), weights)
	return page.Row{Cells: cells, Strong: best && t.State == tune.Completed}
}

// failures lists why trials failed and points were rejected, equal reasons of one
// kind together.
func (s *Search) failures() template.HTML {
	table := &page.Table{Columns: []page.Column{{Title: "state"}, {Title: "trials", Right: true}, {Title: "reason"}, {Title: "first"}}}
	for _, state := range []tune.State{tune.Failed, tune.Rejected} {
		for _, r := range Reasons(s.Trials, state) {
			t := &s.Trials[r.First]
			table.Rows = append(table.Rows, page.Row{Cells: []any{string(state), r.Trials, r.Text, fmt.Sprintf("trial %d, %s", t.ID, s.point(t.Values))}})
		}
	}
	if len(table.Rows) == 0 {
		return ""
	}
	return table.HTML()
}

// Reason is why trials gave no result.
type Reason struct {
	Text   string
	First  int // id of the first trial
	Trials int
}

// Reasons are those of the trials of a state, in the order of their first trials.
func Reasons(trials []tune.Trial, state tune.State) []Reason {
	var out []Reason
	index := map[string]int{}
	for i := range trials {
		t := &trials[i]
		if t.State != state {
			continue
		}
		k, ok := index[t.Reason]
		if !ok {
			k = len(out)
			index[t.Reason] = k
			out = append(out, Reason{Text: t.Reason, First: t.ID})
		}
		out[k].Trials++
	}
	return out
}

// space lists what is searched.
func (s *Search) space() template.HTML {
	table := &page.Table{Columns: []page.Column{{Title: "hyperparameter"}, {Title: "values"}, {Title: "default"}, {Title: ""}}}
	conditional := slices.ContainsFunc(s.Space, func(p tune.Param) bool { return p.Parent != "" })
	if conditional {
		table.Columns = append(table.Columns, page.Column{Title: "active if"})
	}
	for i := range s.Space {
		p := &s.Space[i]
		note := "run-time value"
		if s.CompiledIn[p.Name] {
			note = "compiled in"
		}
		cells := []any{p.Name, p.Domain(), p.Default.String(), note}
		if conditional && p.Parent != "" {
			var list []string
			for _, v := range p.ParentValues {
				list = append(list, v.String())
			}
			cells = append(cells, p.Parent+" is "+strings.Join(list, " or "))
		} else if conditional {
			cells = append(cells, "")
		}
		table.Rows = append(table.Rows, page.Row{Cells: cells})
	}
	if n := s.Space.Points(); n > 0 {
		return page.Join(table.HTML(), page.Note("%d points.", n))
	}
	return table.HTML()
}
