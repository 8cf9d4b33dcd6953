package job

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/cnnc/cnnc/runtime/train"
)

// newProgress returns the observer for a progress mode. It writes to w; "auto"
// is a live line when w is a terminal and plain lines otherwise.
func newProgress(mode string, w io.Writer) (train.Observer, error) {
	p := &progress{w: w, now: time.Now}
	switch mode {
	case "", "auto":
		if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
			p.width = func() int {
				if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 20 {
					return n
				}
				return 80
			}
		}
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
	w     io.Writer
	now   func() time.Time
	width func() int // of the terminal, nil elsewhere

	shown  int // characters of the live line
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
		head += fmt.Sprintf("; %s", count(min(e.Workers, e.Lanes), "worker"))
		if e.Epoch > 0 || e.Batch > 0 {
			head += fmt.Sprintf("; going on in epoch %d at batch %d", e.Epoch+1, e.Batch+1)
		}
		p.line(head)
	case *train.EpochBegin:
		p.epoch, p.start, p.last = *e, now, now
	case *train.BatchEnd:
		if p.due(now) {
			p.state(p.batchText(e, now))
		}
	case *train.Evaluated:
		if p.due(now) && p.width != nil { // in plain mode the epoch's line follows soon
			p.state(fmt.Sprintf("%sevaluating %d/%d", p.prefix(), e.Done, e.Total))
		}
	case *train.EpochEnd:
		p.epochs = append(p.epochs, e.Elapsed)
		p.line(p.epochText(e))
	case *train.Note:
		p.line(e.Text)
	}
}

