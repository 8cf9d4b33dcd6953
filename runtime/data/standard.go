package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/whiten"
	"github.com/cnnc/cnnc/runtime/preprocess"
)

// Standard returns how the values of cfg are standardized, nil for not at all. If
// something is learned for it (Standard.Learns), that is yet to be done, by
// FitStandard, or taken from a weight file.
func Standard(cfg config.Data) *preprocess.Standard {
	s := cfg.Standardize
	if s == nil {
		return nil
	}
	return &preprocess.Standard{Image: s.Image, Channels: s.Channels, Whiten: s.Whiten}
}

// fitBatch is the number of examples that are learned of at a time.
const fitBatch = 64

// FitStandard learns of the examples of set, which is to be the training part,
// how values are standardized. They are taken as they are, not augmented, rescaled
// and, where images are standardized by themselves, behind that. Of the options,
// Scale, Skip and Workers count. The result has the same bits for any number of
// workers. It is nil where cfg standardizes nothing.
func FitStandard(ctx context.Context, set Dataset, cfg config.Data, opt Options) (std *preprocess.Standard, err error) {
	if std = Standard(cfg); std == nil || !std.Learns() {
		return std, nil
	}
	if _, ok := set.(Targeted); ok && cfg.Table != nil {
		return nil, errors.New("rows of tables are scaled column by column: standardize is for images and arrays")
	}
	h, w, channels := set.Shape()
	var cov *whiten.Covariance
	if std.Whiten {
		if err := whiten.Check(h, w, channels); err != nil {
			return nil, err
		}
		workers := opt.Workers
		if workers <= 0 {
			workers = runtime.GOMAXPROCS(0)
		}
		if cov, err = whiten.New(h*w*channels, workers); err != nil {
			return nil, err
		}
	}
	l, err := NewLoader(set, Options{Batch: fitBatch, Scale: opt.Scale, Skip: opt.Skip, Workers: opt.Workers,
		After: &preprocess.Standard{Image: std.Image}})
	if err != nil {
		return nil, err
	}
	e, err := l.Epoch(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	sums := make([]moments, channels)
	for {
		b, err := e.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("standardize: %w", err)
		}
		for i := range b.N {
			x := b.X[i*l.size : (i+1)*l.size]
			if cov != nil {
				cov.Add(x)
			}
			for c := range sums {
				sums[c].add(channelMoments(x, c, channels))
			}
		}
	}
	if std.Channels != "" {
		for c, m := range sums {
			if m.mean-m.mean != 0 || m.squares-m.squares != 0 {
				return nil, fmt.Errorf("standardize: the mean of channel %d is %v", c+1, m.mean)
			}
			std.Mean = append(std.Mean, float32(m.mean))
			if std.Channels == "scale" {
				std.Deviation = append(std.Deviation, float32(preprocess.Divisor(math.Sqrt(m.squares/m.count))))
			}
		}
	}
	if cov != nil {
		w, err := cov.Whitening(cfg.Standardize.Epsilon)
		if err != nil {
			return nil, fmt.Errorf("whiten: %w", err)
		}
		std.Center, std.Matrix = w.Center, w.Matrix
	}
	return std, nil
}

// moments are count, mean and sum of squared deviations of numbers.
type moments struct{ count, mean, squares float64 }

// channelMoments are those of one channel of an example.
func channelMoments(x []float32, channel, channels int) moments {
	m := moments{count: float64(len(x) / channels)}
	for i := channel; i < len(x); i += channels {
		m.mean += float64(x[i])
	}
	m.mean /= m.count
	for i := channel; i < len(x); i += channels {
		d := float64(x[i]) - m.mean
		m.squares += float64(d * d)
	}
	return m
}

// add joins the numbers of both (Chan, Golub and LeVeque, "Updating formulae and a
// pairwise algorithm for computing sample variances", 1979).
func (m *moments) add(n moments) {
	count := m.count + n.count
	d := n.mean - m.mean
	m.squares += n.squares + float64(float64(d*d)*(m.count*n.count/count))
	m.mean += float64(d * (n.count / count))
	m.count = count
}

// Learned returns what Spec does, and behind it what was learned to standardize
// values: find looks for it in a weight file (weights.Preparation.Find).
func Learned(cfg config.Data, find func(name string) []float32) (preprocess.Spec, error) {
	spec, err := Spec(cfg)
	if err != nil {
		return spec, err
	}
	if std := Standard(cfg); std != nil {
		err = std.Take(cfg.Height*cfg.Width*cfg.Channels, cfg.Channels, find)
		spec.After = std
	}
	return spec, err
}
