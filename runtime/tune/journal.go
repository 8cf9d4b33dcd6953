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
	"strconv"
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
	ID        string    `json:"id,omitempty"`
}

// journalVersion changes when old folders can no longer be read.
const journalVersion = 1

// handover is how long a search waits for another process that is leaving the
// folder.
const handover = 2 * time.Second

// journal is the open state of a search. The journal's file is locked, so that
// two processes cannot write one.
type journal struct {
	dir  string
	file *os.File
}

// openJournal opens or makes the folder of a search and returns the trials in it;
// those without an end stand as Running. Without resume a folder that holds a
// search is refused.
func openJournal(dir string, id identity, resume bool) (j *journal, trials []Trial, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, err
	}
	file, err := durable.OpenExclusive(filepath.Join(dir, JournalFile), handover)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	name := filepath.Join(dir, SearchFile)
	old, err := os.ReadFile(name)
	switch {
	case err == nil && !resume:
		return nil, nil, fmt.Errorf("%s holds a search already; resume it, or choose another folder", dir)
	case err == nil:
		if err := sameSearch(name, old, id); err != nil {
			return nil, nil, err
		}
	case errors.Is(err, os.ErrNotExist) && resume:
		return nil, nil, fmt.Errorf("%s holds no search to resume", dir)
	case errors.Is(err, os.ErrNotExist):
		if err := writeJSON(name, id); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, err
	}
	trials, end, err := readJournal(file)
	if err == nil {
		err = file.Truncate(end) // a line that a crash cut short
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &journal{dir: dir, file: file}, trials, nil
}

// sameSearch names the first thing in which a stored search differs.
func sameSearch(name string, old []byte, id identity) error {
	var was identity
	d := json.NewDecoder(bytes.NewReader(old))
	d.DisallowUnknownFields()
	if err := d.Decode(&was); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, f := range []struct {
		what     string
		was, now any
	}{
		{"version of the search folder", was.Version, id.Version},
		{"network or data", was.ID, id.ID},
		{"search space", was.Space, id.Space},
		{"algorithm", was.Algorithm, id.Algorithm},
		{"objective", was.Objective, id.Objective},
		{"seed", was.Seed, id.Seed},
		{"number of workers", was.Workers, id.Workers},
		{"number of executions", was.Runs, id.Runs},
	} {
		a, _ := json.Marshal(f.was)
		b, _ := json.Marshal(f.now)
		if !bytes.Equal(a, b) {
			return fmt.Errorf("%s: the search that is resumed has another %s: %s, not %s", name, f.what, a, b)
		}
	}
	return nil
}

// maxLine is the longest line of a journal, in bytes.
const maxLine = 16 << 20

// readJournal returns the trials and where the last whole line ends.
func readJournal(r io.Reader) (trials []Trial, end int64, err error) {
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, 0, err
		}
		if err == io.EOF { // nothing, or a line cut short
			return trials, end, nil
		}
		if len(text) > maxLine {
			return nil, 0, fmt.Errorf("%s:%d: a line of %d bytes", JournalFile, line, len(text))
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, 0, fmt.Errorf("%s:%d: %w", JournalFile, line, err)
		}
		if trials, err = apply(trials, &e); err != nil {
			return nil, 0, fmt.Errorf("%s:%d: %w", JournalFile, line, err)
		}
		end += int64(len(text))
	}
}

// apply adds one line to the trials.
func apply(trials []Trial, e *entry) ([]Trial, error) {
	switch {
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

// Load reads the trials of a search folder and what was searched for. Trials that
// were not over stand as Running.
func Load(dir string) ([]Trial, Space, Objective, error) {
	name := filepath.Join(dir, SearchFile)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, Objective{}, err
	}
	var id identity
	if err := json.Unmarshal(data, &id); err != nil {
		return nil, nil, Objective{}, fmt.Errorf("%s: %w", name, err)
	}
	f, err := os.Open(filepath.Join(dir, JournalFile))
	if err != nil {
		return nil, nil, Objective{}, err
	}
	defer f.Close()
	trials, _, err := readJournal(f)
	if err != nil {
		return nil, nil, Objective{}, fmt.Errorf("%s: %w", dir, err)
	}
	return trials, id.Space, id.Objective, nil
}
