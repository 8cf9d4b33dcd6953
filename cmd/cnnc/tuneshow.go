package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/terminal"
	"github.com/cnnc/cnnc/runtime/tune"
)

// tuneShow shows a search under way: a table that is drawn again and again on a
// terminal, a line an event elsewhere, or JSON.
type tuneShow struct {
	g     *plannedSearch
	s     *streams
	json  *json.Encoder // nil when not asked for
	plain bool
	term  *terminal.Terminal // that a table is drawn on; nil elsewhere

	start time.Time
	total float64 // epochs of the whole search, estimated
	// first is how many epochs an earlier process had trained.
	first  float64
	seen   bool
	lines  int // of the table on the screen
	last   time.Time
	latest []tune.Trial
	best   int // id of the best trial so far, -1 before
}

// redrawEvery is the least time between two states of the table.
const redrawEvery = 200 * time.Millisecond

func newTuneShow(g *plannedSearch, s *streams) *tuneShow {
	w := &tuneShow{g: g, s: s, start: time.Now(), best: -1}
	w.total = g.epochs()
	if g.cmd.JSON {
		w.json = json.NewEncoder(s.out)
		return w
	}
	w.plain = g.cmd.Progress != "none"
	if g.cmd.Progress == "auto" {
		w.term = terminal.Of(s.err)
	}
	return w
}

// begin describes the search.
func (w *tuneShow) begin() {
	switch {
	case w.json != nil:
		s := &w.g.search
		w.json.Encode(struct {
			Event     string         `json:"event"` // "search"
			Model     string         `json:"model"`
			Space     tune.Space     `json:"space"`
			Points    int            `json:"points,omitempty"` // 0: not countable
			Objective tune.Objective `json:"objective"`
			Algorithm string         `json:"algorithm"`
			Dir       string         `json:"dir"`
			Epochs    float64        `json:"epochs"` // of the whole search, about
		}{"search", w.g.model.Plan.Name, s.Space, s.Space.Points(), s.Objective, w.g.row.name, s.Dir, w.total})
	case w.plain:
		w.g.announce(w.s.err)
	}
}

// observe takes in an event.
func (w *tuneShow) observe(e tune.Event) {
	w.latest = e.Trials
	if !w.seen {
		// What a process before this one trained says nothing of the pace.
		w.seen = true
		w.first = trained(e.Trials)
		if e.Kind != "start" {
			w.first--
		}
	}
	switch {
	case w.json != nil:
		w.json.Encode(struct {
			Event string     `json:"event"`
			Trial tune.Trial `json:"trial"`
		}{e.Kind, e.Trial})
	case !w.plain:
	case w.term != nil:
		if now := time.Now(); e.Kind != "report" || now.Sub(w.last) >= redrawEvery {
			w.last = now
			w.draw(w.table(w.term.Size()))
		}
	case e.Kind == "start" && w.g.runner.look(e.Trial.Values).err != nil: // its rejection follows
	default:
		fmt.Fprintln(w.s.err, w.line(&e))
	}
}

// line is an event on one line.
func (w *tuneShow) line(e *tune.Event) string {
	t, o := &e.Trial, w.g.search.Objective
	head := fmt.Sprintf("trial %d ", t.ID)
	switch {
	case e.Kind == "start":
		text := head + "begins: " + w.g.search.Space.Text(t.Values) + "; " + w.place(t)
		if t.Parent >= 0 {
			text += fmt.Sprintf(", going on with trial %d", t.Parent)
		}
		return text
	case e.Kind == "report":
		r := t.Reports[len(t.Reports)-1]
		text := head + fmt.Sprintf("epoch %d/%d: %s %s", r.Epoch, t.To, o.Metric, score(r.Value))
		if r.Execution > 0 {
			text += fmt.Sprintf(" (execution %d)", r.Execution+1)
		}
		if left, ok := w.left(); ok {
			text += "; about " + left + " left"
		}
		return text
	case t.State == tune.Rejected:
		return head + "rejected: " + w.g.search.Space.Text(t.Values) + ": " + t.Reason
	case t.State != tune.Completed:
		return head + string(t.State) + ": " + t.Reason
	}
	text := head + fmt.Sprintf("completed: %s %s in epoch %d", o.Metric, score(t.Score), t.BestEpoch)
	if best := tune.Best(e.Trials, o); best[0].ID == t.ID {
		text += ", the best so far"
	}
	return text
}

