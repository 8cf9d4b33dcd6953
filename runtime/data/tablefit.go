package data

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/table"
)

// tableOf returns the table that a data set is of, nil when it is of another source.
func tableOf(d Dataset) (*part, *tableSet) {
	p, ok := d.(*part)
	if !ok {
		return nil, nil
	}
	s, _ := p.src.source.(*tableSet)
	return p, s
}

// fitTables learns of the training part how rows are prepared, or takes what
// cfg.Fitted says, for all parts.
func fitTables(cfg config.Data, sets *[3]Dataset) error {
	var fitted *table.Fitted
	var err error
	if cfg.Fitted != "" {
		if fitted, err = table.ParseFitted([]byte(cfg.Fitted)); err != nil {
			return err
		}
	} else {
		train, s := tableOf(sets[0])
		if s == nil {
			return errors.New("there are no training rows to learn from how rows are prepared")
		}
		rows := func(f func(i int, cells []string) error) error { return s.each(train.index, f) }
		var removed []int
		fitted, removed, err = table.Fit(s.plan, rows, table.Options{DecimalComma: s.form.DecimalComma, Rows: len(train.index), Rescale: cfg.Rescale})
		if err != nil {
			var about *table.RowError
			if errors.As(err, &about) {
				return err
			}
			return &FileError{s.path, err}
		}
		if len(removed) > 0 {
			train.index = slices.DeleteFunc(slices.Clone(train.index), func(i int32) bool {
				_, gone := slices.BinarySearch(removed, int(i))
				return gone
			})
		}
	}
	if n := cfg.Height * cfg.Width * cfg.Channels; n > 0 && n != fitted.Width() {
		return fmt.Errorf("a row becomes %s values, and the input of the network takes %d", fitted.Arithmetic(), n)
	}
	for _, d := range sets {
		if _, s := tableOf(d); s != nil {
			if err := s.use(fitted); err != nil {
				return err
			}
		}
	}
	return nil
}

// Fitted returns how the rows of a table are prepared, nil for other data.
func Fitted(d Dataset) *table.Fitted {
	if _, s := tableOf(d); s != nil {
		return s.fitted
	}
	return nil
}

// LeftOut returns how many rows of the file of a table are no examples: bad are
// those that on_error skip left out, with the errors of the first of them,
// dropped those with a missing value where missing=drop. 0 for other data.
func LeftOut(d Dataset) (bad int, first []error, dropped int) {
	if _, s := tableOf(d); s != nil {
		return s.left.bad, s.left.first, s.left.dropped
	}
	return 0, nil, 0
}

// TableFacts opens the training table of cfg and returns what a compiler needs to
// know of it: how rows are prepared. The shape of the network's input is not
// looked at.
func TableFacts(cfg config.Data) (*table.Fitted, error) {
	cfg.Height, cfg.Width, cfg.Channels, cfg.Fitted = 0, 0, 0, ""
	d, err := Open(cfg, "train")
	if err != nil {
		return nil, err
	}
	f := Fitted(d)
	return f, Close(d)
}
