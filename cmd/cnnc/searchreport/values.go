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

// importance shows which hyperparameters the scores depend on, and how that was
// found out.
func (s *Search) importance() template.HTML {
	imp := tune.ImportanceOf(s.Space, s.Trials, s.Objective)
	if imp.Joint == 0 && imp.Noise == 0 {
		if imp.Points == 0 {
			return ""
		}
		return page.Text("%d points were trained to epoch %d, which is too few to tell.", imp.Points, imp.Epochs)
	}
	list := slices.Clone(imp.Shares)
	slices.SortStableFunc(list, func(a, b tune.Share) int { return cmp.Compare(b.Share, a.Share) })
	chart := &page.Bars{
		Title: "Share of the variance of " + s.Objective.Metric + " that is explained", Max: 1,
		Text: func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) },
	}
	for _, v := range list {
		chart.Bars = append(chart.Bars, page.Bar{Label: v.Name, Value: v.Share})
	}
	if len(list) > 1 {
		chart.Bars = append(chart.Bars, page.Bar{Label: "several together", Value: imp.Joint, Color: 4})
	}
	chart.Bars = append(chart.Bars, page.Bar{Label: "not explained", Value: imp.Noise, Color: 8})
	text := page.Note("Functional analysis of variance of a random forest (Hutter, Hoos and Leyton-Brown 2014) that is fitted to the %s of %d points after epoch %d, "+
		"which they all reached. A hyperparameter's share is what it explains by itself, the others averaged over their ranges. "+
		"All shares are multiplied by what the forest explains of points that its trees have not seen; the rest is not explained.", s.Objective.Metric, imp.Points, imp.Epochs)
	if few := 10 * len(imp.Shares); imp.Points < few {
		text = page.Join(text, page.Note("With %d points for %d hyperparameters the shares are rough.", imp.Points, len(imp.Shares)))
	}
	return page.Join(chart.HTML(), text)
}

// place is a value as a number on the axis of a hyperparameter: itself, or its
// index among names.
func place(p *tune.Param, at tune.Values) float64 {
	v, ok := at[p.Name]
	if !ok {
		return math.NaN() // not active
	}
	switch p.Kind {
	case tune.Choice:
		return float64(slices.Index(p.Values, v))
	case tune.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	}
	return v.Float()
}

// names are the values of a hyperparameter that has few, nil for a range.
func names(p *tune.Param) []string {
	switch p.Kind {
	case tune.Choice:
		var out []string
		for _, v := range p.Values {
			out = append(out, v.String())
		}
		return out
	case tune.Bool:
		return []string{"false", "true"}
	}
	return nil
}

// parallel shows the points over all hyperparameters: full lines are good, pale
// ones bad.
func (s *Search) parallel() template.HTML {
	points := s.points(maxCurves)
	if len(points) == 0 {
		return ""
	}
	chart := &page.Parallel{Title: "Points and their best " + s.Objective.Metric}
	var shown []*tune.Param
	for i := range s.Space {
		p := &s.Space[i]
		shown = append(shown, p)
		chart.Axes = append(chart.Axes, page.ParallelAxis{Name: p.Name, Log: p.Scale == tune.Log, Choices: names(p)})
	}
	chart.Axes = append(chart.Axes, page.ParallelAxis{Name: s.Objective.Metric})
	for i := range points {
		t := &points[i]
		line := page.ParallelLine{
			Name: fmt.Sprintf("trial %d, %s: %s", t.ID, s.point(t.Values), page.Number(t.Score)), Strong: i == 0,
			Shade: 1 - float64(i)/float64(len(points)), // by rank: one wild score does not make all others alike
		}
		for _, p := range shown {
			line.Values = append(line.Values, place(p, t.Values))
		}
		line.Values = append(line.Values, t.Score)
		chart.Lines = append(chart.Lines, line)
	}
	slices.Reverse(chart.Lines) // the good ones are drawn over the bad ones
	return page.Join(chart.HTML(), page.Note("A line is a point with the best score that it reached, whatever it was trained to; the darker, the better, and the best one is thick. A line is dashed where it passes a hyperparameter that is not active."))
}

// maxSlices is how many hyperparameters have a chart of their own.
const maxSlices = 12

// slices shows the scores over each hyperparameter alone.
func (s *Search) slices() template.HTML {
	points := s.points(maxPoints)
	if len(points) == 0 {
		return ""
	}
	var charts []template.HTML
	for i := range s.Space[:min(len(s.Space), maxSlices)] {
		p := &s.Space[i]
		if p.Kind == tune.Choice && len(p.Values) > 0 && p.Values[0].Float() == 0 || p.Kind == tune.Bool || p.Kind == tune.Fixed {
			continue // names: parallel coordinates show them
		}
		chart := &page.Scatter{Title: p.Name, X: p.Name, Y: s.Objective.Metric, LogX: p.Scale == tune.Log || spread(p)}
		for k := range points {
			t := &points[k]
			if v, ok := t.Values[p.Name]; ok {
				chart.Points = append(chart.Points, page.Point{
					X: v.Float(), Y: t.Score, Color: color(s.group(t)), Strong: k == 0,
					Name: fmt.Sprintf("trial %d, %s", t.ID, s.point(t.Values)),
				})
			}
		}
		if len(chart.Points) > 0 {
			charts = append(charts, chart.HTML())
		}
	}
	if len(charts) == 0 {
		return ""
	}
	return page.Charts(charts...)
}

// spread says that numbers of a choice lie apart by factors: 0.01, 0.001, 0.0001.
func spread(p *tune.Param) bool {
	if p.Kind != tune.Choice {
		return false
	}
	lo, hi := math.Inf(1), 0.0
	for _, v := range p.Values {
		lo, hi = min(lo, v.Float()), max(hi, v.Float())
	}
	return lo > 0 && hi/lo >= 20
}
