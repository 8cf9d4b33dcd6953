package data

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// tableSet is a source of the rows of one CSV file. Of each row it holds the
// place in the file and the class; the values are read when they are wanted,
// unless the whole table is small.
type tableSet struct {
	path string
	form config.CSV
	plan *table.Plan
	file *os.File
	rows []tableRow
	// names are the classes, whereAt the line that each was first seen in.
	names   []string
	whereAt []int32
	left    leftOut

	fitted *table.Fitted
	at     []int // of the columns of fitted
	// Values of all rows, and errors of those that have none, when the table is
	// small enough.
	x, y []float32
	bad  map[int32]error
}

// tableRow is where a row lies.
type tableRow struct {
	offset       int64
	length       int32
	line, number int32
	label        int32
}

// leftOut are the rows of a file that are no examples.
type leftOut struct {
	bad     int // with on_error skip
	first   []error
	dropped int // missing=drop
}

const (
	// maxClassNames is the most classes that a column may hold.
	maxClassNames = 1 << 14
)

// maxTableCache is the most values, in bytes, that are held in memory. Tests make
// it small.
var maxTableCache = 64 << 20

// Targeted is a Dataset whose examples have numbers to predict instead of
// classes when Targets is above 0: Classes is nil and Label 0 then.
type Targeted interface {
	Dataset
	// Targets is the number of numbers to predict.
	Targets() int
	// Target writes those of example i to dst [Targets], scaled.
	Target(i int, dst []float32, s *Scratch) error
}

// noClasses are the classes of a regression within this package.
var noClasses = []string{""}

// regression reports whether the data have numbers to predict, not classes.
func regression(cfg config.Data) bool { return cfg.Table != nil && len(cfg.Table.Targets) > 0 }

// checkTables refuses tables without columns, and columns without tables.
func checkTables(cfg config.Data) error {
	for p, src := range sources(cfg) {
		if src.Kind == "" || src.Kind == "split" || (src.Kind == "csv") == (cfg.Table != nil) {
			continue
		}
		if cfg.Table == nil {
			return fmt.Errorf("data %s: nothing says what the columns of the table mean", parts[p])
		}
		return fmt.Errorf("data %s: columns belong to csv files, not to %s", parts[p], src.Kind)
	}
	if cfg.Table != nil && (cfg.Table.Class == "") == (len(cfg.Table.Targets) == 0) {
		return errors.New("data: a table needs a column of classes or targets, and not both")
	}
	return nil
}

// tableSpec is the shape of an input that a row becomes; the rest of a Spec is
// for pictures. A shape not known yet is all zeros.
func tableSpec(cfg config.Data) (preprocess.Spec, error) {
	p := preprocess.Spec{Height: cfg.Height, Width: cfg.Width, Channels: cfg.Channels}
	switch {
	case cfg.OnError != "" && cfg.OnError != "stop" && cfg.OnError != "skip":
		return p, fmt.Errorf("on_error is %q, want stop or skip", cfg.OnError)
	case cfg.Resize != nil || cfg.Color != "":
		return p, errors.New("rows of a table are no pictures: they have neither size nor colour")
	case cfg.Rescale-cfg.Rescale != 0 || cfg.Rescale < 0:
		return p, fmt.Errorf("rescale is %v, want a finite number above 0", cfg.Rescale)
	case cfg.Height < 0 || cfg.Width < 0 || cfg.Channels < 0:
		return p, fmt.Errorf("the input is %dx%dx%d", cfg.Height, cfg.Width, cfg.Channels)
	}
	return p, nil
}

// tableClasses lists the values of the class column.
func tableClasses(cfg config.Data, which string, src config.Source, paths []string) ([]string, error) {
	s, err := readTable(cfg, src, paths, false)
	if err != nil {
		return nil, err
	}
	return s.names, errors.Join(s.manyClasses(), s.Close())
}

