package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
)

// maxMatrix is the most classes whose confusion matrix can be looked at.
const maxMatrix = 50

// worstPairs is how many confusions are listed.
const worstPairs = 12

// evaluation shows the metrics and the confusion matrix.
func evaluation(r *Run) template.HTML {
	ev := r.Evaluation
	if ev == nil {
		return ""
	}
	part := "validation"
	if ev.Part == "test" {
		part = "test"
	}
	tiles := []page.Fact{}
	for _, l := range ev.Logs {
		tiles = append(tiles, page.Fact{Name: l.Name, Value: value(l.Value)})
	}
	body := page.Join(page.Note("The weights of epoch %d on the %s part, %s examples.", ev.Epoch, part, thousands(int64(ev.Examples))), page.Tiles(tiles))
	if len(ev.Confusion) == 0 {
		return body
	}
	labels := make([]string, len(ev.Classes))
	for i, c := range ev.Classes {
		labels[i] = c.Label
	}
	worst := pairs(labels, ev.Confusion)
	switch {
	case len(labels) > maxMatrix:
		return page.Join(body, page.Note("The confusion matrix of %d classes is in evaluation.json.", len(labels)), worst)
	case len(labels) > 12: // as wide as the page
		return page.Join(body, confusion(labels, ev.Confusion), worst)
	}
	return page.Join(body, page.Charts(confusion(labels, ev.Confusion), worst))
}

// confusion is the matrix, shaded by the share of the true class.
func confusion(labels []string, matrix [][]int) template.HTML {
	c := &page.HeatMap{Title: "Confusion matrix", RowAxis: "true class", ColumnAxis: "predicted class", Rows: labels, Columns: labels,
		Text: func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }}
	right, all := 0, 0
	for i, row := range matrix {
		values, shades := make([]float64, len(row)), make([]float64, len(row))
		sum := 0
		for k, n := range row {
			values[k] = float64(n)
			sum += n
			if k == i {
				right += n
			}
		}
		all += sum
		for k, n := range row {
			if sum > 0 {
				shades[k] = float64(n) / float64(sum)
			}
		}
		c.Values, c.Shades = append(c.Values, values), append(c.Shades, shades)
	}
	c.Description = fmt.Sprintf("%d classes; %d of %d examples are on the diagonal", len(labels), right, all)
	return c.HTML()
}

// pairs lists the most frequent confusions.
func pairs(labels []string, matrix [][]int) template.HTML {
	type pair struct{ truth, guess, n, of int }
	var list []pair
	for i, row := range matrix {
		of := 0
		for _, n := range row {
			of += n
		}
		for k, n := range row {
			if i != k && n > 0 {
				list = append(list, pair{i, k, n, of})
			}
		}
	}
	if len(list) == 0 || len(labels) < 3 {
		return ""
	}
	slices.SortStableFunc(list, func(a, b pair) int { return b.n - a.n })
	t := &page.Table{Caption: "The most frequent confusions", Columns: []page.Column{
		{Title: "true"}, {Title: "predicted"}, {Title: "examples", Right: true}, {Title: "of the class", Right: true},
	}}
	for _, p := range list[:min(len(list), worstPairs)] {
		t.Rows = append(t.Rows, page.Row{Cells: []any{labels[p.truth], labels[p.guess], p.n, fmt.Sprintf("%.1f %%", 100*float64(p.n)/float64(p.of))}})
	}
	return t.HTML()
}

// classes is the table of precision and recall.
func classes(r *Run) template.HTML {
	if r.Evaluation == nil || len(r.Evaluation.Classes) == 0 {
		return ""
	}
	t := &page.Table{Columns: []page.Column{
		{Title: "class"}, {Title: "precision", Right: true}, {Title: "recall", Right: true}, {Title: "F1", Right: true}, {Title: "examples", Right: true},
	}}
	bars := &page.Bars{Title: "F1", Max: 1, Text: share}
	var sum [3]float64
	support := 0
	for _, c := range r.Evaluation.Classes {
		t.Rows = append(t.Rows, page.Row{Cells: []any{c.Label, share(c.Precision), share(c.Recall), share(c.F1), thousands(int64(c.Support))}})
		sum[0], sum[1], sum[2], support = sum[0]+c.Precision, sum[1]+c.Recall, sum[2]+c.F1, support+c.Support
		bars.Bars = append(bars.Bars, page.Bar{Label: c.Label, Value: c.F1})
	}
	n := float64(len(r.Evaluation.Classes))
	t.Rows = append(t.Rows, page.Row{Strong: true, Cells: []any{"mean of the classes", share(sum[0] / n), share(sum[1] / n), share(sum[2] / n), thousands(int64(support))}})
	if len(bars.Bars) > maxMatrix {
		return t.HTML()
	}
	return page.Charts(t.HTML(), bars.HTML())
}

