package train

import (
	"math"
	"testing"
)

// TestReduceSeesNonFinite puts one bad value at the end of each lane, for every
// number of lanes, in ranges of odd and even length.
func TestReduceSeesNonFinite(t *testing.T) {
	for lanes := 1; lanes <= 9; lanes++ {
		for l := range lanes {
			for hi := 41; hi < 43; hi++ {
				for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					g := make([][]float32, lanes)
					for i := range g {
						g[i] = make([]float32, 50)
					}
					g[l][hi] = float32(bad)
					if !reduceLanes(g, 3, hi, 0.5) {
						t.Errorf("%d lanes: %v behind the range was seen", lanes, bad)
					}
					g[l][hi-1] = float32(bad)
					if reduceLanes(g, 3, hi, 0.5) {
						t.Errorf("%d lanes: %v in lane %d was not seen", lanes, bad, l)
					}
				}
			}
		}
	}
}
