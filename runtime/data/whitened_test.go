package data_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/cnnc/cnnc/runtime/data"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
)

// noiseSet has images of noise, every bad-th of which cannot be read.
type noiseSet struct{ n, bad, h, w, channels int }

func (d *noiseSet) Len() int                    { return d.n }
func (d *noiseSet) Shape() (h, w, channels int) { return d.h, d.w, d.channels }
func (d *noiseSet) Classes() []string           { return []string{"a", "b"} }
func (d *noiseSet) Label(i int) int             { return i % 2 }
func (d *noiseSet) Key(i int) uint64            { return uint64(i) }
func (d *noiseSet) Name(i int) string           { return "noise" }

func (d *noiseSet) Load(i int, dst []float32, _ *data.Scratch) error {
	if d.bad > 0 && i%d.bad == d.bad-1 {
		return errDrawn
	}
	r := rng.New(uint64(i) + 1)
	for k := range dst {
		dst[k] = 256 * r.Float32()
	}
	return nil
}

// whitening is a matrix of noise, which need not be one that whitens.
func whitening(n int) *preprocess.Standard {
	s := &preprocess.Standard{Whiten: true, Center: make([]float32, n), Matrix: make([]float32, n*n)}
	r := rng.New(7)
	for i := range s.Center {
		s.Center[i] = r.Float32()
	}
	for i := range s.Matrix {
		s.Matrix[i] = r.Float32() - 0.5
	}
	return s
}

// TestWhitenedLoader: what is whitened several at a time has the bits that
// Spec.Finish gives each example alone, whatever the batch, the pieces and the
// workers, also where some cannot be read.
func TestWhitenedLoader(t *testing.T) {
	set := &noiseSet{n: 53, bad: 7, h: 5, w: 3, channels: 3}
	std := whitening(5 * 3 * 3)
	std.Image = "scale"
	spec := preprocess.Spec{Scale: 1. / 255, After: std}
	var scratch preprocess.Scratch
	want := make([]float32, 45)
	for _, o := range []data.Options{{Batch: 53, Workers: 1}, {Batch: 16, Workers: 3}, {Batch: 16, Piece: 5, Workers: 2}, {Batch: 1, Workers: 2}, {Batch: 20, Workers: 2, Mirror: true}} {
		o.Scale, o.After, o.Skip, o.Shuffle = spec.Scale, std, true, true
		l, err := data.NewLoader(set, o)
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Epoch(context.Background(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for {
			b, err := e.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, index := range b.Index {
				seen++
				if err := set.Load(index, want, nil); err != nil {
					t.Fatal(err)
				}
				spec.Finish(want, &scratch)
				for k, v := range b.X[i*45 : (i+1)*45] {
					if v != want[k] {
						t.Fatalf("%+v: example %d, value %d is %v, want %v", o, index, k, v, want[k])
					}
				}
				if o.Mirror && b.Targets[i*45] != want[0] {
					t.Errorf("example %d: the target is not the input", index)
				}
			}
		}
		e.Close()
		if seen != 46 {
			t.Errorf("%+v: %d examples, want 46", o, seen)
		}
	}
}

func BenchmarkWhitenedLoader(b *testing.B) {
	set := &noiseSet{n: 512, h: 32, w: 32, channels: 3}
	l, err := data.NewLoader(set, data.Options{Batch: 64, Scale: 1. / 255, After: whitening(32 * 32 * 3)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e, err := l.Epoch(context.Background(), 0, 0)
		for err == nil {
			_, err = e.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		e.Close()
	}
	b.ReportMetric(float64(b.N*set.n)/b.Elapsed().Seconds(), "examples/s")
}