// residuals shows predicted against true numbers.
func residuals(r *Run) template.HTML {
	if r.Evaluation == nil || len(r.Evaluation.Residuals) == 0 {
		return ""
	}
	t := &page.Table{Caption: "Predicted minus true", Columns: []page.Column{
		{Title: "number"}, {Title: "mean", Right: true}, {Title: "deviation", Right: true}, {Title: "mean distance", Right: true}, {Title: "smallest", Right: true}, {Title: "largest", Right: true},
	}}
	var charts []template.HTML
	for i, one := range r.Evaluation.Residuals {
		t.Rows = append(t.Rows, page.Row{Cells: []any{one.Name, value(float64(one.Mean)), value(float64(one.Deviation)), value(float64(one.Absolute)), value(float64(one.Min)), value(float64(one.Max))}})
		if i >= 8 || len(one.Points) == 0 {
			continue
		}
		lo, hi := float64(one.Points[0][0]), float64(one.Points[0][0])
		c := &page.Scatter{Title: one.Name, X: "true", Y: "predicted"}
		for _, p := range one.Points {
			lo, hi = min(lo, float64(p[0])), max(hi, float64(p[0]))
			c.Points = append(c.Points, page.Point{X: float64(p[0]), Y: float64(p[1])})
		}
		c.Curves = []page.Series{{Name: "predicted as it is", X: []float64{lo, hi}, Y: []float64{lo, hi}, Color: 2}}
		charts = append(charts, c.HTML())
	}
	note := template.HTML("")
	if n := len(r.Evaluation.Residuals[0].Points); n < r.Evaluation.Residuals[0].Examples {
		note = page.Note("%d examples, spread over the part, are shown.", n)
	}
	return page.Join(t.HTML(), page.Charts(charts...), note)
}

// wrong shows the mistakes.
func wrong(r *Run) template.HTML {
	ev := r.Evaluation
	if ev == nil {
		return ""
	}
	if len(ev.Wrong) == 0 {
		return page.Note("Every example is right.")
	}
	ofNumbers := len(ev.Residuals) > 0
	grid := &page.Pictures{Width: 112}
	list := &page.Table{Columns: []page.Column{{Title: "example"}, {Title: "true"}, {Title: "predicted"}, {Title: "probability", Right: true}}}
	if ofNumbers {
		list.Columns[3].Title = "distance"
	}
	for _, w := range ev.Wrong {
		sure := percent(w.Confidence)
		if ofNumbers {
			sure = value(float64(w.Confidence))
		}
		caption := []string{sure}
		if w.True != "" {
			caption = []string{"true: " + w.True, "predicted: " + w.Predicted, sure}
		}
		list.Rows = append(list.Rows, page.Row{Cells: []any{w.Name, w.True, w.Predicted, sure}})
		if len(w.Thumbnail) > 0 {
			grid.Pictures = append(grid.Pictures, page.Picture{Source: page.PNG(w.Thumbnail), Width: w.Width, Height: w.Height,
				Alt: fmt.Sprintf("%s, predicted %s", w.True, w.Predicted), Caption: caption})
		}
	}
	if len(grid.Pictures) == 0 {
		return list.HTML()
	}
	note := page.Note("As the network sees them, with the probability of what it predicted.")
	if ofNumbers {
		note = page.Note("As the network sees them, with the distance of what it predicted from the truth.")
	}
	return page.Join(note, grid.HTML(), page.Details("As a list, with file names", list.HTML()))
}
