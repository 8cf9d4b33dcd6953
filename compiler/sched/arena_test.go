package sched

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cnnc/cnnc/compiler/plan"
)

// TestPlace places random buffers: those that live at once never overlap, and
// the arena is no smaller than the largest sum of live ones and no larger than
// the sum of all.
func TestPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micro := rapid.IntRange(1, 3).Draw(t, "micro")
		p := &plan.Program{}
		calls := 12
		for range rapid.IntRange(1, 14).Draw(t, "buffers") {
			first := rapid.IntRange(0, calls-1).Draw(t, "first")
			p.Buffers = append(p.Buffers, &plan.Buffer{
				ImageFloats: 16 * rapid.IntRange(1, 9).Draw(t, "size"),
				Scratch:     rapid.Bool().Draw(t, "scratch"),
				First:       first, Last: rapid.IntRange(first, calls-1).Draw(t, "last"),
			})
		}
		place(p, micro)
		if p.Micro != micro {
			t.Fatalf("micro-batch %d, want %d", p.Micro, micro)
		}
		for i, a := range p.Buffers {
			if a.Offset%16 != 0 || a.Offset < 0 || a.Offset+a.Floats(micro) > p.ArenaFloats {
				t.Fatalf("buffer %d at %d+%d in an arena of %d", i, a.Offset, a.Floats(micro), p.ArenaFloats)
			}
			for j, b := range p.Buffers[:i] {
				if a.First <= b.Last && b.First <= a.Last && a.Overlaps(b, micro) {
					t.Fatalf("buffers %d and %d live at once and overlap", i, j)
				}
			}
		}
		sum, peak := 0, 0
		for _, b := range p.Buffers {
			sum += b.Floats(micro)
		}
		for i := range calls {
			live := 0
			for _, b := range p.Buffers {
				if b.First <= i && i <= b.Last {
					live += b.Floats(micro)
				}
			}
			peak = max(peak, live)
		}
		if p.ArenaFloats < peak || p.ArenaFloats > sum {
			t.Fatalf("arena of %d, want between %d and %d", p.ArenaFloats, peak, sum)
		}
	})
}

// TestPlaceFillsGaps: a buffer goes into the tightest hole that holds it.
func TestPlaceFillsGaps(t *testing.T) {
	live := func(floats, first, last int) *plan.Buffer {
		return &plan.Buffer{ImageFloats: floats, First: first, Last: last}
	}
	// Four at once, two of which die; then two that fit their holes exactly.
	a, b, c, d := live(160, 0, 1), live(128, 0, 5), live(64, 0, 1), live(48, 0, 5)
	e, f := live(32, 2, 3), live(160, 2, 3)
	p := &plan.Program{Buffers: []*plan.Buffer{a, b, c, d, e, f}}
	place(p, 1)
	if p.ArenaFloats != 160+128+64+48 {
		t.Errorf("the arena has %d floats, want %d", p.ArenaFloats, 160+128+64+48)
	}
	if e.Offset != c.Offset {
		t.Errorf("the small buffer is at %d, want the hole at %d", e.Offset, c.Offset)
	}
}

func TestMicros(t *testing.T) {
	for _, c := range []struct {
		shards int
		o      Options
		want   []int
	}{
		{8, Options{Batch: 128}, []int{1, 2, 3, 4, 6, 8, 16}}, // a shard's share, in equal parts
		{8, Options{Batch: 3}, []int{1}},
		{1, Options{Batch: 3}, []int{1, 2, 3}},
		{2, Options{Batch: 200}, []int{1, 2, 3, 4, 6, 8, 12, 15, 20, 25, 34, 50}},
		{8, Options{Batch: 128, TrainMicro: 5}, []int{5}},
	} {
		if diff := cmp.Diff(c.want, trainMicros(c.shards, c.o)); diff != "" {
			t.Errorf("%d shards, %+v: %s", c.shards, c.o, diff)
		}
	}
	if diff := cmp.Diff([]int{1, 2, 4, 8, 16, 32}, inferMicros(Options{})); diff != "" {
		t.Errorf("inference: %s", diff)
	}
	if diff := cmp.Diff([]int{3}, inferMicros(Options{InferMicro: 3})); diff != "" {
		t.Errorf("inference by threes: %s", diff)
	}
}

// TestChoose: the fastest, but not memory for nothing.
func TestChoose(t *testing.T) {
	const mb = 1 << 18
	trial := func(micro int, nanos float64, floats int) plan.Trial {
		return plan.Trial{Micro: micro, Nanos: nanos, ArenaFloats: floats}
	}
	for _, c := range []struct {
		name   string
		trials []plan.Trial
		want   int
	}{
		{"the fastest", []plan.Trial{trial(1, 300, mb), trial(2, 200, 2*mb), trial(4, 210, 4*mb)}, 2},
		{"equal but for a little", []plan.Trial{trial(1, 300, mb), trial(2, 201, 2*mb), trial(4, 200, 4*mb)}, 2},
		{"too much memory", []plan.Trial{trial(1, 300, 20*mb), trial(2, 200, 40*mb)}, 1},
		{"one example takes too much", []plan.Trial{trial(1, 300, 200*mb), trial(2, 200, 400*mb)}, 1},
		{"the only one", []plan.Trial{trial(5, 300, 200*mb)}, 5},
	} {
		if got := choose(c.trials); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestShards(t *testing.T) {
	for _, c := range []struct {
		params int
		o      Options
		want   int
	}{
		{1 << 10, Options{}, 8},
		{1 << 10, Options{Batch: 5}, 4},
		{1 << 10, Options{Batch: 1}, 1},
		{20 << 20, Options{Batch: 64}, 2}, // 80 MB each
		{200 << 20, Options{Batch: 64}, 1},
		{200 << 20, Options{Batch: 64, Shards: 3}, 3},
	} {
		if got := shards(c.params, c.o); got != c.want {
			t.Errorf("%d parameters, %+v: %d shards, want %d", c.params, c.o, got, c.want)
		}
	}
}

func TestGoName(t *testing.T) {
	for in, want := range map[string]string{
		"conv1": "conv1", "conv1.relu": "conv1Relu", "my_layer": "myLayer", "a-b.c": "aBC", "3d": "x3d", "": "x", "Net": "net", "größe": "grE",
	} {
		if got := goName(in); got != want {
			t.Errorf("goName(%q) = %q, want %q", in, got, want)
		}
	}
}
