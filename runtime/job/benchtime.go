package job

import (
	"time"
	"unsafe"
)

// benchTime is how long something is repeated, at least. The best of
// benchRounds is reported: interruptions only ever make a round slower.
const (
	benchTime   = 20 * time.Millisecond
	benchRounds = 5
)

// measure returns the time of one call of f in nanoseconds.
func measure(f func()) float64 {
	f()
	n := 1
	for {
		start := time.Now()
		for range n {
			f()
		}
		d := time.Since(start)
		if d >= benchTime/benchRounds {
			break
		}
		n *= 2
	}
	best := 0.0
	for range benchRounds {
		start := time.Now()
		for range n {
			f()
		}
		if d := float64(time.Since(start).Nanoseconds()) / float64(n); best == 0 || d < best {
			best = d
		}
	}
	return best
}

// aligned returns x where vectors do not straddle cache lines, as runs keep
// their parameters.
func aligned(x []float32) []float32 {
	const floats = 64 / 4
	buf := make([]float32, len(x)+floats)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % 64 / 4)
	copy(buf[skip:], x)
	return buf[skip : skip+len(x) : skip+len(x)]
}
