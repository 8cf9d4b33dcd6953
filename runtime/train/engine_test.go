package train

import "testing"

// TestEvenMicro: small batches keep as many shards busy as they have examples.
func TestEvenMicro(t *testing.T) {
	for _, c := range []struct{ n, shards, most, want int }{
		{128, 8, 16, 16}, {128, 8, 4, 4}, {1, 8, 16, 1}, {2, 8, 16, 1}, {5, 8, 16, 1}, {8, 8, 16, 1},
		{9, 8, 16, 2}, {32, 8, 16, 4}, {33, 8, 4, 4}, {7, 1, 3, 3}, {3, 4, 1, 1},
	} {
		if got := evenMicro(c.n, c.shards, c.most); got != c.want {
			t.Errorf("%d examples over %d shards, at most %d: %d at a time, want %d", c.n, c.shards, c.most, got, c.want)
		}
	}
}
