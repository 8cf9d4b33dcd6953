package rows

import (
	"errors"
	"fmt"

	"github.com/cnnc/cnnc/runtime/data/table"
	"github.com/cnnc/cnnc/runtime/weights"
)

// example is the memory in which a row becomes an input, and how it does.
type example struct {
	values  [Height * Width * Channels]float32
	columns *table.Fitted // nil before weights are loaded
}

// prepare takes what a weight file says about rows.
func (in *example) prepare(how *weights.Preparation) error {
	if how.Table == "" {
		return errors.New("the weights do not say how rows are prepared: they are not those of training on a table")
	}
	columns, err := table.ParseFitted([]byte(how.Table))
	if err != nil {
		return err
	}
	if columns.Width() != len(in.values) {
		return fmt.Errorf("a row becomes %s values, and the input takes %d", columns.Arithmetic(), len(in.values))
	}
	if n := len(columns.Targets); n > 0 && n != Outputs {
		return fmt.Errorf("the weights predict %d numbers, and the network has %d outputs", n, Outputs)
	}
	in.columns = columns
	return nil
}

// share takes over what clones have in common.
func (in *example) share(of *example) { in.columns = of.columns }

// errNoRows is the error of a network whose weights were not loaded.
var errNoRows = errors.New(modelName + ": nothing is known about rows before weights are loaded")

// Columns are the names of the columns that PredictRecord takes, in order.
func (net *Net) Columns() []string {
	if net.columns == nil {
		return nil
	}
	return net.columns.Names()
}

// PredictRecord returns what PredictRow does for a row that is given as texts in
// the order of Columns, such as encoding/csv reads. They are prepared as in
// training; an error names the column that does not fit.
func (net *Net) PredictRecord(record []string) (*[Outputs]float32, error) {
	if net.columns == nil {
		return nil, errNoRows
	}
	if err := net.columns.Record(net.values[:], record); err != nil {
		return nil, fmt.Errorf("%s: %w", modelName, err)
	}
	return net.predictValues(), nil
}

// predictValues returns the scores of the row in values; those of a regression
// in the units of its columns.
func (net *Net) predictValues() *[Outputs]float32 {
	scores := net.Predict(&net.values)
	net.columns.Values(scores[:])
	return scores
}
