package tensorboard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/cnnc/cnnc/runtime/train"
)

// Names of the folders of a Log.
const (
	TrainDir      = "train"
	ValidationDir = "validation"
)

// Log writes the values of each epoch of a training run: give it to
// train.Options.Observer, and Close it behind the run. The step of an epoch is its
// number from 0, as Keras counts.
//
// A run that begins at its first epoch removes event files that an earlier one
// left in the folders of the Log, as the run directory is cleared; one that is
// resumed adds further files.
type Log struct {
	dir     string
	train   *Writer // nil before the run, and after an error
	val     *Writer // nil before the first validation
	begin   int     // the epoch that the run began at
	resumed bool
	err     error
	scalars [2][]Scalar
}

// NewLog returns a Log below dir. Files are made when the run begins.
func NewLog(dir string) *Log { return &Log{dir: dir} }

// Observe implements train.Observer.
func (l *Log) Observe(e train.Event) {
	if l.err != nil {
		return
	}
	switch e := e.(type) {
	case *train.RunBegin:
		l.begin, l.resumed = e.Epoch, e.Epoch > 0 || e.Batch > 0
		if !l.resumed {
			if l.err = l.clear(); l.err != nil {
				return
			}
		}
		l.train, l.err = l.open(TrainDir)
	case *train.EpochEnd:
		l.err = l.epoch(e)
	}
}

// clear removes the event files of an earlier run.
func (l *Log) clear() error {
	for _, part := range []string{TrainDir, ValidationDir} {
		entries, err := os.ReadDir(filepath.Join(l.dir, part))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, f := range entries {
			if strings.HasPrefix(f.Name(), filePrefix) {
				if err := os.Remove(filepath.Join(l.dir, part, f.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *Log) open(part string) (*Writer, error) {
	w, err := Create(filepath.Join(l.dir, part))
	if err == nil && l.resumed {
		err = w.Restart(int64(l.begin))
	}
	return w, err
}

// epoch writes the values of an epoch. In the folder of validation they have the
// names of training.
func (l *Log) epoch(e *train.EpochEnd) error {
	if l.train == nil {
		return nil // a run that was not seen to begin
	}
	for i := range l.scalars {
		l.scalars[i] = l.scalars[i][:0]
	}
	for _, v := range e.Logs {
		name, validation := strings.CutPrefix(v.Name, "val_")
		part := 0
		if validation {
			part = 1
		}
		l.scalars[part] = append(l.scalars[part], Scalar{Tag: "epoch_" + name, Value: v.Value})
	}
	if len(l.scalars[1]) > 0 && l.val == nil {
		var err error
		if l.val, err = l.open(ValidationDir); err != nil {
			return err
		}
	}
	for i, w := range []*Writer{l.train, l.val} {
		if len(l.scalars[i]) > 0 {
			if err := w.Scalars(int64(e.Epoch), l.scalars[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close closes the files and returns the first error since the run began: after
// it, nothing more was written.
func (l *Log) Close() error {
	err := l.err
	for _, w := range []**Writer{&l.train, &l.val} {
		if *w != nil {
			if e := (*w).Close(); err == nil {
				err = e
			}
			*w = nil
		}
	}
	return err
}
