package rng

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// Published values of the splitmix64 generator for seeds 0 and 1234567.
func TestMixIsSplitmix64(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		want []uint64
	}{
		{0, []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f}},
		{1234567, []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431}},
	} {
		state := c.seed
		for i, want := range c.want {
			state += gamma
			if got := Mix(state); got != want {
				t.Errorf("seed %d, value %d: %#x, want %#x", c.seed, i, got, want)
			}
		}
	}
}

// Known answers of the authors' distribution (Random123, kat_vectors).
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(c.ctr, c.key); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.ctr, c.key, got, c.want)
		}
	}
}

func TestKeysDiffer(t *testing.T) {
	seen := map[uint64][4]int{}
	for seed := range 3 {
		for epoch := range 7 {
			for index := range 50 {
				for _, p := range []Purpose{Init, Shuffle, Example, Split, Limit, Doodle, Augment, Dropout} {
					k := Key(uint64(seed), epoch, index, p)
					at := [4]int{seed, epoch, index, int(p)}
					if old, ok := seen[k]; ok {
						t.Fatalf("%v and %v have the same key", old, at)
					}
					seen[k] = at
				}
			}
		}
	}
	if Hash(1, 2) == Hash(2, 1) || Hash(0) == Hash(0, 0) || HashString("ab") == HashString("ba") {
		t.Error("the hash loses order or length")
	}
}

// The values below are frozen: a change of any of them changes every trained
// network. They were computed once by this package.
func TestFrozenBits(t *testing.T) {
	r := New(42)
	type values struct {
		U          uint64
		F64        float64
		F32        float32
		Uniform    float64
		Ints       [4]int
		Normal     float64
		Truncated  float64
		Perm       []int32
		Key, Named uint64
	}
	got := values{
		U: r.Uint64(), F64: r.Float64(), F32: r.Float32(), Uniform: r.Uniform(-3, 5),
		Ints:   [4]int{r.IntN(10), r.IntN(1 << 30), r.IntN(3), r.IntN(1)},
		Normal: r.Normal(), Truncated: r.TruncatedNormal(), Perm: make([]int32, 7),
		Key: Key(7, 3, 11, Augment), Named: HashString("circle"),
	}
	r.Perm(got.Perm)
	want := values{
		U: 0x15746c0f17f71e40, F64: 0.13663060788805947, F32: 0.34217566, Uniform: 4.2920065556922795,
		Ints:   [4]int{4, 53493780, 2, 0},
		Normal: 0.05352146737127165, Truncated: 0.22056793965093352, Perm: []int32{0, 3, 1, 4, 6, 2, 5},
		Key: 0xc774b686899b8c68, Named: 0xf002d1a849e8d509,
	}
	if got.U != want.U || got.F64 != want.F64 || got.F32 != want.F32 || got.Uniform != want.Uniform ||
		got.Ints != want.Ints || got.Normal != want.Normal || got.Truncated != want.Truncated ||
		!slices.Equal(got.Perm, want.Perm) || got.Key != want.Key || got.Named != want.Named {
		t.Errorf("random bits changed:\n got %#v\nwant %#v", got, want)
	}
}

func TestQuantileAgainstGonum(t *testing.T) {
	for _, p := range []float64{0x1p-54, 1e-12, 1e-6, 0.01, 0.0749, 0.0751, 0.2, 0.5, 0.7, 0.925, 0.926, 0.999, 1 - 1e-9, 1 - 0x1p-53} {
		got, want := Quantile(p), mathext.NormalQuantile(p)
		if math.Abs(got-want) > 1e-11*max(1, math.Abs(want)) {
			t.Errorf("Quantile(%v) = %v, want %v", p, got, want)
		}
		if p <= 0.5 {
			// back through the distribution function, relative in the tail
			if back := 0.5 * math.Erfc(-got/math.Sqrt2); math.Abs(back-p) > 2e-14*p*max(1, got*got) {
				t.Errorf("CDF(Quantile(%v)) = %v", p, back)
			}
		}
	}
}

func TestLogAgainstMath(t *testing.T) {
	r := New(1)
	for range 10000 {
		x := math.Ldexp(r.Uniform(1, 2), r.IntN(120)-110)
		got, want := log(x), math.Log(x)
		if math.Abs(got-want) > 4e-16*max(1, math.Abs(want)) {
			t.Fatalf("log(%v) = %v, want %v", x, got, want)
		}
	}
}

func TestNormalMoments(t *testing.T) {
	const n = 200000
	r := New(5)
	var s1, s2, s4, tr2 float64
	for range n {
		x := r.Normal()
		s1, s2, s4 = s1+x, s2+x*x, s4+x*x*x*x
		y := r.TruncatedNormal()
		if y < -2 || y > 2 {
			t.Fatalf("truncated normal gave %v", y)
		}
		tr2 += y * y
	}
	// four standard errors of mean, variance and fourth moment
	if math.Abs(s1/n) > 4/math.Sqrt(n) || math.Abs(s2/n-1) > 4*math.Sqrt(2./n) || math.Abs(s4/n-3) > 4*math.Sqrt(96./n) {
		t.Errorf("moments %v %v %v, want 0 1 3", s1/n, s2/n, s4/n)
	}
	if sd := math.Sqrt(tr2 / n); math.Abs(sd-TruncatedStd) > 0.005 {
		t.Errorf("truncated standard deviation %v, want %v", sd, TruncatedStd)
	}
}

func TestIntNIsUniform(t *testing.T) {
	const n, draws = 7, 70000
	var count [n]int
	r := New(9)
	for range draws {
		count[r.IntN(n)]++
	}
	chi := 0.0
	for _, c := range count {
		d := float64(c) - draws/n
		chi += d * d / (draws / n)
	}
	if chi > 27.9 { // 6 degrees of freedom, probability 1e-4
		t.Errorf("chi-squared %v for %v", chi, count)
	}
	// A bound above half of the range makes rejection likely.
	for range 1000 {
		if v := r.IntN(math.MaxInt/2 + 2); v < 0 || v > math.MaxInt/2+1 {
			t.Fatalf("IntN gave %d", v)
		}
	}
}

func TestPermIsAPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 100, 4097} {
		p := make([]int32, n)
		New(3).Perm(p)
		s := slices.Sorted(slices.Values(p))
		for i, v := range s {
			if int(v) != i {
				t.Fatalf("n=%d: sorted[%d] = %d", n, i, v)
			}
		}
	}
	// All 6 orders of 3 come out equally often.
	count := map[[3]int32]int{}
	r := New(4)
	for range 6000 {
		var p [3]int32
		r.Perm(p[:])
		count[p]++
	}
	if len(count) != 6 {
		t.Fatalf("%d orders of 3", len(count))
	}
	for p, c := range count {
		if c < 850 || c > 1150 { // 5 standard deviations
			t.Errorf("%v came %d times of 6000", p, c)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	var r Rand
	if n := testing.AllocsPerRun(100, func() {
		r.Seed(Key(1, 2, 3, Example))
		_ = r.Normal() + float64(r.IntN(9))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
