package job

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/terminal"
	"github.com/cnnc/cnnc/runtime/train"
)

// newProgress returns the observer for a progress mode. It writes to w; "auto"
// is a live line when w is a terminal and plain lines otherwise.
func newProgress(mode string, w io.Writer) (train.Observer, error) {
	p := &progress{w: w, now: time.Now}
	switch mode {
	case "", "auto":
		p.term = terminal.Of(w)
		return p, nil
	case "plain":
		return p, nil
	case "json":
		return &jsonProgress{e: json.NewEncoder(w)}, nil
	case "none":
		return nothing{}, nil
	}
	return nil, usagef("unknown progress mode %q, want auto, plain, json or none", mode)
}

// nothing shows nothing.
type nothing struct{}

func (nothing) Observe(train.Event) {}

const (
	liveEvery  = 100 * time.Millisecond // between two states of the live line
	plainEvery = 30 * time.Second       // between two plain lines within an epoch
	// dataBound is the share of time spent waiting for data above which the
	// user is told that the data, not the network, sets the pace.
	dataBound = 0.5
)

// progress writes for people: one rewritten line on a terminal, one line an
// epoch elsewhere.
type progress struct {
	w    io.Writer
	now  func() time.Time
	term *terminal.Terminal // nil elsewhere

	shown  int // columns of the live line
	losses trend
	last   time.Time
	begin  train.RunBegin
	epoch  train.EpochBegin
	start  time.Time // of the epoch
	first  time.Time // of the run
	epochs []time.Duration
}

func (p *progress) Observe(e train.Event) {
	now := p.now()
	switch e := e.(type) {
	case *train.RunBegin:
		p.begin, p.first = *e, now
		head := fmt.Sprintf("%d examples in %d batches", e.Examples, e.Batches)
		if e.Validation > 0 {
			head += fmt.Sprintf(", %d for validation", e.Validation)
		}
		head += fmt.Sprintf("; %s", count(min(e.Workers, e.Shards), "worker"))
		if e.Epoch > 0 || e.Batch > 0 {
			head += fmt.Sprintf("; going on in epoch %d at batch %d", e.Epoch+1, e.Batch+1)
		}
		p.line(head)
	case *train.EpochBegin:
		p.epoch, p.start, p.last = *e, now, now
	case *train.BatchEnd:
		for _, l := range e.Logs {
			if l.Name == "loss" {
				p.losses.add(l.Value)
			}
		}
		if p.due(now) {
			p.state(p.batchText(e, now))
		}
	case *train.Evaluated:
		if p.due(now) && p.term != nil { // in plain mode the epoch's line follows soon
			p.state(terminal.Line{{Text: fmt.Sprintf("%sevaluating %d/%d", p.prefix(), e.Done, e.Total)}})
		}
	case *train.EpochEnd:
		p.epochs = append(p.epochs, e.Elapsed)
		p.styled(p.epochText(e))
	case *train.Note:
		p.line(e.Text)
	}
}

// due limits how often the state within an epoch is shown.
func (p *progress) due(now time.Time) bool {
	every := plainEvery
	if p.term != nil {
		every = liveEvery
	}
	if now.Sub(p.last) < every {
		return false
	}
	p.last = now
	return true
}

// prefix names the epoch, right-aligned so that lines stand under each other.
func (p *progress) prefix() string {
	if p.epoch.Epochs == 0 {
		return ""
	}
	total := strconv.Itoa(p.epoch.Epochs)
	return fmt.Sprintf("epoch %*d/%s  ", len(total), p.epoch.Epoch+1, total)
}

// sparkColumns are the widths of the sparkline of the loss.
const sparkColumns, shortSpark = trendBuckets, trendBuckets / 2

// batchText is the state within an epoch. On a terminal the sparkline of the loss and
// the bar shrink and go, and the speed after them, where there is no room for all.
func (p *progress) batchText(e *train.BatchEnd, now time.Time) terminal.Line {
	done := e.Batch + 1 - p.epoch.Batch // in this process
	left := time.Duration(float64(now.Sub(p.start)) / float64(max(done, 1)) * float64(e.Batches-e.Batch-1))
	var tail terminal.Line
	tail.Add(terminal.Plain, "  ETA "+short(left))
	if run, ok := p.runLeft(e, left); ok {
		tail.Add(terminal.Plain, " (run "+short(run)+")")
	}
	if share := waitShare(e.Wait, e.Work); share > dataBound {
		tail.Add(terminal.Yellow, fmt.Sprintf("  data-bound %.0f%%", 100*share))
	}
	body := fmt.Sprintf("%d/%d  %s", e.Batch+1, e.Batches, logsText(e.Logs))
	speed := "  " + rate(e.Seen, e.Wait+e.Work)
	line := func(cells, spark int, speed string) terminal.Line {
		l := terminal.Line{{Text: p.prefix(), Style: terminal.Bold}}
		if cells > 0 {
			l.Add(terminal.Cyan, bar(e.Batch+1, e.Batches, cells)+" ")
		}
		l.Add(terminal.Plain, body+speed)
		l = append(l, tail...)
		if text := terminal.Sparkline(p.losses.values(spark), spark); text != "" {
			l.Add(terminal.Cyan, "  "+text)
		}
		return l
	}
	if p.term == nil {
		return line(0, 0, speed)
	}
	width := p.term.Columns(lineWidth)
	for _, form := range []struct {
		cells, spark int
		speed        string
	}{{20, sparkColumns, speed}, {10, sparkColumns, speed}, {10, shortSpark, speed}, {10, 0, speed}, {0, shortSpark, speed}, {0, 0, speed}, {0, shortSpark, ""}} {
		if l := line(form.cells, form.spark, form.speed); l.Width() < width {
			return l
		}
	}
	return line(0, 0, "")
}

