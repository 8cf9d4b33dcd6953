package terminal

import (
	"math"
	"strings"
)

// sparks are the bars of a sparkline, from the lowest value to the highest.
var sparks = []rune("▁▂▃▄▅▆▇█")

// Sparkline draws the last values as bars, a column each, between the smallest and
// the largest of those shown. Values that are no finite numbers are an x.
func Sparkline(values []float64, columns int) string {
	if columns <= 0 {
		return ""
	}
	values = values[max(0, len(values)-columns):]
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	var b strings.Builder
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			b.WriteByte('x')
		case hi == lo:
			b.WriteRune(sparks[len(sparks)/2])
		default:
			// Divided first: the difference of two large numbers may overflow.
			share := (v/2 - lo/2) / (hi/2 - lo/2)
			if math.IsNaN(share) {
				share = 0.5 // numbers too small to be halved
			}
			b.WriteRune(sparks[min(int(min(max(share, 0), 1)*float64(len(sparks))), len(sparks)-1)])
		}
	}
	return b.String()
}
