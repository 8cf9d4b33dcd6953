package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/train"
)

// predictTables labels the rows of CSV files, or says the numbers that they are
// predicted to have. The files need the columns of the features only.
func predictTables(e *Env) error {
	cfg, tc := e.Config()
	j := e.Job
	scalars, err := e.Scalars()
	if err != nil {
		return err
	}
	params, labels, name, err := e.Weights()
	if err != nil {
		return err
	}
	fitted, err := fittedFor(e.Net, e.prepared.Table)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	rows := &tableRows{files: j.Files, form: cfg.Train.CSV, fitted: fitted, batch: min(max(tc.Batch, 1), 64)}
	defer rows.close()
	return e.writeLabels(labelsFor(e.Net, labels), func(out *labelWriter) error {
		rows.out = out
		if len(fitted.Targets) > 0 {
			out.names = nil
			for i := range fitted.Targets {
				out.names = append(out.names, fitted.Targets[i].Name)
			}
		}
		err := train.Predict(e.Context, e.Net, rows, train.Setup{Params: params, Scalars: scalars, Workers: j.Workers}, func(b *train.Batch, scores []float32) error {
			return rows.report(scores, e.Net.Outputs)
		})
		if err == nil {
			err = rows.report(nil, 0) // what came behind the last good row
		}
		if err == nil && rows.failed > 0 {
			err = incomplete{fmt.Errorf("%d of %s could not be read", rows.failed, count(rows.total, "row"))}
		}
		return err
	})
}

// tableRows is the rows of files as train.Data. How many there are shows when
// they are read.
type tableRows struct {
	files         []string
	form          config.CSV
	fitted        *table.Fitted
	batch         int
	out           *labelWriter
	total, failed int

	current []picture // rows of the batch under way, and bad ones before it
	file    *os.File
}

// Len is more than any file has: predictions end with the data.
func (r *tableRows) Len() int       { return max(r.batch, 1) << 30 }
func (r *tableRows) BatchSize() int { return r.batch }

func (r *tableRows) Batches(ctx context.Context, _, _ int) (train.Batches, error) {
	return &rowPass{rows: r, ctx: ctx, x: make([]float32, r.batch*r.fitted.Width())}, nil
}

func (r *tableRows) close() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// report writes what became of the rows of a batch, scores being those of the ones
// that could be read.
func (r *tableRows) report(scores []float32, outputs int) error {
	at := 0
	for _, row := range r.current {
		var err error
		switch {
		case row.err != nil:
			err = r.out.fail(row.name, row.err)
		default:
			s := scores[at*outputs : (at+1)*outputs]
			at++
			if len(r.fitted.Targets) > 0 {
				err = r.out.numbers(row.name, r.fitted, s)
			} else {
				err = r.out.label(row.name, s)
			}
		}
		if err != nil {
			return err
		}
	}
	r.current = r.current[:0]
	return nil
}

// rowPass reads one row after the other, of one file after the other.
type rowPass struct {
	rows   *tableRows
	ctx    context.Context
	next   int // file
	reader *table.Reader
	at     []int
	step   int
	x      []float32
	b      train.Batch
}

// Next implements train.Batches. An error about one row is reported in its
// place; one about a file ends the prediction.
func (p *rowPass) Next() (*train.Batch, error) {
	r, width := p.rows, p.rows.fitted.Width()
	n := 0
	for n < r.batch {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
		cells, err := p.row()
		if err == io.EOF {
			break
		}
		var about *table.RowError
		if err == nil {
			err = r.fitted.Cells(p.x[n*width:(n+1)*width], cells, p.at, r.form.DecimalComma)
			if err != nil {
				err = p.reader.Wrap(err)
			}
		} else if !errors.As(err, &about) || about.Line == 0 {
			return nil, err
		}
		r.total++
		name := ""
		if err == nil {
			line, _, _ := p.reader.Row()
			name = fmt.Sprintf("%s:%d", r.files[p.next-1], line)
			n++
		} else {
			errors.As(err, &about)
			name = fmt.Sprintf("%s:%d", about.Path, about.Line)
			r.failed++
		}
		r.current = append(r.current, picture{name, err})
		if len(r.current) >= maxCurrent { // a file of bad rows does not pile up
			if n > 0 {
				break
			}
			if err := r.report(nil, 0); err != nil {
				return nil, err
			}
		}
	}
	if n == 0 {
		return nil, io.EOF
	}
	p.b = train.Batch{Step: p.step, N: n, X: p.x[:n*width]}
	p.step++
	return &p.b, nil
}

// row returns the next row of the files.
func (p *rowPass) row() ([]string, error) {
	for {
		if p.reader != nil {
			cells, err := p.reader.Next()
			if err != io.EOF {
				return cells, err
			}
			p.reader = nil
			p.rows.close()
		}
		if p.next == len(p.rows.files) {
			return nil, io.EOF
		}
		name := p.rows.files[p.next]
		p.next++
		var err error
		if p.rows.file, err = os.Open(name); err != nil {
			return nil, err
		}
		if p.reader, err = table.NewReader(p.rows.file, name, p.rows.form); err != nil {
			return nil, err
		}
		if p.at, err = p.rows.fitted.Find(p.reader.Header); err != nil {
			return nil, &data.FileError{Path: name, Err: err}
		}
	}
}

// Close implements train.Batches.
func (p *rowPass) Close() error { return nil }

// numbers writes the line of a row whose numbers were predicted.
func (l *labelWriter) numbers(row string, fitted *table.Fitted, scores []float32) error {
	fitted.Values(scores)
	if l.csv != nil {
		return l.row(row, scores)
	}
	if l.json != nil {
		r := numberReport{File: row, Values: map[string]Number{}}
		for i := range fitted.Targets {
			r.Values[fitted.Targets[i].Name] = Number(scores[i])
		}
		return l.json.Encode(r)
	}
	line := row + ":"
	for i := range fitted.Targets {
		if i > 0 {
			line += ","
		}
		line += fmt.Sprintf(" %s %.6g", fitted.Targets[i].Name, scores[i])
	}
	_, err := fmt.Fprintln(l.w, line)
	return err
}

// numberReport is a line of JSON.
type numberReport struct {
	File   string            `json:"file"`
	Values map[string]Number `json:"values"`
}

// noteLeftOut tells which rows of tables are no examples.
func noteLeftOut(o train.Observer, sets ...data.Dataset) {
	seen := ""
	for _, s := range sets {
		if s == nil {
			continue
		}
		bad, first, dropped := data.LeftOut(s)
		text := fmt.Sprint(bad, first, dropped)
		if bad+dropped == 0 || text == seen {
			continue // another part of the same file
		}
		seen = text
		if dropped > 0 {
			o.Observe(&train.Note{Text: fmt.Sprintf("%s with missing values %s left out", count(dropped, "row"), were(dropped))})
		}
		if bad > 0 {
			o.Observe(&train.Note{Text: fmt.Sprintf("%s could not be read and %s left out:", count(bad, "row"), were(bad))})
			for _, err := range first {
				o.Observe(&train.Note{Text: "  " + err.Error()})
			}
		}
	}
}
