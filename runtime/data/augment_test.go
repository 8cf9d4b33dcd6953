package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/augment"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/rng"
)

// changes are what the tests augment with: a part of everything.
var changes = config.Augment{
	Rotate: 20, ShiftRows: config.Extent{Value: 0.1}, Zoom: config.Range{Low: 0.9, High: 1.1}, Flip: "horizontal",
	Brightness: config.Range{Low: 0.5, High: 1.5},
	Erase:      &config.Erase{Probability: 0.5, Area: config.Range{Low: 0.1, High: 0.2}, Aspect: config.Range{Low: 0.5, High: 2}, Noise: true},
}

func planFor(t testing.TB, set Dataset, cfg config.Augment) *augment.Plan {
	t.Helper()
	h, w, c := set.Shape()
	p, err := augment.New(cfg, h, w, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runTraining is run for a loader that augments; targets are kept as well.
func runTraining(t *testing.T, set Dataset, opt TrainOptions, epoch, from int) (kept, []float32) {
	t.Helper()
	l, err := NewTrainLoader(set, opt)
	if err != nil {
		t.Fatal(err)
	}
	var targets []float32
	k := runLoader(t, l, epoch, from)
	if opt.Augment.Mixes() {
		e, err := l.Epoch(context.Background(), epoch, from)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for {
			b, err := e.Next()
			if err != nil {
				break
			}
			targets = append(targets, b.Targets...)
		}
	}
	return k, targets
}

func doodlePictures(t *testing.T, n int) Dataset {
	cfg := pictures(20, 1)
	cfg.Train.Kind, cfg.Train.PerClass = "doodles", n
	return mustOpen(t, cfg)
}

// TestAugmentedEpoch: the same bytes for any number of workers, size of pieces
// and place that it was resumed at; others in the next epoch and of another seed;
// and what the plan makes of each image alone.
func TestAugmentedEpoch(t *testing.T) {
	set := doodlePictures(t, 7)
	for _, cfg := range []config.Augment{changes, {Mixup: 0.4, Rotate: 5}, {Cutmix: 1}} {
		plan := planFor(t, set, cfg)
		opt := TrainOptions{Options: Options{Batch: 16, Shuffle: true, Seed: 3, Scale: 1. / 255, Workers: 1}, Augment: plan, Outputs: len(set.Classes())}
		want, targets := runTraining(t, set, opt, 2, 0)
		if want.err != nil || len(want.index) != set.Len() {
			t.Fatal(want.err)
		}
		for _, workers := range []int{2, 8} {
			opt.Workers, opt.Piece = workers, 5
			got, same := runTraining(t, set, opt, 2, 0)
			if !slices.Equal(got.index, want.index) || !slices.Equal(got.x, want.x) || !slices.Equal(same, targets) {
				t.Errorf("%+v: %d workers give other images", cfg, workers)
			}
		}
		opt.Piece = 0
		rest, _ := runTraining(t, set, opt, 2, 2)
		if !slices.Equal(rest.x, want.x[32*400:]) {
			t.Error("a resumed epoch has other images")
		}
		next, _ := runTraining(t, set, opt, 3, 0)
		opt.Seed = 4
		other, _ := runTraining(t, set, opt, 2, 0)
		if slices.Equal(sorted(next), sorted(want)) || slices.Equal(sorted(other), sorted(want)) {
			t.Error("another epoch or seed gives the same images")
		}
		if !plan.Mixes() {
			plain, x := make([]float32, 400), make([]float32, 400)
			for p, i := range want.index {
				if err := set.Load(i, plain, NewScratch()); err != nil {
					t.Fatal(err)
				}
				plan.Apply(x, plain, rng.Key(3, 2, i, rng.Augment))
				for k := range x {
					x[k] *= float32(1. / 255)
				}
				if !slices.Equal(x, want.x[p*400:(p+1)*400]) {
					t.Fatalf("example %d is not what the plan makes of it", i)
				}
			}
			continue
		}
		k := len(set.Classes())
		mixed := 0
		for p, i := range want.index {
			y := targets[p*k : (p+1)*k]
			sum := 0.0
			for _, v := range y {
				sum += float64(v)
			}
			if math.Abs(sum-1) > 1e-6 || y[set.Label(i)] < 0 {
				t.Fatalf("example %d has the target %v", i, y)
			}
			if y[set.Label(i)] < 0.999 {
				mixed++
			}
		}
		if mixed < set.Len()/4 {
			t.Errorf("%d of %d images are mixed with those of another class", mixed, set.Len())
		}
	}
}

// sorted are the values of an epoch whatever the order of its examples.
func sorted(k kept) []float32 { return slices.Sorted(slices.Values(k.x)) }

// TestMixedTargets: image and target are mixed in the same share.
func TestMixedTargets(t *testing.T) {
	set := numbered{n: 40} // examples of one row i, i+0.25, i+0.5; classes even and odd
	for _, outputs := range []int{1, 2} {
		opt := TrainOptions{Options: Options{Batch: 40, Seed: 6}, Augment: planFor(t, set, config.Augment{Mixup: 1}), Outputs: outputs}
		k, targets := runTraining(t, set, opt, 0, 0)
		for p, i := range k.index {
			m := opt.Augment.Mix(rng.Key(6, 0, i, rng.Augment), 40)
			want := float64(m.Share)*float64(i) + float64(1-m.Share)*float64(m.Other)
			odd := float64(m.Share)*float64(i%2) + float64(1-m.Share)*float64(m.Other%2)
			if got := float64(targets[(p+1)*outputs-1]); math.Abs(float64(k.x[3*p])-want) > 1e-4 || math.Abs(got-odd) > 1e-6 {
				t.Fatalf("example %d with %d: %v, target %v; want %v, %v", i, m.Other, k.x[3*p], got, want, odd)
			}
		}
	}
	for _, outputs := range []int{0, 3} {
		if _, err := NewTrainLoader(set, TrainOptions{Options: Options{Batch: 1}, Augment: planFor(t, set, config.Augment{Mixup: 1}), Outputs: outputs}); err == nil {
			t.Errorf("%d outputs are accepted", outputs)
		}
	}
	wrong := planFor(t, doodlePictures(t, 1), changes)
	if _, err := NewTrainLoader(set, TrainOptions{Options: Options{Batch: 1}, Augment: wrong}); err == nil {
		t.Error("a plan for other images is accepted")
	}
}

// TestAugmentSkips: what cannot be loaded is left out, and a mixed image needs
// both.
func TestAugmentSkips(t *testing.T) {
	set := numbered{n: 30, bad: map[int]bool{3: true, 8: true}}
	plan := planFor(t, set, config.Augment{Brightness: config.Range{Low: 0.5, High: 1}})
	k, _ := runTraining(t, set, TrainOptions{Options: Options{Batch: 10, Skip: true}, Augment: plan}, 0, 0)
	if k.skip != 2 || len(k.index) != 28 {
		t.Errorf("%d skipped, %d examples", k.skip, len(k.index))
	}
	k, _ = runTraining(t, set, TrainOptions{Options: Options{Batch: 10}, Augment: plan}, 0, 0)
	if k.err == nil || k.err.Error() != fmt.Sprint(set.fail(3)) {
		t.Errorf("error %v", k.err)
	}
}

func TestAugmentDoesNotAllocate(t *testing.T) {
	set := numbered{n: 4000}
	l, err := NewTrainLoader(set, TrainOptions{Options: Options{Batch: 8, Workers: 1}, Augment: planFor(t, set, changes)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.Epoch(context.Background(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if n := testing.AllocsPerRun(300, func() {
		if _, err := e.Next(); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
