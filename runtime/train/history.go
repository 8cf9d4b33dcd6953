package train

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// Log is a named value of an epoch: "loss", "val_accuracy".
type Log struct {
	Name  string
	Value float64
}

// MarshalJSON keeps NaN and infinities, which JSON numbers cannot express.
func (l Log) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]any{l.Name, Number(l.Value)})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (l *Log) UnmarshalJSON(b []byte) error {
	var parts [2]json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var v Number
	if err := json.Unmarshal(parts[1], &v); err != nil {
		return err
	}
	l.Value = float64(v)
	return json.Unmarshal(parts[0], &l.Name)
}

// History is the record of a run, one entry an epoch.
type History []EpochLogs

// EpochLogs are the values of one epoch, sorted by name; learning_rate, which is
// there when something changes it, comes last (spec: training, section 6).
type EpochLogs struct {
	Epoch int // from 0
	Logs  []Log
}

// Lookup returns a value of the epoch.
func (e *EpochLogs) Lookup(name string) (float64, bool) {
	for _, l := range e.Logs {
		if l.Name == name {
			return l.Value, true
		}
	}
	return 0, false
}

// Column returns the values of one key, an epoch each; epochs without it are
// left out.
func (h History) Column(name string) []float64 {
	var out []float64
	for i := range h {
		if v, ok := h[i].Lookup(name); ok {
			out = append(out, v)
		}
	}
	return out
}

// Last returns the newest epoch, nil when there is none.
func (h History) Last() *EpochLogs {
	if len(h) == 0 {
		return nil
	}
	return &h[len(h)-1]
}

// sortLogs puts values in the order of the history.
func sortLogs(logs []Log) {
	slices.SortStableFunc(logs, func(a, b Log) int { return strings.Compare(a.Name, b.Name) })
}

// inOrder puts what hooks added behind the first n values, and the learning rate,
// in its place.
func inOrder(logs []Log, n int) []Log {
	if len(logs) == n {
		return logs
	}
	at := slices.IndexFunc(logs, func(l Log) bool { return l.Name == rateKey })
	if at < 0 {
		sortLogs(logs)
		return logs
	}
	rate := logs[at]
	logs = slices.Delete(logs, at, at+1)
	sortLogs(logs)
	return append(logs, rate)
}

// WriteCSV writes the history as Keras's CSVLogger does: one row an epoch, the
// epoch counted from 0 in front, columns fixed by the first row, with one of
// validation for each where the first epoch was not validated, NA for what is
// missing, lines that end in CR LF (spec: training, CSVLogger).
func (h History) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	columns := []string{"epoch"}
	if len(h) > 0 {
		columns = csvColumns(h[0].Logs)
	}
	if err := c.Write(columns); err != nil {
		return err
	}
	for i := range h {
		if err := c.Write(csvRow(columns, h[i].Epoch, h[i].Logs)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
