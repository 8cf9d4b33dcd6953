package dashboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cnnc/cnnc/cmd/cnnc/page"
	"github.com/cnnc/cnnc/cmd/cnnc/report"
	"github.com/cnnc/cnnc/runtime/job"
)

// calm is the least time between two readings of the run folder. A reading that
// takes long is followed by a pause that is calmFactor times as long, so that it
// costs the run next to nothing.
const (
	calm       = 500 * time.Millisecond
	calmFactor = 5
)

// Board is the state of a run that browsers watch. Its methods may be called
// concurrently.
type Board struct {
	dir  string
	boot string // tells the events of one process from those of another

	changed chan struct{} // a wish to read the run folder again
	stop    chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	version  int
	title    string
	sections []section
	progress Progress
	at       int // version of progress
	ended    bool
	watchers map[chan struct{}]bool
}

// section is a section of the report in its last state.
type section struct {
	page.Section
	at int // the version in which it became so
}

// Progress is how far the run is.
type Progress struct {
	// Text is a line for people, Share the part of the epoch that is done, 0..1.
	Text  string  `json:"text"`
	Share float64 `json:"share"`
}

// New returns a Board of the run in a folder.
func New(dir, name string) *Board {
	b := &Board{
		dir: dir, boot: strconv.FormatInt(time.Now().UnixNano(), 36), title: name,
		changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
		progress: Progress{Text: "the run begins"}, watchers: map[chan struct{}]bool{}, version: 1, at: 1,
	}
	go b.refresh()
	return b
}

// event is a line of the run's progress in JSON.
type event struct {
	Event   string                `json:"event"`
	Epoch   int                   `json:"epoch"`
	Epochs  int                   `json:"epochs"`
	Batch   int                   `json:"batch"`
	Batches int                   `json:"batches"`
	Done    int                   `json:"done"`
	Total   int                   `json:"total"`
	Rate    float64               `json:"examples_per_second"`
	Logs    map[string]job.Number `json:"logs"`
}

// Watch reads the events of a run, lines of JSON, until there are no more.
func (b *Board) Watch(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	epoch := ""
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		switch e.Event {
		case "epoch_begin":
			epoch = fmt.Sprintf("epoch %d of %d", e.Epoch, e.Epochs)
			b.set(Progress{epoch, 0})
			b.wish() // the line of the epoch before is in the folder by now
		case "batch":
			b.set(batchProgress(&e))
		case "evaluated":
			if e.Total > 0 {
				b.set(Progress{strings.TrimPrefix(epoch+", ", ", ") + fmt.Sprintf("evaluated %d of %d examples", e.Done, e.Total), float64(e.Done) / float64(e.Total)})
			}
		case "epoch":
			b.set(Progress{fmt.Sprintf("epoch %d of %d is done", e.Epoch, e.Epochs), 1})
			b.wish()
		}
	}
	// A line that is too long ends the scan; the run must not wait for a reader.
	_, _ = io.Copy(io.Discard, r)
}

// batchProgress is the state within an epoch.
func batchProgress(e *event) Progress {
	text := fmt.Sprintf("epoch %d of %d, batch %d of %d", e.Epoch, e.Epochs, e.Batch, e.Batches)
	var names []string
	for name := range e.Logs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text += ", " + name + " " + page.Number(float64(e.Logs[name]))
	}
	if e.Rate > 0 {
		text += fmt.Sprintf(", %s examples/s", page.Number(e.Rate))
	}
	return Progress{text, float64(e.Batch) / float64(max(e.Batches, 1))}
}

// set changes the progress.
func (b *Board) set(p Progress) {
	b.mu.Lock()
	b.version++
	b.progress, b.at = p, b.version
	b.wake()
	b.mu.Unlock()
}

// wake tells all watchers that something is new. b.mu is held.
func (b *Board) wake() {
	for w := range b.watchers {
		select {
		case w <- struct{}{}:
		default: // it knows
		}
	}
}

// wish asks for the run folder to be read again.
func (b *Board) wish() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// refresh reads the run folder as often as it is wished and no more often than is
// good for the run.
func (b *Board) refresh() {
	defer close(b.stopped)
	for {
		select {
		case <-b.stop:
			return
		case <-b.changed:
		}
		begin := time.Now()
		b.read()
		select {
		case <-b.stop:
			return
		case <-time.After(max(calm, calmFactor*time.Since(begin))):
		}
	}
}

// read makes the sections anew. A folder without a run leaves them as they are.
func (b *Board) read() {
	run, err := report.Load(b.dir)
	if err != nil {
		return
	}
	d := report.Document(run)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.title = d.Title
	old := b.sections
	b.sections = nil
	b.version++
	for _, s := range d.Sections {
		now := section{s, b.version}
		if i := slices.IndexFunc(old, func(o section) bool { return o.Section == s }); i >= 0 {
			now.at = old[i].at
		}
		b.sections = append(b.sections, now)
	}
	b.wake()
}

// End shows the last state of the run, with a line about how it ended, and ends all
// watching.
func (b *Board) End(text string) {
	close(b.stop)
	<-b.stopped
	b.read()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version++
	b.progress, b.at, b.ended = Progress{text, 1}, b.version, true
	b.wake()
}

// update is what a watcher has not seen yet.
type update struct {
	version int
	Title   string          `json:"title"`
	Order   []string        `json:"order"`
	New     []sectionUpdate `json:"sections"`

	all      []page.Section
	progress Progress
	moved    bool // the progress is new
	ended    bool
}

type sectionUpdate struct {
	ID   string        `json:"id"`
	HTML template.HTML `json:"html"`
}

// since returns what has changed behind a version.
func (b *Board) since(version int) update {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := update{version: b.version, Title: b.title, progress: b.progress, moved: b.at > version, ended: b.ended}
	for _, s := range b.sections {
		u.Order = append(u.Order, s.ID)
		u.all = append(u.all, s.Section)
		if s.at > version {
			u.New = append(u.New, sectionUpdate{s.ID, s.HTML()})
		}
	}
	return u
}

// watch registers a watcher, which is woken when something is new.
func (b *Board) watch() (wake chan struct{}, leave func()) {
	wake = make(chan struct{}, 1)
	wake <- struct{}{}
	b.mu.Lock()
	b.watchers[wake] = true
	b.mu.Unlock()
	return wake, func() {
		b.mu.Lock()
		delete(b.watchers, wake)
		b.mu.Unlock()
	}
}