// due limits how often the state within an epoch is shown.
func (p *progress) due(now time.Time) bool {
	every := plainEvery
	if p.width != nil {
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

// batchText is the state within an epoch. On a terminal the bar shrinks and
// goes, and the speed after it, where there is no room for all.
func (p *progress) batchText(e *train.BatchEnd, now time.Time) string {
	done := e.Batch + 1 - p.epoch.Batch // in this process
	left := time.Duration(float64(now.Sub(p.start)) / float64(max(done, 1)) * float64(e.Batches-e.Batch-1))
	tail := "  ETA " + short(left)
	if run, ok := p.runLeft(e, left); ok {
		tail += " (run " + short(run) + ")"
	}
	if share := waitShare(e.Wait, e.Work); share > dataBound {
		tail += fmt.Sprintf("  data-bound %.0f%%", 100*share)
	}
	body := fmt.Sprintf("%d/%d  %s", e.Batch+1, e.Batches, logsText(e.Logs))
	speed := "  " + rate(e.Seen, e.Wait+e.Work)
	if p.width == nil {
		return p.prefix() + body + speed + tail
	}
	for _, cells := range []int{20, 10} {
		text := p.prefix() + bar(e.Batch+1, e.Batches, cells) + " " + body + speed + tail
		if len(text) < p.width() {
			return text
		}
	}
	if text := p.prefix() + body + speed + tail; len(text) < p.width() {
		return text
	}
	return p.prefix() + body + tail
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
func (p *progress) epochText(e *train.EpochEnd) string {
	// Parts have ranks: the highest is left out first.
	type part struct {
		text string
		rank int
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
		parts = append(parts, part{l.Name + " " + logText(l), rank})
	}
	logs := len(parts)
	if e.Seen > 0 {
		parts = append(parts, part{rate(e.Seen, e.Wait+e.Work), 10002})
	}
	parts = append(parts, part{short(e.Elapsed), 10001})
	if e.Best {
		parts = append(parts, part{"best", 0})
	}
	if share := waitShare(e.Wait, e.Work); share > dataBound {
		parts = append(parts, part{fmt.Sprintf("data-bound %.0f%%", 100*share), 10000})
	}
	width := lineWidth
	if p.width != nil {
		width = p.width()
	}
	for more := false; ; {
		texts := make([]string, 0, len(parts)+1)
		worst := -1
		for i, x := range parts {
			if i == logs && more {
				texts = append(texts, "...")
			}
			texts = append(texts, x.text)
			if x.rank > 0 && (worst < 0 || x.rank > parts[worst].rank) {
				worst = i
			}
		}
		if logs == len(parts) && more {
			texts = append(texts, "...")
		}
		text := p.prefix() + strings.Join(texts, "  ")
		if len(text) <= width || worst < 0 {
			return text
		}
		if worst < logs {
			logs, more = logs-1, true
		}
		parts = append(parts[:worst], parts[worst+1:]...)
	}
}

// line writes a line that stays.
func (p *progress) line(text string) {
	if p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
		p.shown = 0
	}
	fmt.Fprintln(p.w, text)
}

// state writes the live line, or a plain one where there is none.
func (p *progress) state(text string) {
	if p.width == nil {
		fmt.Fprintln(p.w, text)
		return
	}
	// A line as wide as the terminal would wrap, and then not be rewritten.
	if limit := p.width() - 1; len(text) > limit {
		text = text[:limit]
	}
	fmt.Fprintf(p.w, "\r%s%s", text, strings.Repeat(" ", max(0, p.shown-len(text))))
	p.shown = len(text)
}

// done clears the live line at the end of a pass.
func (p *progress) done() {
	if p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
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

// jsonProgress writes one JSON object an event, for programs. Batches come at
// most ten times a second.
type jsonProgress struct {
	e     *json.Encoder
	batch time.Time
}

// jsonEvent is the form of all events; numbers of epochs and batches count from
// 1, as people do.
type jsonEvent struct {
	Event      string            `json:"event"`
	Epoch      int               `json:"epoch,omitempty"`
	Epochs     int               `json:"epochs,omitempty"`
	Batch      int               `json:"batch,omitempty"`
	Batches    int               `json:"batches,omitempty"`
	Examples   int               `json:"examples,omitempty"`
	Validation int               `json:"validation,omitempty"`
	Workers    int               `json:"workers,omitempty"`
	Done       int               `json:"done,omitempty"`
	Total      int               `json:"total,omitempty"`
	Step       int               `json:"step,omitempty"`
	Seconds    float64           `json:"seconds,omitempty"`
	Rate       float64           `json:"examples_per_second,omitempty"`
	Waiting    float64           `json:"waiting_share,omitempty"`
	Best       bool              `json:"best,omitempty"`
	Path       string            `json:"path,omitempty"`
	Text       string            `json:"text,omitempty"`
	Logs       map[string]Number `json:"logs,omitempty"`
}

// Number is a float64 that writes NaN and infinities, which JSON lacks, as strings.
type Number float64

func (n Number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return json.Marshal(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return json.Marshal(v)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*n = Number(v)
	return err
}

func logsJSON(logs []train.Log) map[string]Number {
	m := make(map[string]Number, len(logs))
	for _, l := range logs {
		m[l.Name] = Number(l.Value)
	}
	return m
}

func (p *jsonProgress) Observe(e train.Event) {
	var out jsonEvent
	switch e := e.(type) {
	case *train.RunBegin:
		out = jsonEvent{Event: "begin", Epoch: e.Epoch + 1, Batch: e.Batch + 1, Epochs: e.Epochs, Batches: e.Batches, Examples: e.Examples, Validation: e.Validation, Workers: e.Workers}
	case *train.EpochBegin:
		out = jsonEvent{Event: "epoch_begin", Epoch: e.Epoch + 1, Epochs: e.Epochs, Batch: e.Batch + 1, Batches: e.Batches}
	case *train.BatchEnd:
		if time.Since(p.batch) < liveEvery {
			return
		}
		p.batch = time.Now()
		out = jsonEvent{Event: "batch", Epoch: e.Epoch + 1, Epochs: e.Epochs, Batch: e.Batch + 1, Batches: e.Batches, Examples: e.Seen, Rate: perSecond(e.Seen, e.Wait+e.Work), Waiting: waitShare(e.Wait, e.Work), Logs: logsJSON(e.Logs)}
	case *train.Evaluated:
		if time.Since(p.batch) < liveEvery && e.Done < e.Total {
			return
		}
		p.batch = time.Now()
		out = jsonEvent{Event: "evaluated", Done: e.Done, Total: e.Total}
	case *train.EpochEnd:
		out = jsonEvent{Event: "epoch", Epoch: e.Epoch + 1, Epochs: e.Epochs, Seconds: e.Elapsed.Seconds(), Rate: perSecond(e.Seen, e.Wait+e.Work), Waiting: waitShare(e.Wait, e.Work), Best: e.Best, Logs: logsJSON(e.Logs)}
	case *train.CheckpointWritten:
		out = jsonEvent{Event: "checkpoint", Path: e.Path, Step: e.Step, Seconds: e.Elapsed.Seconds()}
	case *train.Note:
		out = jsonEvent{Event: "note", Text: e.Text}
	default:
		return
	}
	p.e.Encode(out) // a broken pipe must not end the training
}

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}