func openTable(cfg config.Data, which string, src config.Source, paths []string, _ preprocess.Spec) (source, error) {
	s, err := readTable(cfg, src, paths, true)
	if err != nil {
		return nil, err
	}
	if which == parts[0] && len(cfg.Classes) == 0 {
		if err := s.manyClasses(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// manyClasses refuses a table whose rows are all of one class.
func (s *tableSet) manyClasses() error {
	if s.plan.ClassAt < 0 || len(s.names) > 1 {
		return nil
	}
	return fileErrorf(s.path, "column %q holds only one class, %q; a classifier needs at least two", s.plan.Class, s.names[0])
}

// readTable opens a file and finds its rows and classes.
func readTable(cfg config.Data, src config.Source, paths []string, rows bool) (s *tableSet, err error) {
	if cfg.Table == nil {
		return nil, errors.New("nothing says what the columns of the table mean")
	}
	if len(paths) != 1 {
		return nil, fmt.Errorf("csv needs the path of one file, got %d", len(paths))
	}
	s = &tableSet{path: paths[0], form: src.CSV}
	if s.file, _, err = openRegular(s.path); err != nil {
		return nil, err
	}
	defer func(f *os.File) {
		if err != nil {
			f.Close()
		}
	}(s.file)
	r, err := table.NewReader(s.all(), s.path, s.form)
	if err != nil {
		return nil, err
	}
	if s.plan, err = table.Resolve(cfg.Table, r.Header); err != nil {
		return nil, &FileError{Path: s.path, Err: err}
	}
	if err := s.scan(r, cfg.OnError == "skip", rows); err != nil {
		return nil, err
	}
	return s, nil
}

// all reads the file from its beginning.
func (s *tableSet) all() io.Reader { return io.NewSectionReader(s.file, 0, math.MaxInt64) }

// scan finds the rows and their classes. Bad rows are left out if skip says so.
func (s *tableSet) scan(r *table.Reader, skip, rows bool) error {
	labels := map[string]int32{}
	for number := int32(0); ; number++ {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if number == math.MaxInt32-1 {
			return fileErrorf(s.path, "more than %d rows", number)
		}
		label, drop := int32(0), false
		if err == nil {
			drop, label, err = s.example(r, row, labels)
		}
		var about *table.RowError
		switch {
		case err != nil && skip && errors.As(err, &about) && about.Line > 0:
			if s.left.bad++; len(s.left.first) < maxSkipped {
				s.left.first = append(s.left.first, err)
			}
		case err != nil:
			return err
		case drop:
			s.left.dropped++
		case rows || len(s.rows) == 0:
			line, offset, end := r.Row()
			s.rows = append(s.rows, tableRow{offset: offset, length: int32(end - offset), line: int32(line), number: number, label: label})
		}
	}
	switch {
	case len(s.rows) > 0:
	case s.left.bad > 0:
		return fileErrorf(s.path, "no usable row; %d skipped, the first: %w", s.left.bad, s.left.first[0])
	case s.left.dropped > 0:
		return fileErrorf(s.path, "no rows are left: all %d have a missing value in a column with missing=drop", s.left.dropped)
	default:
		return fileErrorf(s.path, "the file has no rows, only a header")
	}
	if s.plan.ClassAt < 0 {
		s.names, s.whereAt = noClasses, []int32{s.rows[0].line}
		return nil
	}
	s.orderClasses(labels)
	return nil
}

// example checks a row and finds its class.
func (s *tableSet) example(r *table.Reader, row []string, labels map[string]int32) (drop bool, label int32, err error) {
	drop, err = s.plan.Check(row, s.form.DecimalComma)
	if err != nil {
		return false, 0, r.Wrap(err)
	}
	if drop || s.plan.ClassAt < 0 {
		return drop, 0, nil
	}
	text := strings.TrimSpace(row[s.plan.ClassAt])
	if text == "" {
		return false, 0, r.Errorf("column %q: the class is missing", s.plan.Class)
	}
	label, ok := labels[text]
	if !ok {
		if len(labels) == maxClassNames {
			return false, 0, r.Errorf("column %q has more than %d different values: these are no classes (target is for numbers to predict)", s.plan.Class, maxClassNames)
		}
		label = int32(len(labels))
		labels[strings.Clone(text)] = label
		line, _, _ := r.Row()
		s.whereAt = append(s.whereAt, int32(line))
	}
	return false, label, nil
}

// orderClasses sorts the classes: by number when all are numbers, else by bytes.
func (s *tableSet) orderClasses(labels map[string]int32) {
	numbers := map[string]float64{}
	for name := range labels {
		s.names = append(s.names, name)
		if x, err := strconv.ParseFloat(name, 64); err == nil && !math.IsNaN(x) { // a word, and in no order
			numbers[name] = x
		}
	}
	slices.SortFunc(s.names, func(a, b string) int {
		if len(numbers) == len(labels) && numbers[a] != numbers[b] {
			if numbers[a] < numbers[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	to, lines := make([]int32, len(s.names)), make([]int32, len(s.names))
	for i, name := range s.names {
		to[labels[name]], lines[i] = int32(i), s.whereAt[labels[name]]
	}
	s.whereAt = lines
	for i := range s.rows {
		s.rows[i].label = to[s.rows[i].label]
	}
}

func (s *tableSet) classes() []string { return s.names }
func (s *tableSet) size() int         { return len(s.rows) }
func (s *tableSet) label(i int) int   { return int(s.rows[i].label) }
func (s *tableSet) key(i int) uint64  { return rng.Hash(uint64(s.rows[i].number)) }
func (s *tableSet) name(i int) string { return fmt.Sprintf("%s:%d", s.path, s.rows[i].line) }
func (s *tableSet) where(c int) string {
	return fmt.Sprintf("%s:%d", s.path, s.whereAt[c])
}
func (s *tableSet) Close() error { return s.file.Close() }

// each calls f for the rows of index, which ascends.
func (s *tableSet) each(index []int32, f func(i int, cells []string) error) error {
	r, err := table.NewReader(s.all(), s.path, s.form)
	if err != nil {
		return err
	}
	for k := 0; k < len(index); {
		cells, err := r.Next()
		var about *table.RowError
		switch {
		case err == io.EOF:
			return fileErrorf(s.path, "the file has become shorter while it was read")
		case errors.As(err, &about) && about.Line > 0:
			continue // left out by scan
		case err != nil:
			return err
		}
		if _, offset, _ := r.Row(); offset != s.rows[index[k]].offset {
			continue
		}
		if err := f(int(index[k]), cells); err != nil {
			return r.Wrap(err)
		}
		k++
	}
	return nil
}
