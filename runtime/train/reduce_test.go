package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// tree adds the lanes' elements i as the doc comment of reduceLanes says.
func tree(lanes [][]float32, i int) float32 {
	v := make([]float32, len(lanes))
	for l := range lanes {
		v[l] = lanes[l][i]
	}
	for stride := 1; stride < len(v); stride *= 2 {
		for l := 0; l+stride < len(v); l += 2 * stride {
			v[l] += v[l+stride]
		}
	}
	return v[0]
}

func randomLanes(n, floats int) [][]float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(floats)))
	lanes := make([][]float32, n)
	for l := range lanes {
		lanes[l] = make([]float32, floats)
		for i := range lanes[l] {
			lanes[l][i] = float32(r.NormFloat64())
		}
	}
	return lanes
}

// TestReduceLanes wants the very bits of the tree, for odd ranges, and nothing
// written outside them.
func TestReduceLanes(t *testing.T) {
	for lanes := 1; lanes <= 9; lanes++ {
		for _, c := range []struct{ floats, lo, hi int }{{1, 0, 1}, {40, 3, 38}, {1300, 5, 1298}} {
			for _, scale := range []float32{1, 0.75} {
				x := randomLanes(lanes, c.floats)
				want := slices.Clone(x[0])
				for i := c.lo; i < c.hi; i++ {
					want[i] = tree(x, i) * scale
				}
				if !reduceLanes(x, c.lo, c.hi, scale) {
					t.Errorf("%d lanes: finite sums are said not to be", lanes)
				}
				if !slices.Equal(x[0], want) {
					t.Errorf("%d lanes of %d, %d to %d: not the tree's bits", lanes, c.floats, c.lo, c.hi)
				}
				for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(-1))} {
					y := randomLanes(lanes, c.floats)
					y[lanes-1][c.hi-1] = bad
					if reduceLanes(y, c.lo, c.hi, scale) {
						t.Errorf("%d lanes: %v was not seen", lanes, bad)
					}
				}
			}
		}
	}
}

func BenchmarkReduceLanes(b *testing.B) {
	for _, lanes := range []int{2, 4, 8} {
		b.Run(fmt.Sprint(lanes), func(b *testing.B) {
			x := randomLanes(lanes, 1<<13)
			b.SetBytes(int64(4 * lanes << 13))
			for b.Loop() {
				reduceLanes(x, 0, 1<<13, 0)
			}
		})
	}
}
