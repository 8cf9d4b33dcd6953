package report

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/job"
)

// sections are the parts of a report in their order. One without anything to show
// returns "".
var sections = []struct {
	id, title string
	body      func(r *Run) template.HTML
}{
	{"summary", "Summary", summary},
	{"curves", "Curves", curves},
	{"speed", "Speed", speed},
	{"evaluation", "Evaluation", evaluation},
	{"classes", "Classes", classes},
	{"residuals", "Residuals", residuals},
	{"wrong", "Most confidently wrong", wrong},
	{"filters", "First filters", filters},
	{"network", "Network", network},
	{"data", "Data", dataSummary},
	{"environment", "Environment", environment},
	{"model", "Model file", modelFile},
}

// Sections are the sections of a run that have something to show.
func Sections(r *Run) []page.Section {
	var out []page.Section
	for _, s := range sections {
		if body := s.body(r); body != "" {
			out = append(out, page.Section{ID: s.id, Title: s.title, Body: body})
		}
	}
	return out
}

// Document is the report of a run as a page.
func Document(r *Run) *page.Document {
	title := r.Name()
	if r.Record != nil && r.Record.Model != "" && !strings.EqualFold(r.Record.Model, title) {
		title = r.Record.Model + ": " + title
	}
	d := &page.Document{Title: title, Subtitle: "Report of a training run", Contents: true, Sections: Sections(r)}
	if r.Record != nil && r.Record.Machine.Cnnc != "" {
		d.Footer = "cnnc " + r.Record.Machine.Cnnc
	}
	return d
}

// Write reads the run in a folder and writes its report there. It returns the name
// of the file.
func Write(dir string) (string, error) {
	r, err := Load(dir)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, File)
	return name, durable.WriteFile(name, func(w io.Writer) error { return page.Write(w, Document(r)) })
}

// summary tells how the run went.
func summary(r *Run) template.HTML {
	var tiles []page.Fact
	if key, v, ok := r.Headline(); ok {
		name := key
		if r.Best() != nil {
			name = "best " + key
		}
		tiles = append(tiles, page.Fact{Name: name, Value: value(v)})
	}
	if e := r.Shown(); e != nil {
		for _, key := range []string{"val_loss", "loss"} {
			if v, ok := e.Value(key); ok {
				tiles = append(tiles, page.Fact{Name: key, Value: value(v)})
				break
			}
		}
	}
	epochs := strconv.Itoa(len(r.Epochs))
	if r.Record != nil && r.Record.Epochs > 0 {
		epochs += " of " + strconv.Itoa(r.Record.Epochs)
	}
	tiles = append(tiles, page.Fact{Name: "epochs", Value: epochs}, page.Fact{Name: "training time", Value: Duration(r.Seconds())})
	if r.Record != nil {
		tiles = append(tiles, page.Fact{Name: "parameters", Value: thousands(int64(r.Record.Parameters))})
	}
	tiles = append(tiles, page.Fact{Name: "state", Value: string(r.State)})

	var facts []page.Fact
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, page.Fact{Name: name, Value: text})
		}
	}
	add("end", r.Why)
	if e := r.Best(); e != nil {
		add("best epoch", strconv.Itoa(e.Number))
	}
	add("begun", clock(r.Begun))
	add("last change", clock(r.Ended))
	add("folder", r.Dir)
	if rec := r.Record; rec != nil {
		add("loss", strings.ReplaceAll(rec.Loss, "_", " "))
		add("optimizer", fmt.Sprintf("%s, learning rate %s, batch %d, seed %d", rec.Optimizer, page.Number(rec.Rate), rec.Batch, rec.Seed))
	}
	body := page.Join(page.Tiles(tiles), page.Facts(facts))
	if rec := r.Record; rec != nil && rec.About != nil && len(rec.About.Command) > 0 {
		body = page.Join(body, page.Heading("To make this run again"), page.Note("In the folder %s:", rec.About.Folder),
			page.Preformatted(commandLine(rec.About.Command)))
	}
	if r.State == Interrupted && r.Evaluation == nil {
		body = page.Join(body, page.Note("The run was interrupted; with --resume it goes on where it stopped. The evaluation is made at its end."))
	}
	return body
}

