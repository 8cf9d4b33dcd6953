package emit

import (
	"testing"

	"pgregory.net/rapid"
)

// TestStretches compares the runs of alike windows with each window by itself.
func TestStretches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.IntRange(1, 20).Draw(t, "in")
		k := rapid.IntRange(1, 5).Draw(t, "k")
		stride := rapid.IntRange(1, 4).Draw(t, "stride")
		pad := rapid.IntRange(0, k-1).Draw(t, "pad")
		out := rapid.IntRange(1, 1+(in-1+pad)/stride).Draw(t, "out")
		at := 0
		for _, s := range stretches(out, in, k, stride, pad) {
			if s.out != at || s.n < 1 {
				t.Fatalf("stretch %+v begins at output %d", s, at)
			}
			for i := range s.n {
				from := (s.out+i)*stride - pad
				first, size, skip := max(from, 0), min(from+k, in)-max(from, 0), max(-from, 0)
				if s.size != size || s.skip != skip || s.in+i*stride != first {
					t.Fatalf("output %d of %+v: %d cells from %d, %d outside", s.out+i, s, size, first, skip)
				}
			}
			at += s.n
		}
		if at != out {
			t.Fatalf("%d of %d outputs", at, out)
		}
	})
}
