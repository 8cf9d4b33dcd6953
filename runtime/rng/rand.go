package rng

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Rand is a sequence of random numbers. It is not safe for concurrent use;
// copies continue independently from the same point.
type Rand struct{ pcg rand.PCG }

// New starts the sequence of a key.
func New(key uint64) *Rand {
	r := new(Rand)
	r.Seed(key)
	return r
}

// Seed restarts r with the sequence of a key, without allocating.
func (r *Rand) Seed(key uint64) {
	r.pcg.Seed(Mix(key+gamma), Mix(key^gamma))
}

// Uint64 is 64 random bits.
func (r *Rand) Uint64() uint64 { return r.pcg.Uint64() }

// Float64 is uniform on [0,1): a multiple of 2^-53.
func (r *Rand) Float64() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// Float32 is uniform on [0,1): a multiple of 2^-24.
func (r *Rand) Float32() float32 { return float32(r.Uint64()>>40) * 0x1p-24 }

// Uniform is uniform on [lo,hi).
func (r *Rand) Uniform(lo, hi float64) float64 {
	// The conversions keep the compiler from fusing the multiplication and the
	// addition, which would round differently from machine to machine; so below.
	x := lo + float64(float64(hi-lo)*r.Float64())
	if x >= hi && lo < hi { // rounding of a narrow range
		return math.Nextafter(hi, lo)
	}
	return x
}

// Bool is true with probability p.
func (r *Rand) Bool(p float64) bool { return r.Float64() < p }

// IntN is uniform on 0..n-1, exactly (D. Lemire, "Fast random integer
// generation in an interval", 2019). It panics if n < 1.
func (r *Rand) IntN(n int) int {
	if n < 1 {
		panic("rng: IntN needs a positive bound")
	}
	bound := uint64(n)
	hi, lo := bits.Mul64(r.Uint64(), bound)
	if lo < bound {
		for reject := -bound % bound; lo < reject; {
			hi, lo = bits.Mul64(r.Uint64(), bound)
		}
	}
	return int(hi)
}

// Perm fills dst with a random order of 0..len(dst)-1 (Fisher and Yates).
func (r *Rand) Perm(dst []int32) {
	for i := range dst {
		j := r.IntN(i + 1)
		dst[i] = dst[j]
		dst[j] = int32(i)
	}
}
