package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cnnc/cnnc/runtime/config"
)

const (
	// maxRecord is the longest row, in bytes: what an open quote may swallow.
	maxRecord = 1 << 20
	// maxColumns is the most columns of a file.
	maxColumns = 1 << 16
)

// RowError is an error about one row of a file.
type RowError struct {
	Path string
	Line int // of the beginning of the row, from 1
	Err  error
}

func (e *RowError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
}
func (e *RowError) Unwrap() error { return e.Err }

// Reader reads the rows of a CSV file one after the other: RFC 4180, with an
// optional byte-order mark, in UTF-8. Blank lines are no rows.
type Reader struct {
	path    string
	csv     *csv.Reader
	in      *bounded
	first   []string // the first row of a file without header, not yet delivered
	Header  []string // names of the columns
	line    int      // of the row under way
	offset  int64    // where it may be read from again
	skipped int64    // bytes of the byte-order mark
}

// bounded counts the bytes that went into a row.
type bounded struct {
	r    io.Reader
	read int64 // bytes delivered
	row  int64 // where the row under way begins
}

var errLong = fmt.Errorf("a row of more than %d bytes; is a quote not closed?", maxRecord)

func (b *bounded) Read(p []byte) (int, error) {
	if b.read-b.row > maxRecord+1<<16 {
		return 0, errLong
	}
	n, err := b.r.Read(p)
	b.read += int64(n)
	if bytes.IndexByte(p[:n], 0) >= 0 {
		return 0, errors.New("it holds NUL bytes: this is not text in UTF-8")
	}
	return n, err
}

// NewReader reads the header of the file, of which path is the name in errors.
func NewReader(r io.Reader, path string, form config.CSV) (*Reader, error) {
	t := &Reader{path: path}
	var head [3]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, &RowError{Path: path, Err: err}
	}
	switch {
	case n == 0:
		return nil, &RowError{Path: path, Err: errors.New("the file is empty")}
	case n >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff):
		return nil, &RowError{Path: path, Err: errors.New("the text is UTF-16; it has to be UTF-8")}
	case n == 3 && string(head[:]) == "\xef\xbb\xbf":
		t.skipped, n = 3, 0
	}
	t.in = &bounded{r: io.MultiReader(bytes.NewReader(head[:n]), r)}
	if t.csv, err = newCSV(t.in, form); err != nil {
		return nil, &RowError{Path: path, Err: err}
	}
	row, err := t.Next()
	switch {
	case err == io.EOF:
		return nil, &RowError{Path: path, Err: errors.New("the file has no rows")}
	case err != nil:
		return nil, err
	case len(row) > maxColumns:
		return nil, t.Errorf("%d columns; the limit is %d", len(row), maxColumns)
	case form.NoHeader:
		t.first = slices.Clone(row)
		for i := range row {
			t.Header = append(t.Header, strconv.Itoa(i+1))
		}
		return t, nil
	}
	seen := map[string]int{}
	for i, name := range row {
		name = strings.TrimSpace(name)
		if j, twice := seen[name]; twice && name != "" {
			return nil, t.Errorf("columns %d and %d are both named %q", j+1, i+1, name)
		}
		seen[name] = i
		t.Header = append(t.Header, strings.Clone(name))
	}
	return t, nil
}

// newCSV applies how a file is written.
func newCSV(in io.Reader, form config.CSV) (*csv.Reader, error) {
	c := csv.NewReader(in)
	c.ReuseRecord, c.FieldsPerRecord = true, -1
	if form.Separator != "" {
		r, n := utf8.DecodeRuneInString(form.Separator)
		if n != len(form.Separator) || r == utf8.RuneError || r == '"' || r == '\r' || r == '\n' {
			return nil, fmt.Errorf("the separator %q is not one character", form.Separator)
		}
		c.Comma = r
	}
	return c, nil
}

// Next returns the cells of the next row, io.EOF after the last. They are valid
// until the following call; there are as many as there are columns. After an
// error about one row (RowError with a line) reading may go on.
func (t *Reader) Next() ([]string, error) {
	if t.first != nil {
		row := t.first
		t.first = nil
		return row, nil
	}
	t.offset = t.csv.InputOffset()
	t.in.row = t.offset
	row, err := t.csv.Read()
	if err == io.EOF {
		return nil, io.EOF
	}
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		t.line = syntax.StartLine
		return nil, &RowError{t.path, syntax.StartLine, syntaxText(syntax)}
	case err != nil:
		return nil, &RowError{Path: t.path, Err: err}
	}
	t.line, _ = t.csv.FieldPos(0)
	if t.Header != nil && len(row) != len(t.Header) {
		return nil, t.Errorf("%s, and the file has %s", plural(len(row), "value"), plural(len(t.Header), "column"))
	}
	for i, cell := range row {
		if !utf8.ValidString(cell) {
			return nil, t.Errorf("value %d is not text in UTF-8", i+1)
		}
	}
	return row, nil
}

// syntaxText says more than the csv package does.
func syntaxText(e *csv.ParseError) error {
	switch {
	case errors.Is(e.Err, csv.ErrQuote):
		return errors.New(`a quoted value is not closed, or something follows its closing quote; quotes within one are doubled ("")`)
	case errors.Is(e.Err, csv.ErrBareQuote):
		return errors.New(`a quote within a value that does not begin with one`)
	}
	return e.Err
}

// Row returns the line at which the last row begins, and the bytes of the file
// from which it may be read again.
func (t *Reader) Row() (line int, offset, end int64) {
	return t.line, t.offset + t.skipped, t.csv.InputOffset() + t.skipped
}

// Errorf returns an error about the last row.
func (t *Reader) Errorf(format string, args ...any) error {
	return &RowError{t.path, t.line, fmt.Errorf(format, args...)}
}

// Wrap makes err one about the last row.
func (t *Reader) Wrap(err error) error { return &RowError{t.path, t.line, err} }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// RowReader reads single rows by their place in the file.
type RowReader struct {
	in  *oneRow
	csv *csv.Reader
	buf []byte
}

// oneRow delivers the bytes of one row at a time, without ever ending.
type oneRow struct{ rest []byte }

func (o *oneRow) Read(p []byte) (int, error) {
	if len(o.rest) == 0 {
		return 0, io.ErrUnexpectedEOF // a row that ends where it did not before
	}
	n := copy(p, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// Read returns the cells of the row in file from offset up to end. They are
// valid until the next call. A RowReader belongs to one way of writing files.
func (r *RowReader) Read(file io.ReaderAt, offset, end int64, form config.CSV) ([]string, error) {
	if r.csv == nil {
		r.in = &oneRow{}
		var err error
		if r.csv, err = newCSV(r.in, form); err != nil {
			return nil, err
		}
	}
	r.buf = slices.Grow(r.buf[:0], int(end-offset)+1)[:end-offset]
	if _, err := file.ReadAt(r.buf, offset); err != nil {
		return nil, err
	}
	if n := len(r.buf); n == 0 || r.buf[n-1] != '\n' {
		r.buf = append(r.buf, '\n')
	}
	r.in.rest = r.buf
	row, err := r.csv.Read()
	if err != nil || len(r.in.rest) > 0 {
		r.csv = nil // of no use after an error
		if err == nil {
			err = errors.New("the row has changed since the file was opened")
		}
		return nil, err
	}
	return row, nil
}
