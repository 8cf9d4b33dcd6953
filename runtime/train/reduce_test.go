package train

import (
	"math"
	"testing"
)

// TestReduceSeesNonFinite puts one bad value at the end of each shard, for every
// number of shards, in ranges of odd and even length.
func TestReduceSeesNonFinite(t *testing.T) {
	for shards := 1; shards <= 9; shards++ {
		for l := range shards {
			for hi := 41; hi < 43; hi++ {
				for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					g := make([][]float32, shards)
					for i := range g {
						g[i] = make([]float32, 50)
					}
					g[l][hi] = float32(bad)
					if !reduceShards(g, 3, hi, 0.5) {
						t.Errorf("%d shards: %v behind the range was seen", shards, bad)
					}
					g[l][hi-1] = float32(bad)
					if reduceShards(g, 3, hi, 0.5) {
						t.Errorf("%d shards: %v in shard %d was not seen", shards, bad, l)
					}
				}
			}
		}
	}
}
