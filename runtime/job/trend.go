package job

// trendBuckets is how many values a trend has at most; even, and the columns of the
// sparkline that shows them.
const trendBuckets = 16

// trend is the course of a value over a whole run in few numbers: means of stretches
// of equal length. When there are too many, each two become one, so that the memory
// stays the same however long the run is.
type trend struct {
	sums   [trendBuckets]float64
	counts [trendBuckets]int
	used   int // stretches begun
	length int // of a stretch
}

// add takes in the next value.
func (t *trend) add(v float64) {
	if t.length == 0 {
		t.length = 1
	}
	if t.used == 0 || t.counts[t.used-1] == t.length {
		if t.used == trendBuckets {
			for i := range trendBuckets / 2 {
				t.sums[i], t.counts[i] = t.sums[2*i]+t.sums[2*i+1], t.counts[2*i]+t.counts[2*i+1]
			}
			t.used, t.length = trendBuckets/2, 2*t.length
		}
		t.sums[t.used], t.counts[t.used] = 0, 0
		t.used++
	}
	t.sums[t.used-1] += v
	t.counts[t.used-1]++
}

// values are the means, first to last: as many as n, for which several stretches are
// taken together, so that they always are the whole run.
func (t *trend) values(n int) []float64 {
	if n <= 0 || t.used == 0 {
		return nil
	}
	together := (t.used + n - 1) / n
	var out []float64
	for i := 0; i < t.used; i += together {
		sum, count := 0.0, 0
		for k := i; k < min(i+together, t.used); k++ {
			sum, count = sum+t.sums[k], count+t.counts[k]
		}
		out = append(out, sum/float64(count))
	}
	return out
}
