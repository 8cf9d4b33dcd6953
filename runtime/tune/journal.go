package tune

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/durable"
)

// Files of a search folder.
const (
	// SearchFile says what is searched; it does not change.
	SearchFile = "search.json"
	// JournalFile has a line for every start, report and end of a trial. It is
	// only appended to and is the one record that counts.
	JournalFile = "journal.jsonl"
	// TrialFile is a trial for readers, in the trial's folder.
	TrialFile = "trial.json"
)

// TrialDir is the folder of a trial.
func TrialDir(dir string, id int) string {
	return filepath.Join(dir, "trials", fmt.Sprintf("%04d", id))
}

// entry is a line of the journal.
type entry struct {
	Event  string  `json:"event"` // "start", "report", "end"
	ID     int     `json:"id"`
	Trial  *Trial  `json:"trial,omitempty"`  // of start and end
	Report *Report `json:"report,omitempty"` // of report
	// Clock is how long the search had been running, in seconds, the processes
	// before this one counted.
	Clock float64 `json:"clock"`
}

// identity is the content of SearchFile: what must be the same for a search to
// go on.
type identity struct {
	Version   int       `json:"version"`
	Algorithm string    `json:"algorithm"`
	Space     Space     `json:"space"`
	Objective Objective `json:"objective"`
	Seed      uint64    `json:"seed"`
	Workers   int       `json:"workers"`
	Runs      int       `json:"executions"`
	Fixed     []string  `json:"fixed,omitempty"`
	About     string    `json:"about,omitempty"` // for readers
}

// journalVersion changes when old folders can no longer be read.
const journalVersion = 2

// maxIdentity is the longest SearchFile, in bytes.
const maxIdentity = 16 << 20

// handover is how long a search waits for another process that is leaving the
// folder.
const handover = 2 * time.Second

// journal is the open state of a search. The journal's file is locked, so that
// two processes cannot write one.
type journal struct {
	dir  string
	file *os.File
}

// openJournal opens or makes the folder of a search and returns what is in it.
// Without resume a folder that holds a search is refused.
func openJournal(dir string, id identity, resume bool) (j *journal, was recorded, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, was, err
	}
	file, err := durable.OpenExclusive(filepath.Join(dir, JournalFile), handover)
	if err != nil {
		return nil, was, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	name := filepath.Join(dir, SearchFile)
	old, err := readIdentity(name)
	switch {
	case err == nil && !resume:
		return nil, was, fmt.Errorf("%s holds a search already; resume it, or choose another folder", dir)
	case err == nil:
		if err := sameSearch(name, &old, &id); err != nil {
			return nil, was, err
		}
	case errors.Is(err, os.ErrNotExist) && resume:
		return nil, was, fmt.Errorf("%s holds no search to resume", dir)
	case errors.Is(err, os.ErrNotExist):
		if err := writeJSON(name, id); err != nil {
			return nil, was, err
		}
	default:
		return nil, was, err
	}
	was, err = readJournal(file)
	if err == nil {
		err = file.Truncate(was.end) // a line that a crash cut short
	}
	if err == nil {
		_, err = file.Seek(was.end, io.SeekStart)
	}
	if err != nil {
		return nil, was, fmt.Errorf("%s: %w", dir, err)
	}
	return &journal{dir: dir, file: file}, was, nil
}

// readIdentity reads a SearchFile.
func readIdentity(name string) (identity, error) {
	var id identity
	f, err := os.Open(name)
	if err != nil {
		return id, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIdentity))
	if err != nil {
		return id, err
	}
	var v struct{ Version int }
	if err := json.Unmarshal(text, &v); err != nil {
		return id, fmt.Errorf("%s: %w", name, err)
	}
	if v.Version != journalVersion {
		return id, fmt.Errorf("%s has version %d, and this program reads version %d: begin the search anew", name, v.Version, journalVersion)
	}
	if err := json.Unmarshal(text, &id); err != nil {
		return id, fmt.Errorf("%s: %w", name, err)
	}
	return id, nil
}

// sameSearch names the first thing in which a stored search differs.
func sameSearch(name string, was, now *identity) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%s: the search that is resumed has another "+format, append([]any{name}, args...)...)
	}
	if what := spaceChange(was.Space, now.Space); what != "" {
		return refuse("search space: %s", what)
	}
	for i := range max(len(was.Fixed), len(now.Fixed)) {
		a, b := "nothing", "nothing"
		if i < len(was.Fixed) {
			a = was.Fixed[i]
		}
		if i < len(now.Fixed) {
			b = now.Fixed[i]
		}
		if a != b {
			a, b = difference(a, b)
			return refuse("model: %s then, %s now", a, b)
		}
	}
	for _, f := range []struct {
		what     string
		was, now any
	}{
		{"algorithm", was.Algorithm, now.Algorithm},
		{"objective", was.Objective, now.Objective},
		{"seed", was.Seed, now.Seed},
		{"number of workers", was.Workers, now.Workers},
		{"number of executions", was.Runs, now.Runs},
	} {
		a, _ := json.Marshal(f.was)
		b, _ := json.Marshal(f.now)
		if !bytes.Equal(a, b) {
			return refuse("%s: %s then, %s now", f.what, a, b)
		}
	}
	return nil
}

