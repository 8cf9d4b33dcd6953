package searchreport

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/tune"
)

// Most lines and points that a chart has; a file of thousands is of no use.
const (
	maxPoints = 2000
	maxCurves = 300
)

// group is the place of a trial in the schedule, by which charts are coloured.
func (s *Search) group(t *tune.Trial) int {
	switch {
	case s.Brackets:
		return t.Bracket
	case s.Rungs:
		return t.Round
	}
	return 0
}

// groupName names a group; "" when there are none.
func (s *Search) groupName(g int) string {
	switch {
	case s.Brackets:
		return fmt.Sprintf("bracket %d", g)
	case s.Rungs:
		return fmt.Sprintf("rung %d", g)
	}
	return ""
}

// groups are those of the trials that have results, in order.
func (s *Search) groups() []int {
	var out []int
	for i := range s.Trials {
		t := &s.Trials[i]
		if g := s.group(t); len(t.Reports) > 0 && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	slices.Sort(out)
	return out
}

// color is that of a group; the first of the palette is the line of the best.
func color(g int) int { return 2 + g%7 }

// better says whether a is better than b.
func (s *Search) better(a, b float64) bool {
	if s.Objective.Maximize {
		return a > b
	}
	return a < b
}

// progress shows the scores trial by trial, and the best so far.
func (s *Search) progress() template.HTML {
	chart := &page.Scatter{Title: s.Objective.Metric + " by trial", X: "trial", Y: s.Objective.Metric, Wide: true}
	line := page.Series{Name: "best so far", Color: 1}
	best, last := math.NaN(), -1
	top, completed := -1, 0 // index of the best point that is drawn
	for i := range s.Trials {
		t := &s.Trials[i]
		last = t.ID
		if t.State != tune.Completed {
			continue
		}
		if completed++; completed <= maxPoints {
			name := fmt.Sprintf("trial %d, %s, epochs to %d", t.ID, s.point(t.Values), t.To)
			chart.Points = append(chart.Points, page.Point{X: float64(t.ID), Y: t.Score, Name: name, Color: color(s.group(t))})
		}
		if math.IsNaN(best) || s.better(t.Score, best) {
			if !math.IsNaN(best) { // a step, not a slope
				line.X, line.Y = append(line.X, float64(t.ID)), append(line.Y, best)
			}
			best = t.Score
			line.X, line.Y = append(line.X, float64(t.ID)), append(line.Y, best)
			if completed <= maxPoints {
				top = len(chart.Points) - 1
			}
		}
	}
	if completed == 0 {
		return ""
	}
	if top >= 0 {
		p := &chart.Points[top]
		p.Strong, p.Text = true, page.Number(p.Y)
	}
	line.X, line.Y = append(line.X, float64(last)), append(line.Y, best)
	chart.Curves = append(chart.Curves, line)
	for _, g := range s.groups() {
		if name := s.groupName(g); name != "" {
			chart.Curves = append(chart.Curves, page.Series{Name: name, Color: color(g)})
		}
	}
	chart.Description = fmt.Sprintf("%d completed trials; the best has %s", completed, page.Number(best))
	note := template.HTML("")
	if completed > maxPoints {
		note = page.Note("The first %d of %d trials are drawn.", maxPoints, completed)
	}
	return page.Join(chart.HTML(), note)
}

// curves shows the objective over epochs, a line a trial. That of a trial which
// goes on with another one begins at its last epoch.
func (s *Search) curves() template.HTML {
	chart := &page.Lines{Title: s.Objective.Metric + " by epoch", X: "epoch", Y: s.Objective.Metric, Wide: true}
	groups := s.groups()
	for _, g := range groups {
		if name := s.groupName(g); name != "" {
			chart.Series = append(chart.Series, page.Series{Name: name, Color: color(g)})
		}
	}
	var shown []*tune.Trial
	for i := range s.Trials {
		// A trial without epochs of its own has the reports of its parent.
		if t := &s.Trials[i]; len(t.Reports) > 0 && (t.From < t.To || t.Parent < 0) {
			shown = append(shown, t)
		}
	}
	if len(shown) == 0 {
		return ""
	}
	all := len(shown)
	if all > maxCurves { // those that came furthest, then the best
		slices.SortStableFunc(shown, func(a, b *tune.Trial) int {
			if c := cmp.Compare(b.To, a.To); c != 0 {
				return c
			}
			if s.better(a.Score, b.Score) {
				return -1
			}
			return cmp.Compare(a.ID, b.ID)
		})
		shown = shown[:maxCurves]
	}
	best := s.points(1)
	line := map[int]bool{} // of the best trial and those it goes on with
	if len(best) > 0 {
		for t := &best[0]; t != nil; {
			line[t.ID] = true
			if t.Parent < 0 {
				break
			}
			t = &s.Trials[t.Parent]
		}
	}
	whole := page.Series{Name: "the best trial", Color: 1}
	for _, t := range shown {
		series := page.Series{Name: fmt.Sprintf("trial %d, %s", t.ID, s.point(t.Values)), Color: color(s.group(t)), Faint: true}
		if t.Parent >= 0 {
			if r, ok := lastReport(&s.Trials[t.Parent]); ok && r.Epoch <= t.From {
				series.X, series.Y = append(series.X, float64(r.Epoch)), append(series.Y, r.Value)
			}
		}
		for _, r := range t.Reports {
			if r.Execution > 0 {
				break
			}
			series.X, series.Y = append(series.X, float64(r.Epoch)), append(series.Y, r.Value)
		}
		chart.Series = append(chart.Series, series)
	}
	for i := range s.Trials {
		t := &s.Trials[i]
		if !line[t.ID] || t.From >= t.To && t.Parent >= 0 {
			continue
		}
		for _, r := range t.Reports {
			if r.Execution == 0 {
				whole.X, whole.Y = append(whole.X, float64(r.Epoch)), append(whole.Y, r.Value)
			}
		}
	}
	if len(best) > 0 {
		chart.Series = append(chart.Series, whole)
		chart.Marks = []page.Mark{{X: float64(best[0].BestEpoch), Y: bestValue(&best[0], s), Text: "best"}}
	}
	chart.Description = fmt.Sprintf("learning curves of %d trials", len(shown))
	var notes template.HTML
	if all > len(shown) {
		notes = page.Note("%d of %d curves are drawn: those of the longest trials.", len(shown), all)
	}
	if s.Executions > 1 {
		notes = page.Join(notes, page.Note("Of each trial the first of %d executions is drawn.", s.Executions))
	}
	return page.Join(chart.HTML(), notes)
}

// bestValue is the value of the first execution in its best epoch.
func bestValue(t *tune.Trial, s *Search) float64 {
	for _, r := range t.Reports {
		if r.Execution == 0 && r.Epoch == t.BestEpoch {
			return r.Value
		}
	}
	return t.Score
}

// lastReport is the last of the first execution.
func lastReport(t *tune.Trial) (tune.Report, bool) {
	for i := len(t.Reports) - 1; i >= 0; i-- {
		if t.Reports[i].Execution == 0 {
			return t.Reports[i], true
		}
	}
	return tune.Report{}, false
}