// place says which epochs a trial trains, and where in the schedule it stands.
func (w *tuneShow) place(t *tune.Trial) string {
	text := fmt.Sprintf("epochs %d to %d", t.From+1, t.To)
	if t.From >= t.To {
		text = fmt.Sprintf("trained to epoch %d already", t.To)
	}
	if w.g.row.name == "hyperband" {
		text += fmt.Sprintf(", bracket %d, round %d", t.Bracket, t.Round)
	}
	return text
}

// left is about how long the search goes on.
func (w *tuneShow) left() (string, bool) {
	done := trained(w.latest)
	here := done - w.first
	if here <= 0 || w.total <= 0 {
		return "", false
	}
	elapsed := time.Since(w.start)
	left := time.Duration(float64(elapsed) / here * max(w.total-done, 0))
	if limit := w.g.search.MaxTime; limit > 0 {
		left = min(left, max(limit-elapsed, 0))
	}
	return rounded(left), true
}

// trained is the number of epochs that trials have trained, what a failed one
// leaves out counted as done.
func trained(trials []tune.Trial) float64 {
	n := 0
	for i := range trials {
		t := &trials[i]
		switch t.State {
		case tune.Running:
			n += len(t.Reports)
		case tune.Completed, tune.Failed:
			n += t.To - t.From
		}
	}
	return float64(n)
}

// rounded writes a time as people say it.
func rounded(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dmin", int(d.Minutes()+0.5))
	}
	return fmt.Sprintf("%dh%02dmin", int(d.Hours()), int(d.Minutes())%60)
}

// table is the state of the search: a head line, the trials under way, the best
// ones, cut to the size of the terminal.
func (w *tuneShow) table(width, height int) []terminal.Line {
	o := w.g.search.Objective
	count := map[tune.State]int{}
	for i := range w.latest {
		count[w.latest[i].State]++
	}
	head := fmt.Sprintf("%d completed", count[tune.Completed])
	for _, s := range []tune.State{tune.Running, tune.Failed, tune.Rejected} {
		if count[s] > 0 {
			head += fmt.Sprintf(", %d %s", count[s], s)
		}
	}
	head += ", " + rounded(time.Since(w.start))
	if left, ok := w.left(); ok {
		head += ", about " + left + " left"
	}
	bracketed := w.g.row.name == "hyperband"
	row := func(id, state, bracket, epochs, value, point string) string {
		if !bracketed {
			return fmt.Sprintf("  %5s  %-9s  %9s  %10s  %s", id, state, epochs, value, point)
		}
		return fmt.Sprintf("  %5s  %-9s  %7s  %9s  %10s  %s", id, state, bracket, epochs, value, point)
	}
	lines := []terminal.Line{
		{{Text: head}},
		{{Text: row("trial", "", "bracket", "epochs", o.Metric, ""), Style: terminal.Bold}},
	}
	add := func(t *tune.Trial, style terminal.Style) {
		epoch, value := t.From, "-"
		if n := len(t.Reports); n > 0 {
			epoch, value = t.Reports[n-1].Epoch, score(t.Reports[n-1].Value)
		}
		if t.State == tune.Completed {
			value = score(t.Score)
		}
		text := row(strconv.Itoa(t.ID), string(t.State), fmt.Sprintf("%d.%d", t.Bracket, t.Round),
			fmt.Sprintf("%d/%d", epoch, t.To), value, w.g.search.Space.Text(t.Values))
		lines = append(lines, terminal.Line{{Text: text, Style: style}})
	}
	best := tune.BestPoints(w.latest, o, shownTrials)
	for i := range best {
		if len(lines)+count[tune.Running] >= height-1 {
			break
		}
		style := terminal.Plain
		if i == 0 {
			style = terminal.Green
		}
		add(&best[i], style)
	}
	for i := range w.latest {
		if w.latest[i].State == tune.Running {
			add(&w.latest[i], terminal.Cyan)
		}
	}
	for i, l := range lines {
		last := &l[len(l)-1]
		last.Text = strings.TrimRight(last.Text, " ")
		lines[i] = l.Cut(width - 1)
	}
	return lines[:min(len(lines), max(height-1, 1))]
}

// shownTrials is how many trials are in tables, at most.
const shownTrials = 10

// draw replaces the table on the screen.
func (w *tuneShow) draw(lines []terminal.Line) {
	var b strings.Builder
	if w.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", w.lines)
	}
	b.WriteString("\r\x1b[J")
	for _, l := range lines {
		b.WriteString(w.term.Render(l) + "\n")
	}
	w.lines = len(lines)
	io.WriteString(w.s.err, b.String())
}

// finish takes the table off the screen: the summary follows.
func (w *tuneShow) finish() {
	if w.term != nil && w.lines > 0 {
		w.draw(nil)
	}
}

// score writes a value of the objective with five digits.
func score(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