// spaceChange says in what two spaces differ, "" for nothing.
func spaceChange(was, now Space) string {
	text := func(s Space, i int) string {
		data, _ := json.Marshal(s[i])
		return string(data)
	}
	find := func(s Space, name string) int {
		return slices.IndexFunc(s, func(p Param) bool { return p.Name == name })
	}
	for i := range was {
		k := find(now, was[i].Name)
		if k < 0 {
			return fmt.Sprintf("it had %s = %s", was[i].Name, was[i].Domain())
		}
		if a, b := text(was, i), text(now, k); a != b {
			a, b := was[i].Domain(), now[k].Domain()
			if a == b {
				a, b = difference(text(was, i), text(now, k))
			}
			return fmt.Sprintf("%s = %s then, %s now", was[i].Name, a, b)
		}
	}
	for k := range now {
		if find(was, now[k].Name) < 0 {
			return fmt.Sprintf("it had no %s", now[k].Name)
		}
	}
	for i := range was {
		if was[i].Name != now[i].Name {
			return fmt.Sprintf("%s stood where %s stands now", was[i].Name, now[i].Name)
		}
	}
	return ""
}

// difference cuts two texts to where they begin to differ.
func difference(a, b string) (string, string) {
	const before, after = 24, 40
	k := 0
	for k < len(a) && k < len(b) && a[k] == b[k] {
		k++
	}
	cut := func(t string) string {
		from, to := max(k-before, 0), min(k+after, len(t))
		for from > 0 && t[from-1] != ' ' {
			from-- // whole words
		}
		out := strings.ToValidUTF8(t[from:to], "")
		if from > 0 {
			out = "... " + out
		}
		if to < len(t) {
			out += " ..."
		}
		return strconv.Quote(out)
	}
	return cut(a), cut(b)
}

// maxLine is the longest line of a journal, in bytes.
const maxLine = 16 << 20

// recorded is what a journal says.
type recorded struct {
	trials []Trial // those without an end stand as Running
	end    int64   // of the last whole line
	clock  float64 // seconds that the search has run
}

// readJournal reads a journal up to its last whole line.
func readJournal(r io.Reader) (was recorded, err error) {
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		text, err := readLine(in)
		if err == io.EOF { // nothing, or a line cut short
			return was, nil
		}
		if err != nil {
			return recorded{}, fmt.Errorf("%s:%d: %w", JournalFile, line, err)
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return recorded{}, fmt.Errorf("%s:%d: %w", JournalFile, line, err)
		}
		if was.trials, err = apply(was.trials, &e); err != nil {
			return recorded{}, fmt.Errorf("%s:%d: %w", JournalFile, line, err)
		}
		was.end += int64(len(text))
		was.clock = max(was.clock, e.Clock)
	}
}

// readLine reads a line with its end; io.EOF when there is no end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return nil, fmt.Errorf("a line of more than %d bytes", maxLine)
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// apply adds one line to the trials.
func apply(trials []Trial, e *entry) ([]Trial, error) {
	switch {
	case e.Trial != nil && (e.Trial.Parent < -1 || e.Trial.Parent >= e.ID):
		return nil, fmt.Errorf("trial %d goes on with trial %d", e.ID, e.Trial.Parent) // with one before it only
	case e.Event == "start" && e.Trial != nil && e.Trial.ID == e.ID && e.ID == len(trials):
		t := *e.Trial
		t.State = Running
		return append(trials, t), nil
	case e.ID < 0 || e.ID >= len(trials):
		return nil, fmt.Errorf("%s of trial %d, but %d have started", strconv.Quote(e.Event), e.ID, len(trials))
	case trials[e.ID].State != Running:
		return nil, fmt.Errorf("%s of trial %d, which has ended", strconv.Quote(e.Event), e.ID)
	case e.Event == "report" && e.Report != nil:
		trials[e.ID].record(*e.Report)
		return trials, nil
	case e.Event == "end" && e.Trial != nil && e.Trial.ID == e.ID && e.Trial.State != Running && e.Trial.State != "":
		trials[e.ID] = *e.Trial
		return trials, nil
	}
	return nil, fmt.Errorf("no such event: %s", strconv.Quote(e.Event))
}

// write appends a line. Starts and ends are on the disk when it returns; reports
// are made again if a crash takes them.
func (j *journal) write(e entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(data, '\n')); err != nil {
		return err
	}
	if e.Event == "report" {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	dir := TrialDir(j.dir, e.ID)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, TrialFile), e.Trial)
}

func (j *journal) close() error { return j.file.Close() }

func writeJSON(name string, v any) error {
	return durable.WriteFile(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// Record is what a search folder holds.
type Record struct {
	Space      Space
	Objective  Objective
	Algorithm  string // with its numbers
	Seed       uint64
	Workers    int
	Executions int
	// About is what Search.About said when the search began.
	About string
	// Trials are all so far. Those that were not over stand as Running.
	Trials []Trial
	// Elapsed is how long the search has run.
	Elapsed time.Duration
}

// Load reads a search folder, also that of a search under way. The error is
// os.ErrNotExist when dir holds none.
func Load(dir string) (*Record, error) {
	id, err := readIdentity(filepath.Join(dir, SearchFile))
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, JournalFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	was, err := readJournal(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &Record{
		Space: id.Space, Objective: id.Objective, Algorithm: id.Algorithm, Seed: id.Seed, Workers: id.Workers, Executions: id.Runs, About: id.About,
		Trials: was.trials, Elapsed: time.Duration(was.clock * float64(time.Second)),
	}, nil
}
