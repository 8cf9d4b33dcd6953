package portable

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestElementwise(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	const n = 24
	a, b := random(r, n), random(r, n)
	a[3], b[3] = float32(math.NaN()), 1
	y, z := poisoned(n+1), poisoned(n+1)
	addGo(&a[0], &b[0], &y[0], n)
	addReLUGo(&a[0], &b[0], &z[0], n)
	for i := range n {
		want := a[i] + b[i]
		if y[i] != want && want == want || (z[i] == z[i]) != (want == want) || want == want && z[i] != max(want, 0) {
			t.Errorf("%v + %v = %v, with relu %v", a[i], b[i], y[i], z[i])
		}
	}
	if y[n] == y[n] || z[n] == z[n] {
		t.Error("wrote past n")
	}
	copy(y, b)
	axpyGo(&a[0], &y[0], n, -0.5)
	scaleGo(&a[0], &z[0], n, 3)
	for i := range n {
		if a[i] == a[i] && (math.Abs(float64(y[i])-(float64(b[i])-0.5*float64(a[i]))) > 1e-6 || z[i] != 3*a[i]) {
			t.Errorf("element %d: axpy %v, scale %v", i, y[i], z[i])
		}
	}
}

// philox4x32 is Philox4x32-10 for any counter, written from the paper: ten rounds, the
// key bumped between them.
func philox4x32(c [4]uint32, k [2]uint32) [4]uint32 {
	for round := range 10 {
		if round > 0 {
			k[0] += 0x9E3779B9
			k[1] += 0xBB67AE85
		}
		p0, p1 := 0xD2511F53*uint64(c[0]), 0xCD9E8D57*uint64(c[2])
		c = [4]uint32{uint32(p1>>32) ^ c[1] ^ k[0], uint32(p1), uint32(p0>>32) ^ c[3] ^ k[1], uint32(p0)}
	}
	return c
}

// TestPhilox compares the test's own generator with the known answers of the authors'
// Random123 distribution (kat_vectors, philox4x32 with 10 rounds), and the kernel's
// with the test's.
func TestPhilox(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0)}, [2]uint32{^uint32(0), ^uint32(0)},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philox4x32(c.counter, c.key); got != c.want {
			t.Errorf("%x with key %x gives %x, want %x", c.counter, c.key, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(19, 20))
	for range 1000 {
		key, c := r.Uint64(), r.Uint32()
		if got, want := philox(key, c), philox4x32([4]uint32{c}, [2]uint32{uint32(key), uint32(key >> 32)}); got != want {
			t.Fatalf("philox(%#x, %#x) = %x, want %x", key, c, got, want)
		}
	}
}

func TestDropout(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	const key, counter, threshold = 0x0123456789abcdef, 1<<32 - 20, 3 << 30 / 2
	for _, n := range []int{8, 16, 56, 64, 72, 200} {
		x, y := random(r, n), poisoned(n+1)
		dropoutGo(&x[0], &y[0], n, key, counter, threshold, 1.5)
		for e := range n {
			c := uint32(1<<32 - 20)
			word := philox(key, c+uint32(e/64*16+e%16))[e%64/16]
			want := float32(0)
			if word >= threshold {
				want = x[e] * 1.5
			}
			if y[e] != want {
				t.Fatalf("n = %d, element %d: got %v, want %v", n, e, y[e], want)
			}
		}
		if y[n] == y[n] {
			t.Fatal("wrote past n")
		}
	}
	// Two calls of a split buffer are one call.
	x, whole, split := random(r, 256), make([]float32, 256), make([]float32, 256)
	dropoutGo(&x[0], &whole[0], 256, 5, 100, 1<<31, 2)
	dropoutGo(&x[0], &split[0], 64, 5, 100, 1<<31, 2)
	dropoutGo(&x[64], &split[64], 192, 5, 116, 1<<31, 2)
	for i := range whole {
		if whole[i] != split[i] {
			t.Fatalf("element %d differs between one call and two", i)
		}
	}
	// The share that is kept is 1 - threshold/2^32 within four standard deviations.
	ones := make([]float32, 1<<16)
	for i := range ones {
		ones[i] = 1
	}
	dropoutGo(&ones[0], &ones[0], len(ones), 99, 0, 1288490189, 1) // 0.3
	kept := 0.0
	for _, v := range ones {
		kept += float64(v)
	}
	if share := kept / float64(len(ones)); math.Abs(share-0.7) > 4*math.Sqrt(0.21/float64(len(ones))) {
		t.Errorf("kept %v of the elements, want 0.7", share)
	}
}

func TestPenalty(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for _, n := range []int{8, 16, 24, 1000} {
		w := random(r, n)
		out := []float64{10, 20, 30}
		penaltyGo(&w[0], n, &out[0])
		abs, sq := 10.0, 20.0
		for _, v := range w {
			abs += math.Abs(float64(v))
			sq += float64(v) * float64(v)
		}
		if math.Abs(out[0]-abs) > 1e-9 || math.Abs(out[1]-sq) > 1e-9 || out[2] != 30 {
			t.Errorf("n = %d: got %v, want %v, %v", n, out, abs, sq)
		}
	}
}
