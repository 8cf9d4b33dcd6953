package data_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// drawnSet has images of three channels of different means and deviations, the
// third of one value only, and one that cannot be read.
type drawnSet struct {
	n, bad int
}

func (d *drawnSet) Len() int                    { return d.n }
func (d *drawnSet) Shape() (h, w, channels int) { return 5, 4, 3 }
func (d *drawnSet) Classes() []string           { return []string{"a", "b"} }
func (d *drawnSet) Label(i int) int             { return i % 2 }
func (d *drawnSet) Key(i int) uint64            { return uint64(i) }
func (d *drawnSet) Name(i int) string           { return "drawn" }

var errDrawn = errors.New("cannot be read")

func (d *drawnSet) Load(i int, dst []float32, _ *data.Scratch) error {
	if i == d.bad {
		return errDrawn
	}
	r := rng.New(uint64(i) + 1)
	for k := 0; k < len(dst); k += 3 {
		dst[k] = float32(math.Floor(r.Uniform(0, 256)))
		dst[k+1] = float32(math.Floor(r.Uniform(200, 210)))
		dst[k+2] = 17
	}
	return nil
}

// all are the images that can be read, rescaled.
func (d *drawnSet) all(t *testing.T, scale float32) [][]float32 {
	var out [][]float32
	for i := range d.n {
		x := make([]float32, 60)
		if d.Load(i, x, nil) != nil {
			continue
		}
		for k := range x {
			x[k] *= scale
		}
		out = append(out, x)
	}
	return out
}

// naive is the mean and the deviation of some of the values of images.
func naive(images [][]float32, of func(k int) bool) (mean, deviation float64) {
	n := 0.0
	for _, x := range images {
		for k, v := range x {
			if of(k) {
				mean += float64(v)
				n++
			}
		}
	}
	mean /= n
	for _, x := range images {
		for k, v := range x {
			if of(k) {
				deviation += (float64(v) - mean) * (float64(v) - mean)
			}
		}
	}
	return mean, math.Sqrt(deviation / n)
}

func fit(t *testing.T, set data.Dataset, s config.Standardize, workers int) *preprocess.Standard {
	t.Helper()
	std, err := data.FitStandard(context.Background(), set, config.Data{Standardize: &s}, data.Options{Scale: 1. / 255, Skip: true, Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return std
}

func TestFitStandard(t *testing.T) {
	set := &drawnSet{n: 333, bad: 100}
	images := set.all(t, 1./255)
	if len(images) != 332 {
		t.Fatal(len(images))
	}
	std := fit(t, set, config.Standardize{Channels: "scale"}, 0)
	for c := range 3 {
		mean, deviation := naive(images, func(k int) bool { return k%3 == c })
		want := deviation + 1e-6
		if c == 2 {
			want = 1 // all the same
		}
		if math.Abs(float64(std.Mean[c])-mean) > 1e-7 || math.Abs(float64(std.Deviation[c])-want) > 1e-7 {
			t.Errorf("channel %d: %v and %v, want %v and %v", c, std.Mean[c], std.Deviation[c], mean, want)
		}
	}
	// Learned of what the images become by themselves.
	std = fit(t, set, config.Standardize{Image: "center", Channels: "center"}, 0)
	var s preprocess.Scratch
	for _, x := range images {
		(&preprocess.Standard{Image: "center"}).Apply(x, &s)
	}
	for c := range 3 {
		mean, _ := naive(images, func(k int) bool { return k%3 == c })
		if math.Abs(float64(std.Mean[c])-mean) > 1e-7 || std.Deviation != nil {
			t.Errorf("channel %d: %v, want %v", c, std.Mean[c], mean)
		}
	}
}

// TestFitWhiten: behind it the values have mean 0 and the unit matrix for
// covariance, but for those that are all the same.
func TestFitWhiten(t *testing.T) {
	set := &drawnSet{n: 400, bad: -1}
	std := fit(t, set, config.Standardize{Whiten: true, Epsilon: 1e-6}, 0)
	images := set.all(t, 1./255)
	var s preprocess.Scratch
	for _, x := range images {
		std.Apply(x, &s)
	}
	for j := range 60 {
		mean, _ := naive(images, func(k int) bool { return k == j })
		if math.Abs(mean) > 1e-4 {
			t.Errorf("mean %d is %v", j, mean)
		}
		for k := range j + 1 {
			cov, want := 0.0, 0.0
			for _, x := range images {
				cov += float64(x[j]) * float64(x[k]) / float64(len(images))
			}
			if j == k && j%3 != 2 {
				want = 1
			}
			if math.Abs(cov-want) > 2e-3 {
				t.Errorf("covariance %d, %d is %v, want %v", j, k, cov, want)
			}
		}
	}
}

// The same bits for any number of workers.
func TestFitWorkers(t *testing.T) {
	set := &drawnSet{n: 150, bad: 3}
	for _, s := range []config.Standardize{{Channels: "scale"}, {Image: "scale", Whiten: true, Epsilon: 1e-3}} {
		first := fit(t, set, s, 1)
		for _, workers := range []int{2, 8} {
			std := fit(t, set, s, workers)
			if !slices.Equal(std.Mean, first.Mean) || !slices.Equal(std.Deviation, first.Deviation) ||
				!slices.Equal(std.Center, first.Center) || !slices.Equal(std.Matrix, first.Matrix) {
				t.Errorf("%+v: %d workers give other bits", s, workers)
			}
		}
	}
}

func TestFitStandardErrors(t *testing.T) {
	set := &drawnSet{n: 50, bad: 7}
	cfg := config.Data{Standardize: &config.Standardize{Channels: "scale"}}
	if _, err := data.FitStandard(context.Background(), set, cfg, data.Options{}); !errors.Is(err, errDrawn) {
		t.Errorf("an image that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := data.FitStandard(ctx, set, cfg, data.Options{Skip: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if std, err := data.FitStandard(ctx, set, config.Data{}, data.Options{}); std != nil || err != nil {
		t.Errorf("nothing to learn: %v, %v", std, err)
	}
	big := &sized{drawnSet: *set, h: 65}
	cfg.Standardize = &config.Standardize{Whiten: true}
	if _, err := data.FitStandard(context.Background(), big, cfg, data.Options{}); err == nil || !strings.Contains(err.Error(), "whiten of 65x64x1 images") {
		t.Error(err)
	}
}

type sized struct {
	drawnSet
	h int
}

func (d *sized) Shape() (h, w, channels int) { return d.h, 64, 1 }

// TestLoaderStandardizes: batches of training and of evaluation are standardized
// behind augmentation, and the target of an image that is its own is as well.
func TestLoaderStandardizes(t *testing.T) {
	set := &drawnSet{n: 20, bad: -1}
	std := fit(t, set, config.Standardize{Image: "scale", Channels: "scale"}, 0)
	l, err := data.NewLoader(set, data.Options{Batch: 7, Scale: 1. / 255, After: std})
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Epoch(context.Background(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b, err := e.Next()
	if err != nil {
		t.Fatal(err)
	}
	want := set.all(t, 1./255)[3]
	std.Apply(want, new(preprocess.Scratch))
	if !slices.Equal(b.X[3*60:4*60], want) {
		t.Error("a batch is not standardized")
	}
}
