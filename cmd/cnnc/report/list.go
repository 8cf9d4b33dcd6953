package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/metric"
	"github.com/cnnc/cnnc/runtime/train"
)

// maxDepth is how deep below a folder runs are looked for.
const maxDepth = 4

// IsRun says whether a folder holds a run.
func IsRun(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, train.MetricsFile))
	return err == nil && info.Mode().IsRegular()
}

// Find returns the runs in a folder: the folder itself, or those below it, in the
// order of their names. Folders of a run are not looked into. Runs that cannot be
// read are left out, and the second result says why.
func Find(dir string) (runs []*Run, broken []error, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == dir {
				return err
			}
			broken = append(broken, err)
			return fs.SkipDir
		}
		if !d.IsDir() {
			return nil
		}
		if IsRun(name) {
			r, err := Load(name)
			if err != nil {
				broken = append(broken, err)
			} else {
				runs = append(runs, r)
			}
			return fs.SkipDir
		}
		if rel, err := filepath.Rel(dir, name); err == nil && strings.Count(rel, string(filepath.Separator)) >= maxDepth-1 && rel != "." {
			return fs.SkipDir
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: no such folder", dir)
	}
	return runs, broken, err
}

// orders are the names that Sort knows.
var orders = []string{"name", "date", "epochs", "best", "loss", "parameters", "time", "state"}

// Sort puts runs in an order: by name, from the newest, or from the best or largest
// value; runs of one value by name.
func Sort(runs []*Run, order string) error {
	by := func(value func(r *Run) float64) func(a, b *Run) int {
		return func(a, b *Run) int {
			x, y := value(a), value(b)
			switch {
			case math.IsNaN(x) || math.IsNaN(y):
				return btoi(math.IsNaN(x)) - btoi(math.IsNaN(y))
			}
			return cmp.Compare(y, x)
		}
	}
	var f func(a, b *Run) int
	switch order {
	case "name":
		f = func(a, b *Run) int { return 0 }
	case "date":
		f = func(a, b *Run) int { return b.Begun.Compare(a.Begun) }
	case "epochs":
		f = by(func(r *Run) float64 { return float64(len(r.Epochs)) })
	case "best":
		f = by(func(r *Run) float64 {
			key, v, ok := r.Headline()
			if !ok {
				return math.NaN()
			}
			if down(key) {
				return -v
			}
			return v
		})
	case "loss":
		f = by(func(r *Run) float64 {
			if _, v, ok := r.Loss(); ok {
				return -v
			}
			return math.NaN()
		})
	case "parameters":
		f = by(func(r *Run) float64 { return float64(r.Parameters()) })
	case "time":
		f = by((*Run).Seconds)
	case "state":
		f = func(a, b *Run) int { return strings.Compare(string(a.State), string(b.State)) }
	default:
		return fmt.Errorf("unknown order %q, want one of %s", order, strings.Join(orders, ", "))
	}
	slices.SortStableFunc(runs, func(a, b *Run) int { return cmp.Or(f(a, b), strings.Compare(a.Dir, b.Dir)) })
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// down says whether smaller values of a key are better.
func down(key string) bool {
	d, err := metric.DirectionOf(key)
	return err == nil && d == metric.Down
}

// Loss is the loss of validation of the epoch that stands for the run, or that of
// training.
func (r *Run) Loss() (key string, value float64, ok bool) {
	if e := r.Shown(); e != nil {
		for _, key := range []string{"val_loss", "loss"} {
			if v, ok := e.Value(key); ok {
				return key, v, true
			}
		}
	}
	return "", 0, false
}

// Parameters is the number of them, 0 when it is not known.
func (r *Run) Parameters() int {
	if r.Record == nil {
		return 0
	}
	return r.Record.Parameters
}