// commandLine is a command for a shell.
func commandLine(args []string) string {
	var b strings.Builder
	b.WriteString("cnnc")
	for _, a := range args {
		b.WriteByte(' ')
		if a != "" && strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,+@%") == "" {
			b.WriteString(a)
			continue
		}
		b.WriteString("'" + strings.ReplaceAll(a, "'", `'\''`) + "'")
	}
	return b.String()
}

// series is a key over the epochs.
func series(r *Run, key, name string) page.Series {
	s := page.Series{Name: name}
	for i := range r.Epochs {
		e := &r.Epochs[i]
		v, ok := e.Value(key)
		if !ok {
			continue // not validated: the line goes on with the next that was
		}
		s.X, s.Y = append(s.X, float64(e.Number)), append(s.Y, v)
	}
	return s
}

// curves shows loss, metrics and learning rate.
func curves(r *Run) template.HTML {
	if len(r.Epochs) == 0 {
		return page.Note("The first epoch is not over.")
	}
	var charts []template.HTML
	for _, name := range append([]string{"loss"}, r.Metrics()...) {
		c := &page.Lines{Title: name, X: "epoch", Whole: true}
		for _, s := range []page.Series{series(r, name, "training"), series(r, "val_"+name, "validation")} {
			if len(s.X) > 0 {
				if s.Name == "validation" {
					s.Color = 2
				}
				c.Series = append(c.Series, s)
			}
		}
		if e := r.Best(); e != nil {
			v, ok := e.Value("val_" + name)
			if !ok {
				v, ok = e.Value(name)
			}
			if ok {
				c.Marks = []page.Mark{{X: float64(e.Number), Y: v, Text: fmt.Sprintf("best, epoch %d: %s", e.Number, value(v))}}
			}
		}
		charts = append(charts, c.HTML())
	}
	rate := series(r, "learning_rate", "learning rate")
	note := template.HTML("")
	if len(rate.X) > 0 {
		charts = append(charts, (&page.Lines{Title: "learning rate", X: "epoch", Whole: true, LogY: spread(rate.Y) > 100, Series: []page.Series{rate}}).HTML())
	} else if r.Record != nil {
		note = page.Note("The learning rate is %s in all epochs.", page.Number(r.Record.Rate))
	}
	return page.Join(page.Charts(charts...), note)
}

// spread is how many times larger the largest value is than the smallest one
// above 0.
func spread(values []float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return hi / lo
}

// speed shows how fast the epochs were.
func speed(r *Run) template.HTML {
	if len(r.Epochs) == 0 {
		return ""
	}
	rate, wait, took := page.Series{Name: "examples a second"}, page.Series{Name: "waiting"}, page.Series{Name: "seconds"}
	for i := range r.Epochs {
		e := &r.Epochs[i]
		x := float64(e.Number)
		if e.Rate > 0 {
			rate.X, rate.Y = append(rate.X, x), append(rate.Y, e.Rate)
		}
		if e.Seconds > 0 {
			wait.X, wait.Y = append(wait.X, x), append(wait.Y, 100*e.Waiting/e.Seconds)
			took.X, took.Y = append(took.X, x), append(took.Y, e.Seconds)
		}
	}
	return page.Charts(
		(&page.Lines{Title: "examples a second, in training", X: "epoch", Whole: true, Series: []page.Series{rate}}).HTML(),
		(&page.Lines{Title: "share of the time waiting for data, %", X: "epoch", Whole: true, Series: []page.Series{wait}}).HTML(),
		(&page.Lines{Title: "seconds an epoch, validation included", X: "epoch", Whole: true, Series: []page.Series{took}}).HTML(),
	)
}

// value writes losses and metrics.
func value(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 0.001 || a >= 10000) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

func share(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func percent(v job.Number) string { return strconv.FormatFloat(100*float64(v), 'f', 1, 64) + " %" }

// thousands is 1,234,567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Duration writes seconds as people say them.
func Duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// clock writes a time, nothing for none. Reports are read elsewhere: it is UTC.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}