// runLeft estimates the time to the last epoch: rules that stop training early
// are not foreseen. Before the first epoch is over, validation is not known.
func (p *progress) runLeft(e *train.BatchEnd, left time.Duration) (time.Duration, bool) {
	more := e.Epochs - e.Epoch - 1
	if more == 0 || len(p.epochs) == 0 {
		return 0, false
	}
	return left + time.Duration(more)*p.epochs[len(p.epochs)-1], true
}

// lineWidth is how long lines of epochs get where there is no terminal.
const lineWidth = 100

// epochText is the line of an epoch. Where there is no room for all, the speed
// goes, then the time, then metrics from the last one on, those of training before
// the learning rate and that before those of validation; the losses stay. All of
// it is in history.csv.
func (p *progress) epochText(e *train.EpochEnd) terminal.Line {
	// Parts have ranks: the highest is left out first.
	type part struct {
		text  string
		rank  int
		style terminal.Style
	}
	var parts []part
	for i, l := range e.Logs {
		rank := 100 + i
		switch {
		case l.Name == "loss" || l.Name == "val_loss":
			rank = 0
		case l.Name == "learning_rate":
			rank = 999
		case !strings.HasPrefix(l.Name, "val_"):
			rank += 1000
		}
		style := terminal.Plain
		if math.IsNaN(l.Value) || math.IsInf(l.Value, 0) {
			style = terminal.Alarm
		}
		parts = append(parts, part{l.Name + " " + logText(l), rank, style})
	}
	logs := len(parts)
	if e.Seen > 0 {
		parts = append(parts, part{rate(e.Seen, e.Wait+e.Work), 10002, terminal.Plain})
	}
	parts = append(parts, part{short(e.Elapsed), 10001, terminal.Plain})
	if e.Best {
		parts = append(parts, part{"best", 0, terminal.Green})
	}
	if share := waitShare(e.Wait, e.Work); share > dataBound {
		parts = append(parts, part{fmt.Sprintf("data-bound %.0f%%", 100*share), 10000, terminal.Yellow})
	}
	width := p.term.Columns(lineWidth)
	for more := false; ; {
		line := terminal.Line{{Text: p.prefix(), Style: terminal.Bold}}
		separate := ""
		add := func(style terminal.Style, text string) {
			line.Add(terminal.Plain, separate)
			line.Add(style, text)
			separate = "  "
		}
		worst := -1
		for i, x := range parts {
			if i == logs && more {
				add(terminal.Plain, "...")
			}
			add(x.style, x.text)
			if x.rank > 0 && (worst < 0 || x.rank > parts[worst].rank) {
				worst = i
			}
		}
		if logs == len(parts) && more {
			add(terminal.Plain, "...")
		}
		if line.Width() <= width {
			return line
		}
		if worst < 0 {
			if p.term == nil {
				return line
			}
			if more { // the ellipsis at the end says it as well
				more = false
				continue
			}
			line = line.Cut(width - 1)
			line.Add(terminal.Plain, "…")
			return line
		}
		if worst < logs {
			logs, more = logs-1, true
		}
		parts = append(parts[:worst], parts[worst+1:]...)
	}
}

// line writes a line that stays.
func (p *progress) line(text string) { p.styled(terminal.Line{{Text: text}}) }

func (p *progress) styled(l terminal.Line) {
	p.done()
	fmt.Fprintln(p.w, p.term.Render(l))
}

// state writes the live line, or a plain one where there is none.
func (p *progress) state(l terminal.Line) {
	if p.term == nil {
		fmt.Fprintln(p.w, l.String())
		return
	}
	// A line as wide as the terminal would wrap, and then not be rewritten.
	l = l.Cut(p.term.Columns(lineWidth) - 1)
	width := l.Width()
	fmt.Fprintf(p.w, "\r%s%s", p.term.Render(l), strings.Repeat(" ", max(0, min(p.shown, p.term.Columns(lineWidth)-1)-width)))
	p.shown = width
}

// done clears the live line at the end of a pass. A window that has become narrower
// has wrapped it, so no more than its width is cleared.
func (p *progress) done() {
	if p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", min(p.shown, p.term.Columns(lineWidth)-1)))
		p.shown = 0
	}
}

func logsText(logs []train.Log) string {
	parts := make([]string, len(logs))
	for i, l := range logs {
		parts[i] = l.Name + " " + logText(l)
	}
	return strings.Join(parts, "  ")
}

// logText writes a value of an epoch. Learning rates are wanted as people set them.
func logText(l train.Log) string {
	if l.Name == "learning_rate" {
		return strconv.FormatFloat(l.Value, 'g', 4, 64)
	}
	return value(l.Value)
}

// value writes losses and accuracies with four decimals, very small and very
// large numbers with four digits.
func value(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 0.001 || a >= 10000) {
		return strconv.FormatFloat(v, 'e', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

func rate(n int, d time.Duration) string {
	if d <= 0 {
		return "- images/s"
	}
	r := float64(n) / d.Seconds()
	if r < 10 {
		return fmt.Sprintf("%.1f images/s", r)
	}
	return fmt.Sprintf("%.0f images/s", r)
}

func waitShare(wait, work time.Duration) float64 {
	if wait+work <= 0 {
		return 0
	}
	return float64(wait) / float64(wait+work)
}

// short writes a time with as much precision as a reader can use.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

func bar(done, total, width int) string {
	n := done * width / max(total, 1)
	return "[" + strings.Repeat("=", n) + strings.Repeat(" ", width-n) + "]"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
