package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// csvColumns are the columns of a log of epochs whose first row has these logs:
// the epoch, then the keys in alphabetical order, then, when none is of
// validation, which may come in a later epoch, one of validation for each (spec:
// training, CSVLogger).
func csvColumns(logs []Log) []string {
	var names []string
	validated := false
	for _, l := range logs {
		names = append(names, l.Name)
		validated = validated || strings.HasPrefix(l.Name, "val_")
	}
	slices.Sort(names)
	if !validated {
		for _, name := range slices.Clone(names) {
			names = append(names, "val_"+name)
		}
	}
	return append([]string{"epoch"}, names...)
}

// csvRow is the row of an epoch.
func csvRow(columns []string, epoch int, logs []Log) []string {
	e := EpochLogs{Logs: logs}
	row := []string{strconv.Itoa(epoch)}
	for _, name := range columns[1:] {
		cell := "NA"
		if v, ok := e.Lookup(name); ok {
			cell = strconv.FormatFloat(v, 'g', -1, 64)
		}
		row = append(row, cell)
	}
	return row
}

// CSVOptions are those of CSVLog.
type CSVOptions struct {
	// Separator stands between the values of a row; 0 is a comma.
	Separator rune
	// Append keeps the rows that are there; with them, their header.
	Append bool
}

// CSVLog returns hooks that write a row of each epoch to a file: the epoch, from
// 0, and its logs in alphabetical order. The columns are those of the first row;
// what is missing in a later one is NA, and what is new is left out. Lines end in
// CR LF (spec: training, CSVLogger). The file is open during a row only.
//
// The run directory has such a log in any case, HistoryFile, which is exact across
// kill and resume; this one is for other places and for runs behind one another.
func CSVLog(name string, o CSVOptions) Hooks {
	if o.Separator == 0 {
		o.Separator = ','
	}
	var columns []string
	write := func(rows ...[]string) error {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return err
		}
		w := csv.NewWriter(f)
		w.Comma, w.UseCRLF = o.Separator, true
		return errors.Join(w.WriteAll(rows), f.Close())
	}
	return Hooks{
		OnTrainBegin: func(c *Control) error {
			columns = nil
			if o.Append {
				var err error
				columns, err = csvHeader(name, o.Separator)
				return err
			}
			return os.WriteFile(name, nil, 0o644)
		},
		OnEpochEnd: func(c *Control) error {
			if columns != nil {
				return write(csvRow(columns, c.Epoch(), c.Logs()))
			}
			columns = csvColumns(c.Logs())
			return write(columns, csvRow(columns, c.Epoch(), c.Logs()))
		},
	}
}

// csvHeader reads the columns of a file, nil where it is empty or not there.
func csvHeader(name string, separator rune) ([]string, error) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = separator
	columns, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case columns[0] != "epoch":
		return nil, fmt.Errorf("%s: not a log of epochs, its first column is %q", name, columns[0])
	}
	return columns, nil
}
