package rows

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/data/table"
)

// encoder writes the fields of a Row, one column after the other.
type encoder struct {
	columns []table.Column
	dst     []float32
	err     error
}

// next is the next column and the place of its values. After an error it is nil.
func (e *encoder) next(name string) (*table.Column, []float32) {
	if e.err != nil {
		return nil, nil
	}
	if len(e.columns) == 0 || e.columns[0].Name != name {
		e.err = fmt.Errorf("the weights were trained without the column %q, or in another order", name)
		return nil, nil
	}
	c := &e.columns[0]
	dst := e.dst[:c.Width()]
	e.columns, e.dst = e.columns[1:], e.dst[len(dst):]
	return c, dst
}

// number writes a number; NaN is a missing one.
func (e *encoder) number(name string, x float64) {
	if c, dst := e.next(name); c != nil {
		e.err = c.Number(dst, x)
	}
}

// category writes a category; "" is a missing one.
func (e *encoder) category(name string, text string) {
	if c, dst := e.next(name); c != nil {
		e.err = c.Category(dst, text)
	}
}

// PredictRow returns the scores of a row, prepared as in training; for numbers
// to predict, those numbers. They are valid until the next prediction.
func (net *Net) PredictRow(row *Row) (*[Outputs]float32, error) {
	if net.columns == nil {
		return nil, errNoRows
	}
	e := encoder{columns: net.columns.Columns, dst: net.values[:]}
	row.encode(&e)
	if e.err == nil && len(e.columns) > 0 {
		e.err = fmt.Errorf("the weights were trained with a column %q besides", e.columns[0].Name)
	}
	if e.err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, e.err)
	}
	return net.predictValues(), nil
}
