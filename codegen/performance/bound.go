package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bound is the least upper bound known for a layer in a pass: a share of the FMA
// peak, and what sets it.
type bound struct {
	share float64 // 0 to 1
	by    string  // "" the FMA units; otherwise a letter of the table
}

// String is the cell of the table: what was reached, and where less than 95 % of
// the peak is possible, the bound. A bound that was passed is none: traffic is
// estimated as if strides skipped nothing.
func (r result) String() string {
	if r.share >= 0.95 || r.percent > 100*r.share+2 {
		return fmt.Sprintf("%.0f", r.percent)
	}
	return fmt.Sprintf("%.0f/%.0f%s", r.percent, 100*r.share, r.by)
}

// Rates of kernels that something else than the FMA units bounds (codegen/simd,
// README.md): with 8 channels, one broadcast serves one FMA where k has no pairs;
// under AVX-512, 8 channels are half a register.
const (
	broadcastRate = 0.82
	halfRate      = 0.83
	halfOddRate   = 0.41 // the AVX2 kernel

	// fewChannels is the most outputs of kernels whose vectors run along k.
	fewChannels = 6
)

// boundOf is the bound of a layer's pass that does flops and moves size bytes for
// an example, micro examples at a time.
func boundOf(l layer, isa, pass string, flops, size int64, micro int, peak float64, rates *rates) bound {
	outs, k := l.out, l.k
	if pass == "backward-data" {
		outs, k = l.in, l.k/l.in*l.out
		if l.pixels == 1 {
			k = l.out
		}
	}
	// Channels come in vectors of 8. Where k has no pairs, a last single vector
	// (16 channels under AVX-512) needs a broadcast for each FMA.
	padded := (outs + 7) / 8 * 8
	odd := k <= 12 && pass != "backward-weights" || pass == "backward-weights" && l.in == 1
	cost, by := float64(padded), ""
	slow := func(channels int, rate float64) {
		cost += float64(channels) * (1/rate - 1)
		by = "h"
	}
	switch {
	case isa == "avx512" && odd:
		if padded%32 >= 16 {
			slow(16, broadcastRate)
		}
		if padded%16 == 8 {
			slow(8, halfOddRate)
		}
	case isa == "avx512" && padded%16 == 8:
		slow(8, halfRate)
	case odd && padded%16 == 8:
		slow(8, broadcastRate)
	}
	b := bound{float64(outs) / cost, by}
	if l.depthwise { // each input is loaded once for several products
		b = bound{float64(outs) / float64(padded), ""}
	}
	if float64(padded-outs)*4 > float64(outs) {
		b.by = "p"
	}
	// To few channels vectors run along k, over all channels of the inputs.
	from := l.in
	if pass == "backward-data" {
		from = l.out
	}
	if share := float64(from) / float64((from+7)/8*8); outs <= fewChannels && !l.depthwise && share > b.share {
		b = bound{share, ""}
		if share < 0.8 {
			b.by = "p"
		}
	}
	// What moves through the cache that holds the calls' operands.
	gbs, level := rates.at(float64(size) * float64(micro))
	if share := float64(flops) / (float64(size) / gbs) / peak; share < b.share {
		b = bound{share, level}
	}
	return b
}

// rates are bandwidths, reading and writing together, in GB/s, and the sizes of
// the caches.
type rates struct {
	second, third, memory   float64
	secondBytes, thirdBytes float64
}

func (r *rates) String() string {
	return fmt.Sprintf("second-level cache %.0f GB/s, third %.0f GB/s, memory %.0f GB/s", r.second, r.third, r.memory)
}

// at is the bandwidth for operands of so many bytes in all, and its letter.
func (r *rates) at(size float64) (gbs float64, level string) {
	switch {
	case size <= 0.75*r.secondBytes:
		return r.second, "s"
	case size <= 0.5*r.thirdBytes:
		return r.third, "t"
	}
	return r.memory, "m"
}

// measureRates times copies of blocks that fit the caches.
func measureRates() *rates {
	r := &rates{secondBytes: cacheBytes(2, 512<<10), thirdBytes: cacheBytes(3, 16<<20)}
	r.second = copyRate(int(r.secondBytes) / 4)
	r.third = copyRate(int(r.thirdBytes) / 8)
	r.memory = copyRate(256 << 20)
	return r
}

// copyRate is the best of several copies of n bytes, in bytes read and written a
// nanosecond.
func copyRate(n int) float64 {
	from, to := make([]byte, n), make([]byte, n)
	for i := range from {
		from[i] = byte(i) // pages that nobody wrote are one and the same
	}
	best := 0.0
	for range 20 {
		reps := max(1, 32<<20/n)
		start := time.Now()
		for range reps {
			copy(to, from)
		}
		best = max(best, float64(2*n*reps)/float64(time.Since(start).Nanoseconds()))
	}
	return best
}

// cacheBytes is the size of the cache of a level, as Linux tells, or otherwise.
func cacheBytes(level int, otherwise float64) float64 {
	dirs, _ := filepath.Glob("/sys/devices/system/cpu/cpu0/cache/index*")
	for _, dir := range dirs {
		read := func(name string) string {
			b, _ := os.ReadFile(filepath.Join(dir, name))
			return strings.TrimSpace(string(b))
		}
		if read("level") != strconv.Itoa(level) {
			continue
		}
		text, unit := read("size"), 1.0
		if t, ok := strings.CutSuffix(text, "K"); ok {
			text, unit = t, 1<<10
		} else if t, ok := strings.CutSuffix(text, "M"); ok {
			text, unit = t, 1<<20
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 {
			return n * unit
		}
	}
	return otherwise
}
