package searchreport

import (
	"fmt"
	"html/template"
	"io"
	"strconv"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/tune"
)

// Search is a search to report, over or under way.
type Search struct {
	tune.Record
	// Model is the name of the network, File the model file as users call it, and
	// Dir the search folder likewise.
	Model, File, Dir string
	// Strategy says in a line what the algorithm does.
	Strategy string
	// State is why the search ended; "" while it is under way.
	State string
	// Planned is about how many epochs the whole search trains; 0: not known.
	Planned float64
	// Brackets says that places in the schedule are brackets and rounds, Rungs that
	// they are rungs.
	Brackets, Rungs bool
	// CompiledIn tells the hyperparameters that change the generated code.
	CompiledIn map[string]bool
	// Values is the file of the best values as users call it, and Weights that of a
	// trial's weights; "" for none.
	Values  string
	Weights func(id int) string
}

// reload is how often a page of a search under way asks for its next state.
const reload = 15 * time.Second

// Write writes the report.
func Write(w io.Writer, s *Search) error {
	d := &page.Document{
		Title: s.Model + ": search", Contents: true, Sections: Sections(s),
		Subtitle: fmt.Sprintf("%s in %s", s.File, s.Dir),
		Footer:   "Written by cnnc tune. Charts show values when they are pointed at.",
	}
	if s.State == "" {
		d.Script = template.JS(fmt.Sprintf("setTimeout(function () { location.reload() }, %d)", reload.Milliseconds()))
	}
	return page.Write(w, d)
}

// Sections are the parts of the report. A search without a result has no charts.
func Sections(s *Search) []page.Section {
	list := []page.Section{{ID: "summary", Title: "Summary", Body: s.summary()}}
	add := func(id, title string, body template.HTML) {
		if body != "" {
			list = append(list, page.Section{ID: id, Title: title, Body: body})
		}
	}
	add("best", "Best values", s.best())
	add("progress", "Objective over trials", s.progress())
	add("curves", "Learning curves", s.curves())
	add("importance", "Importance", s.importance())
	add("parallel", "Parallel coordinates", s.parallel())
	add("values", "Value by value", s.slices())
	add("trials", "Trials", s.trials())
	add("failures", "Without a result", s.failures())
	add("space", "Search space", s.space())
	return list
}

// summary is what there is to know first.
func (s *Search) summary() template.HTML {
	count := map[tune.State]int{}
	for i := range s.Trials {
		count[s.Trials[i].State]++
	}
	best := tune.Best(s.Trials, s.Objective)
	score := "-"
	if len(best) > 0 {
		score = page.Number(best[0].Score)
	}
	epochs := strconv.Itoa(s.trained())
	if s.Planned > 0 && s.State == "" {
		epochs = fmt.Sprintf("%s of about %.0f", epochs, s.Planned)
	}
	tiles := []page.Fact{
		{Name: "best " + s.Objective.Metric, Value: score},
		{Name: "completed trials", Value: count[tune.Completed]},
		{Name: "epochs trained", Value: epochs},
		{Name: "time", Value: duration(s.Elapsed.Seconds())},
	}
	for _, state := range []tune.State{tune.Running, tune.Failed, tune.Rejected} {
		if n := count[state]; n > 0 {
			tiles = append(tiles, page.Fact{Name: string(state), Value: n})
		}
	}
	direction, state := "minimize", s.State
	if s.Objective.Maximize {
		direction = "maximize"
	}
	if state == "" {
		state = "under way"
	}
	facts := []page.Fact{
		{Name: "state", Value: state},
		{Name: "objective", Value: direction + " " + s.Objective.Metric},
		{Name: "algorithm", Value: s.Strategy},
		{Name: "seed", Value: s.Seed},
		{Name: "trials at a time", Value: s.Workers},
	}
	if s.Executions > 1 {
		facts = append(facts, page.Fact{Name: "executions of a trial", Value: s.Executions})
	}
	return page.Join(page.Tiles(tiles), page.Facts(facts))
}

// trained is the number of epochs that trials have trained.
func (s *Search) trained() int {
	n := 0
	for i := range s.Trials {
		if t := &s.Trials[i]; t.To > t.From { // else the reports are its parent's
			n += len(t.Reports)
		}
	}
	return n
}

// duration writes seconds, marked as a time.
func duration(seconds float64) template.HTML {
	d := time.Duration(seconds * float64(time.Second))
	text := strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	switch {
	case d >= time.Hour:
		text = fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		text = fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return template.HTML(fmt.Sprintf(`<time datetime="PT%.1fS">%s</time>`, seconds, text))
}

// point writes a point in the order of the space.
func (s *Search) point(at tune.Values) string { return s.Space.Text(at) }

// points are the best trials of different points, at most n: a point that went on
// from round to round is there once, with its best trial.
func (s *Search) points(n int) []tune.Trial {
	return tune.BestPoints(s.Trials, s.Objective, n)
}
