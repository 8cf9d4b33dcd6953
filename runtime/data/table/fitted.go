package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Fitted says how a row becomes the input of a network and, for regression, how
// scores become values of the target columns. Its JSON is part of weight files.
type Fitted struct {
	// Version is fittedVersion.
	Version int `json:"version"`
	// DecimalComma: numbers in cells are written 1,5.
	DecimalComma bool `json:"decimal_comma,omitempty"`
	// Columns are the features in the order of the input.
	Columns []Column `json:"columns"`
	// Targets are the columns that a regression predicts, in the order of the
	// outputs.
	Targets []Column `json:"targets,omitempty"`
}

const (
	fittedVersion = 1
	// maxFitted is the longest JSON of a Fitted, in bytes.
	maxFitted = 64 << 20
)

// ParseFitted reads the JSON of a Fitted and checks that it is one.
func ParseFitted(text []byte) (*Fitted, error) {
	if len(text) > maxFitted {
		return nil, fmt.Errorf("how rows are prepared takes %d bytes; the limit is %d", len(text), maxFitted)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	f := &Fitted{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("how rows are prepared is not readable: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("how rows are prepared is not readable: something follows it")
	}
	return f, f.check()
}

func (f *Fitted) check() error {
	if f.Version != fittedVersion {
		return fmt.Errorf("rows are prepared by version %d of the method, known is %d", f.Version, fittedVersion)
	}
	if len(f.Columns) == 0 {
		return errors.New("rows have no columns")
	}
	total := 0
	for _, list := range [][]Column{f.Columns, f.Targets} {
		seen := map[string]bool{}
		for i := range list {
			c := &list[i]
			if err := c.check(); err != nil {
				return err
			}
			if seen[c.Name] {
				return fmt.Errorf("column %q is there twice", c.Name)
			}
			seen[c.Name] = true
			if total += c.Width(); total > maxWidth {
				return fmt.Errorf("rows become more than %d values", maxWidth)
			}
		}
	}
	for i := range f.Targets {
		if f.Targets[i].Kind != Numeric || f.Targets[i].Width() != 1 {
			return fmt.Errorf("the target %q is no number", f.Targets[i].Name)
		}
	}
	return nil
}

// maxWidth is the most values that a row may become.
const maxWidth = 1 << 22

// Encode returns the JSON that ParseFitted reads.
func (f *Fitted) Encode() ([]byte, error) { return json.Marshal(f) }

// Width is the number of values that a row becomes.
func (f *Fitted) Width() int {
	n := 0
	for i := range f.Columns {
		n += f.Columns[i].Width()
	}
	return n
}

// Arithmetic says how the width comes about: "age + salary + gender one-hot 2 = 4".
func (f *Fitted) Arithmetic() string {
	const most = 12
	terms := make([]string, 0, most+1)
	for i := range f.Columns {
		if i == most-1 && len(f.Columns) > most {
			rest := 0
			for j := i; j < len(f.Columns); j++ {
				rest += f.Columns[j].Width()
			}
			terms = append(terms, fmt.Sprintf("%d of %d further columns", rest, len(f.Columns)-i))
			break
		}
		terms = append(terms, f.Columns[i].String())
	}
	return fmt.Sprintf("%s = %d", strings.Join(terms, " + "), f.Width())
}

// Names are the names of the feature columns.
func (f *Fitted) Names() []string {
	names := make([]string, len(f.Columns))
	for i := range f.Columns {
		names[i] = f.Columns[i].Name
	}
	return names
}

// Record writes a row to dst [Width], given as the texts of its feature cells in
// the order of Columns.
func (f *Fitted) Record(dst []float32, cells []string) error {
	if len(cells) != len(f.Columns) {
		return fmt.Errorf("a row of %d values, want %d: %s", len(cells), len(f.Columns), strings.Join(f.Names(), ", "))
	}
	return f.Cells(dst, cells, nil, f.DecimalComma)
}

// Cells writes a row of a file to dst [Width]: column i is cell at[i], or, with
// a nil at, cell i.
func (f *Fitted) Cells(dst []float32, cells []string, at []int, decimalComma bool) error {
	if n := f.Width(); n != len(dst) {
		return fmt.Errorf("a row becomes %d values, and the input takes %d", n, len(dst))
	}
	for i := range f.Columns {
		c, cell := &f.Columns[i], i
		if at != nil {
			cell = at[i]
		}
		n := c.Width()
		if err := c.Text(dst[:n], cells[cell], decimalComma); err != nil {
			return err
		}
		dst = dst[n:]
	}
	return nil
}

// Values scales scores of a regression back to the units of the target columns.
func (f *Fitted) Values(scores []float32) {
	for i := range min(len(scores), len(f.Targets)) {
		scores[i] = float32(f.Targets[i].Inverse(float64(scores[i])))
	}
}
