package sched

import "testing"

// TestUneven: what micro-batches that do not cut the shards evenly cost.
func TestUneven(t *testing.T) {
	for _, c := range []struct {
		batch, shards, micro int
		want                 float64
	}{
		{128, 8, 16, 1},
		{128, 8, 8, 1},
		{128, 8, 6, 18. / 16}, // 22 parts, of which six shards get three
		{128, 8, 1, 1},
		{20, 8, 2, 1.6},
		{20, 8, 3, 1.2},
		{5, 4, 8, 4}, // all in one shard
	} {
		if got := uneven(c.batch, c.shards)(c.micro); got != c.want {
			t.Errorf("%d examples in %d shards, %d at a time: %v, want %v", c.batch, c.shards, c.micro, got, c.want)
		}
	}
}
