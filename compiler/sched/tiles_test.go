package sched

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/compiler/target"
)

func TestCutCoversExactly(t *testing.T) {
	for n := 0; n <= 300; n++ {
		sum := 0
		for _, tile := range cut(n) {
			if tile.MR < 1 || tile.MR > 6 || tile.N < 1 {
				t.Fatalf("cut(%d) has %d tiles of %d", n, tile.N, tile.MR)
			}
			sum += tile.MR * tile.N
		}
		if sum != n {
			t.Fatalf("cut(%d) covers %d", n, sum)
		}
	}
}

func TestPixelTilesAreBounded(t *testing.T) {
	for _, k := range []int{9, 288, 1152, 4608, 123008} {
		for _, n := range []int{1, 49, 784, 1020} {
			for narrow := range 7 {
				sum, lanes := 0, kernelLanes
				if narrow > 0 {
					lanes = narrow
				}
				for _, tile := range pixelTiles(n, k, narrow) {
					sum += tile.MR * tile.N
					if flops := 2 * k * lanes * tile.MR * tile.N; tile.N > 1 && flops > callFLOPs {
						t.Errorf("%d pixels of %d products: %d tiles of %d are %d operations", n, k, tile.N, tile.MR, flops)
					}
					if narrow > 0 && tile.MR > target.NarrowPixels(narrow) {
						t.Errorf("%d pixels to %d channels: a tile of %d", n, narrow, tile.MR)
					}
				}
				if sum != n {
					t.Errorf("%d pixels of %d products: %d covered", n, k, sum)
				}
			}
		}
	}
}

func TestImageTiles(t *testing.T) {
	for _, c := range []struct{ outH, outW, k, step, limit int }{
		{28, 28, 9, 1, 28}, {28, 28, 288, 2, 100}, {254, 254, 288, 2, 3}, {7, 7, 1152, 1, 7}, {61, 1030, 9, 1, 61},
		{20, 21, 576, 3, 7}, {5, 4, 4608, 5, 1}, {11, 255, 2304, 3, 1},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			p := imageTiles(c.outH, c.outW, c.k, 0, c.step, c.limit)
			if p.Rows < 1 || p.Rows > c.outH || p.Rows < c.outH && p.Rows%c.step != 0 {
				t.Fatalf("groups of %d rows", p.Rows)
			}
			if most := (max(c.limit, c.step) + c.step - 1) / c.step * c.step; p.Rows > most {
				t.Errorf("groups of %d rows, want at most %d", p.Rows, most)
			}
			count := func(ts []plan.Tiles) (n int) {
				for _, x := range ts {
					n += x.MR * x.N
				}
				return n
			}
			if got, want := count(p.Full), p.Rows*c.outW; got != want {
				t.Errorf("a group covers %d pixels, want %d", got, want)
			}
			if got, want := count(p.Last), c.outH%p.Rows*c.outW; got != want {
				t.Errorf("the last group covers %d pixels, want %d", got, want)
			}
		})
	}
}

// TestPhases checks the phases of backward-data against the definition: output
// o, tap k and input i belong together when o*s - pad + k*d == i.
func TestPhases(t *testing.T) {
	for in := 1; in <= 9; in++ {
		for k := 1; k <= 4; k++ {
			for s := 1; s <= 4; s++ {
				for d := 1; d <= 2; d++ {
					for pad := 0; pad < k; pad++ {
						checkPhases(t, in, k, s, d, pad)
					}
				}
			}
		}
	}
}

func checkPhases(t *testing.T, in, k, s, d, pad int) {
	t.Helper()
	type triple struct{ i, k, o int }
	got, want := map[triple]bool{}, map[triple]bool{}
	const far = 20 // outputs beyond any that can matter
	for o := -far; o < far; o++ {
		for kk := range k {
			if i := o*s - pad + kk*d; i >= 0 && i < in {
				want[triple{i, kk, o}] = true
			}
		}
	}
	outputs := 5
	seen := 0
	for _, p := range axisPhases(in, k, s, d, pad) {
		before, after := p.reach(outputs)
		seen += p.n
		for j := range p.n {
			last := -far
			for _, tap := range p.taps {
				o := j + tap.offset
				if o < -before || o >= outputs+after {
					t.Fatalf("in %d k %d s %d d %d pad %d: output %d outside the reach %d, %d", in, k, s, d, pad, o, before, after)
				}
				if tap.offset < last {
					t.Fatalf("taps are not in the order of addresses")
				}
				last = tap.offset
				got[triple{p.first + j*s, tap.k, o}] = true
			}
		}
	}
	if seen != in || !cmp.Equal(got, want) {
		t.Fatalf("in %d k %d s %d d %d pad %d: %d positions, %s", in, k, s, d, pad, seen, cmp.Diff(want, got))
	}
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		offsets []int
		run     int
		seg     []int
		segLen  int
	}{
		{[]int{0}, 5, []int{0}, 5},
		{[]int{0, 8, 16, 80, 88, 96}, 8, []int{0, 80}, 24},
		{[]int{-16, -8, 0, 8}, 8, []int{-16}, 32},
		{[]int{0, 16, 32}, 8, []int{0, 16, 32}, 8},             // dilation
		{[]int{0, 8, 16, 24, 80, 88}, 8, []int{0, 16, 80}, 16}, // runs of 4 and 2
		{[]int{0, 8, 16, 80, 88}, 8, []int{0, 8, 16, 80, 88}, 8},
	} {
		seg, segLen := segments(c.offsets, c.run)
		if !cmp.Equal(seg, c.seg) || segLen != c.segLen {
			t.Errorf("segments(%v, %d) = %v of %d, want %v of %d", c.offsets, c.run, seg, segLen, c.seg, c.segLen)
		}
	}
}
