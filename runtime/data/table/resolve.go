package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
)

// Plan is a config.Table with its columns found in a file.
type Plan struct {
	Features []config.Column // all have names
	Targets  []config.Column
	Class    string
	// Where the columns stand in a row. ClassAt is -1 for regression.
	FeatureAt, TargetAt []int
	ClassAt             int
}

// Resolve finds the columns of t among those of a file.
func Resolve(t *config.Table, header []string) (*Plan, error) {
	p := &Plan{Class: t.Class, ClassAt: -1}
	used := map[string]bool{}
	find := func(name string) (int, error) {
		i := slices.Index(header, name)
		if i < 0 {
			return 0, fmt.Errorf("there is no column %q; the columns are %s", name, list(header))
		}
		if used[name] {
			return 0, fmt.Errorf("column %q is used twice", name)
		}
		used[name] = true
		return i, nil
	}
	var err error
	if t.Class != "" {
		if p.ClassAt, err = find(t.Class); err != nil {
			return nil, err
		}
	}
	for _, c := range t.Targets {
		at, err := find(c.Name)
		if err != nil {
			return nil, err
		}
		p.Targets, p.TargetAt = append(p.Targets, c), append(p.TargetAt, at)
	}
	for _, name := range t.Ignored {
		if _, err := find(name); err != nil {
			return nil, err
		}
	}
	rest := -1
	for i, c := range t.Columns {
		if c.Name == "" {
			rest = i
			continue
		}
		if _, err := find(c.Name); err != nil {
			return nil, err
		}
	}
	for i, c := range t.Columns {
		if i != rest {
			p.Features, p.FeatureAt = append(p.Features, c), append(p.FeatureAt, slices.Index(header, c.Name))
			continue
		}
		for at, name := range header {
			if used[name] {
				continue
			}
			if name == "" {
				return nil, fmt.Errorf("column %d has no name", at+1)
			}
			c.Name = name
			p.Features, p.FeatureAt = append(p.Features, c), append(p.FeatureAt, at)
		}
	}
	if len(p.Features) == 0 {
		return nil, fmt.Errorf("no column is a feature; the columns are %s", list(header))
	}
	return p, nil
}

// Find returns where the columns of f stand among those of a file, for
// prediction: classes and targets need not be there.
func (f *Fitted) Find(header []string) ([]int, error) {
	at := make([]int, len(f.Columns))
	for i := range f.Columns {
		if at[i] = slices.Index(header, f.Columns[i].Name); at[i] < 0 {
			return nil, fmt.Errorf("there is no column %q; the columns are %s", f.Columns[i].Name, list(header))
		}
	}
	return at, nil
}

// Target writes the scaled targets of a row of a file to dst: target i is cell
// at[i].
func (f *Fitted) Target(dst []float32, cells []string, at []int, decimalComma bool) error {
	for i := range f.Targets {
		if err := f.Targets[i].Text(dst[i:i+1], cells[at[i]], decimalComma); err != nil {
			return err
		}
	}
	return nil
}

// list writes the first names of a long list.
func list(names []string) string {
	const most = 12
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&b, "... (%d in all)", len(names))
			break
		}
		fmt.Fprintf(&b, "%q", n)
	}
	return b.String()
}

// Check reads a row as far as that needs no fitting: ragged numbers, and values
// that are missing where that is an error. drop says that the row has no value
// in a column whose rows are dropped then.
func (p *Plan) Check(row []string, decimalComma bool) (drop bool, err error) {
	for _, part := range []struct {
		columns []config.Column
		at      []int
	}{{p.Features, p.FeatureAt}, {p.Targets, p.TargetAt}} {
		for i := range part.columns {
			c := &part.columns[i]
			cell := row[part.at[i]]
			gap := missing(strings.TrimSpace(cell))
			if c.Kind == Numeric && !gap {
				if _, err := parseNumber(cell, decimalComma); err != nil {
					return false, fmt.Errorf("column %q: %w", c.Name, err)
				}
			}
			switch {
			case !gap:
			case c.Missing == "drop":
				drop = true
			case c.Missing == "" || c.Missing == "error":
				return false, fmt.Errorf("column %q: the value is missing (missing=drop, mean, median, most_frequent or constant says what to do)", c.Name)
			}
		}
	}
	return drop, nil
}
