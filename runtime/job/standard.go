package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/train"
	"github.com/cnnc/cnnc/runtime/weights"
)

// longWhitening is the number of values from which on learning to whiten takes more
// than a few seconds.
const longWhitening = 1500

// learnStandard learns of the training part how values are standardized, or takes
// it from the checkpoint that the run goes on from. It is nil when they are not.
func (e *Env) learnStandard(set data.Dataset, cfg config.Data, o train.Observer) (preprocess.Step, error) {
	std := data.Standard(cfg)
	switch {
	case std == nil:
		return nil, nil
	case !std.Learns():
		return std, nil
	}
	if j := e.Job; j.Resume && j.Dir != "" {
		name := filepath.Join(j.Dir, train.CheckpointFile)
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			f, err := weights.ReadFile(name)
			if err != nil {
				return nil, err
			}
			e.prepared = f.Prepared()
			spec, err := e.spec(cfg, name)
			return spec.After, err
		}
	}
	begin := time.Now()
	spec, err := data.Spec(cfg)
	if err != nil {
		return nil, err
	}
	if n := cfg.Height * cfg.Width * cfg.Channels; std.Whiten && n >= longWhitening {
		o.Observe(&train.Note{Text: fmt.Sprintf("learning a matrix of %dx%d numbers, which takes a while", n, n)})
	}
	std, err = data.FitStandard(e.Context, set, cfg, data.Options{Scale: spec.Scale, Skip: cfg.OnError == "skip", Workers: e.Job.Workers})
	if err == nil {
		o.Observe(&train.Note{Text: fmt.Sprintf("learned of %s how values are standardized, %s", count(set.Len(), "example"), short(time.Since(begin)))})
	}
	return std, err
}

// standardTensors are the tensors of weight files that say how values are
// standardized.
func standardTensors(after preprocess.Step) (list []weights.Tensor) {
	if std, ok := after.(*preprocess.Standard); ok {
		std.Tensors(func(name string, shape []int, data []float32) {
			list = append(list, weights.Tensor{Name: name, Shape: shape, Data: data})
		})
	}
	return list
}

// spec is how an example becomes an input according to the weights that Weights
// found, those of the file name.
func (e *Env) spec(cfg config.Data, name string) (preprocess.Spec, error) {
	spec, err := data.Learned(cfg, e.prepared.Find)
	if err != nil && cfg.Standardize != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return spec, err
}
