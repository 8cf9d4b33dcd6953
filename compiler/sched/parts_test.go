package sched

import (
	"testing"

	"github.com/cnnc/cnnc/compiler/plan"
)

// TestParts cuts products with sums of all lengths: every term stands in one
// part, at its weights, no part is too long, and the epilogue happens once.
func TestParts(t *testing.T) {
	for _, c := range []struct {
		seg    []int
		segLen int
	}{
		{[]int{0}, 8}, {[]int{0}, callTerms}, {[]int{0}, callTerms + 8}, {[]int{64}, 5*callTerms + 24},
		{[]int{0, 5000, 10000}, 4000}, {[]int{0, 9000, 18000, 27000, 36000}, 8000}, {[]int{7, 100000}, 2*callTerms + 40},
	} {
		b := &builder{callNames: map[string]bool{"fc": true}}
		x, y := &plan.Buffer{Name: "x"}, &plan.Buffer{Name: "y"}
		k := len(c.seg) * c.segLen
		whole := &plan.IGEMM{
			Info: plan.Info{Name: "fc", FLOPs: 20 * int64(k)}, X: x, Y: y, Mask: y, Bias: 3, ReLU: true,
			W: plan.Weights{Offset: 160}, Seg: c.seg, SegLen: c.segLen,
		}
		at, flops := 0, int64(0)
		parts := b.parts(whole)
		for i, p := range parts {
			n := len(p.Seg) * p.SegLen
			if n > callTerms {
				t.Errorf("%v x %d: a part of %d terms", c.seg, c.segLen, n)
			}
			if p.W.Offset != 160+16*at {
				t.Errorf("%v x %d: part %d has its weights at %d, want %d", c.seg, c.segLen, i, p.W.Offset, 160+16*at)
			}
			for j := range n {
				if got, want := p.Seg[j/p.SegLen]+j%p.SegLen, c.seg[at/c.segLen]+at%c.segLen; got != want {
					t.Fatalf("%v x %d: term %d is at %d, want %d", c.seg, c.segLen, at, got, want)
				}
				at++
			}
			if first, last := i == 0, i == len(parts)-1; (p.Bias >= 0) != first || (p.Add == y) == first || p.ReLU != last || (p.Mask != nil) != last {
				t.Errorf("%v x %d: part %d of %d: bias %d, add %v, relu %v", c.seg, c.segLen, i, len(parts), p.Bias, p.Add, p.ReLU)
			}
			flops += p.FLOPs
		}
		if at != k || flops != whole.FLOPs {
			t.Errorf("%v x %d: parts have %d terms and %d FLOPs", c.seg, c.segLen, at, flops)
		}
	}
}

// TestSplit: shares in proportion that add up, none for no work.
func TestSplit(t *testing.T) {
	shares := split(1001, []int64{0, 4, 2, 0, 2, 1})
	sum := int64(0)
	for i, want := range []float64{0, 445, 222, 0, 222, 111} {
		if d := float64(shares[i]) - want; d < 0 || d > 5 {
			t.Errorf("share %d is %d, want about %v", i, shares[i], want)
		}
		sum += shares[i]
	}
	if sum != 1001 || shares[0] != 0 {
		t.Errorf("shares %v add up to %d", shares, sum)
	}
}

// TestRunChannels: padding is read where it is cheaper than another run.
func TestRunChannels(t *testing.T) {
	for _, c := range []struct{ c, cp, want int }{{1, 8, 1}, {3, 8, 3}, {7, 8, 8}, {8, 8, 8}, {9, 16, 9}, {15, 16, 16}, {20, 24, 20}, {1, 1, 1}, {3, 3, 3}} {
		if got := runChannels(c.c, c.cp); got != c.want {
			t.Errorf("%d of %d: %d, want %d", c.c, c.cp, got, c.want)
		}
	}
}
