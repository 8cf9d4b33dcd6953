package data

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
)

// counted counts how often each example of a set is loaded.
type counted struct {
	Dataset
	loads []atomic.Int32
}

func (c *counted) Load(i int, dst []float32, s *Scratch) error {
	c.loads[i].Add(1)
	return c.Dataset.Load(i, dst, s)
}

// TestCache: epochs are the same bits with every cache, of every size; what is
// kept is loaded once, and no more is kept than is allowed.
func TestCache(t *testing.T) {
	for name, set := range map[string]Dataset{"whole": doodlePictures(t, 9), "fractions": numbered{n: 90}} {
		h, w, c := set.Shape()
		size := h * w * c
		opt := TrainOptions{Options: Options{Batch: 16, Shuffle: true, Seed: 3, Workers: 4}, Augment: planFor(t, set, changes)}
		var want []kept
		for epoch := range 3 {
			k, _ := runTraining(t, set, opt, epoch, 0)
			want = append(want, k)
		}
		for _, where := range []string{"memory", "file"} {
			for _, fit := range []int{0, 1, 20, 1000} {
				dir := t.TempDir()
				inner := &counted{set, make([]atomic.Int32, set.Len())}
				each := 4 * size
				if where == "memory" && name == "whole" {
					each = 0 // some are whole numbers, some are not
				}
				images, err := Cache(inner, config.Cache{Where: where, Bytes: int64(max(1, fit*4*size))}, dir)
				if err != nil {
					t.Fatal(err)
				}
				for epoch := range 3 {
					k, _ := runTraining(t, images, opt, epoch, 0)
					sameRun(t, fmt.Sprint(name, where, fit), k, want[epoch])
				}
				held := 0
				for i := range inner.loads {
					if inner.loads[i].Load() < 3 {
						held++
					}
				}
				if want := min(fit, set.Len()); each > 0 && (held != want && fit != 20 || held > want) || fit == 1000 && held != set.Len() {
					t.Errorf("%s in %s, room for %d: %d are kept", name, where, fit, held)
				}
				if fit == 1000 {
					for i := range inner.loads {
						if inner.loads[i].Load() != 1 {
							t.Fatalf("example %d is loaded %d times", i, inner.loads[i].Load())
						}
					}
				}
				if err := Close(images); err != nil {
					t.Error(err)
				}
				if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
					t.Errorf("left behind: %v %v", left, err)
				}
			}
		}
	}
}

// TestCacheErrors: an image that cannot be read is not kept, and is asked for
// again; a cache that cannot be written is as if it were full.
func TestCacheErrors(t *testing.T) {
	set := numbered{n: 6, bad: map[int]bool{2: true}}
	images, err := Cache(set, config.Cache{Where: "memory", Bytes: 1 << 20}, "")
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 3)
	for range 2 {
		if err := images.Load(2, x, NewScratch()); err == nil {
			t.Error("an unreadable example is loaded")
		}
	}
	images, err = Cache(set, config.Cache{Where: "file", Bytes: 1 << 20}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	images.(*cached).file.Close()
	for range 2 {
		if err := images.Load(3, x, NewScratch()); err != nil || !slices.Equal(x, []float32{3, 3.25, 3.5}) {
			t.Errorf("%v %v", x, err)
		}
	}
	for _, c := range []config.Cache{{Where: "moon", Bytes: 1}, {Where: "memory"}, {Where: "file", Bytes: -1}} {
		if _, err := Cache(set, c, ""); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if _, err := Cache(set, config.Cache{Where: "file", Bytes: 1}, t.TempDir()+"/none"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if same, err := Cache(set, config.Cache{}, ""); err != nil || same.Len() != 6 {
		t.Error(err)
	}
}
