package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/data/table"
)

// use makes f what rows are prepared with, and prepares them if they are few.
func (s *tableSet) use(f *table.Fitted) error {
	if s.fitted == f {
		return nil
	}
	names := make([]string, len(s.plan.Features))
	for i, c := range s.plan.Features {
		names[i] = c.Name
	}
	if !slices.Equal(names, f.Names()) || len(f.Targets) != len(s.plan.Targets) {
		return fileErrorf(s.path, "the weights were trained with other columns: %s; here they are %s",
			strings.Join(f.Names(), ", "), strings.Join(names, ", "))
	}
	for i, c := range s.plan.Targets {
		if f.Targets[i].Name != c.Name {
			return fileErrorf(s.path, "the weights were trained to predict %q, here the target is %q", f.Targets[i].Name, c.Name)
		}
	}
	s.fitted, s.at = f, s.plan.FeatureAt
	width, goals := f.Width(), len(f.Targets)
	if 4*len(s.rows)*(width+goals) > maxTableCache {
		return nil
	}
	s.x, s.y = make([]float32, len(s.rows)*width), make([]float32, len(s.rows)*goals)
	s.bad = map[int32]error{}
	index := make([]int32, len(s.rows))
	for i := range index {
		index[i] = int32(i)
	}
	return s.each(index, func(i int, cells []string) error {
		err := f.Cells(s.x[i*width:(i+1)*width], cells, s.at, s.form.DecimalComma)
		if err == nil {
			err = f.Target(s.y[i*goals:(i+1)*goals], cells, s.plan.TargetAt, s.form.DecimalComma)
		}
		if err != nil {
			s.bad[int32(i)] = &FileError{s.name(i), err}
		}
		return nil
	})
}

// cells reads one row.
func (s *tableSet) cells(i int, scratch *Scratch) ([]string, error) {
	row := &s.rows[i]
	if scratch.tableOf != s {
		scratch.tableOf, scratch.row = s, table.RowReader{}
	}
	cells, err := scratch.row.Read(s.file, row.offset, row.offset+int64(row.length), s.form)
	if err != nil {
		return nil, &FileError{s.name(i), err}
	}
	return cells, nil
}

func (s *tableSet) load(i int, dst []float32, scratch *Scratch) error {
	if s.fitted == nil {
		return fileErrorf(s.path, "rows are read before anything was learned of them")
	}
	if s.x != nil {
		if err, ok := s.bad[int32(i)]; ok {
			return err
		}
		copy(dst, s.x[i*len(dst):])
		return nil
	}
	cells, err := s.cells(i, scratch)
	if err != nil {
		return err
	}
	if err := s.fitted.Cells(dst, cells, s.at, s.form.DecimalComma); err != nil {
		return &FileError{s.name(i), err}
	}
	return nil
}

func (s *tableSet) target(i int, dst []float32, scratch *Scratch) error {
	if s.x != nil {
		copy(dst, s.y[i*len(dst):])
		return s.bad[int32(i)]
	}
	cells, err := s.cells(i, scratch)
	if err != nil {
		return err
	}
	if err := s.fitted.Target(dst, cells, s.plan.TargetAt, s.form.DecimalComma); err != nil {
		return &FileError{s.name(i), err}
	}
	return nil
}

// Targets implements Targeted.
func (p *part) Targets() int {
	if s, ok := p.src.source.(*tableSet); ok {
		return len(s.plan.Targets)
	}
	return 0
}

// Target implements Targeted.
func (p *part) Target(i int, dst []float32, s *Scratch) error {
	t, ok := p.src.source.(*tableSet)
	if !ok || len(dst) != p.Targets() {
		return fmt.Errorf("%s: destination has %d targets, want %d", p.Name(i), len(dst), p.Targets())
	}
	return t.target(int(p.index[i]), dst, s)
}
