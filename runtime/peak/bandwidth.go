package peak

import "time"

// GBs returns the bytes, read and written, that one core moves in a nanosecond when
// it copies memory of that size, source and copy together, again and again: the
// speed of the level of cache that holds them, or of the memory. It takes some 20 ms
// beside the making of the memory.
func GBs(size int) float64 {
	n := max(size/8, 1)
	src, dst := make([]float32, n), make([]float32, n)
	for i := range src {
		src[i] = float32(i) // pages of their own, not the common one of zeros
	}
	copy(dst, src)              // gives dst its pages
	copies := max(1, (1<<22)/n) // some hundred microseconds a round at least
	best := 0.0
	for start := time.Now(); best == 0 || time.Since(start) < 20*time.Millisecond; {
		t := time.Now()
		for range copies {
			copy(dst, src)
		}
		if d := time.Since(t).Nanoseconds(); d > 0 {
			best = max(best, float64(copies)*float64(8*n)/float64(d))
		}
	}
	return best
}
