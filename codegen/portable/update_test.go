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

// TestOptimizerTrajectories has the values of spec: optimizers, section 6.
func TestOptimizerTrajectories(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(w, g, m, v *float32, t int)
		want [3]float64
	}{
		{"sgd", func(w, g, m, v *float32, t int) { sgdGo(w, g, 8, 0.01, 0, 0, 0) },
			[3]float64{0.999, 1.001, 0.998}},
		{"momentum", func(w, g, m, v *float32, t int) { momentumGo(w, g, m, 8, 0.01, 0.9, 0, 0, 0) },
			[3]float64{0.999, 1.0001, 0.99809}},
		{"nesterov", func(w, g, m, v *float32, t int) { nesterovGo(w, g, m, 8, 0.01, 0.9, 0, 0, 0) },
			[3]float64{0.9981, 1.00109, 0.996281}},
		{"adam", func(w, g, m, v *float32, t int) {
			adamGo(w, g, m, v, 8, adamAlpha(0.001, t), 0.9, 0.999, 1e-7, 0, 0, 0)
		}, [3]float64{0.999000032, 0.999366130, 0.999022892}},
		{"adamw", func(w, g, m, v *float32, t int) {
			adamGo(w, g, m, v, 8, adamAlpha(0.001, t), 0.9, 0.999, 1e-7, 0, 0, 0.004*0.001)
		}, [3]float64{0.998996032, 0.999358134, 0.999010898}},
	} {
		var w, m, v [8]float32
		for i := range w {
			w[i] = 1
		}
		for k, g0 := range []float32{0.1, -0.2, 0.3} {
			g := [8]float32{}
			for i := range g {
				g[i] = g0
			}
			c.step(&w[0], &g[0], &m[0], &v[0], k+1)
			for i := range w {
				if math.Abs(float64(w[i])-c.want[k]) > 1.5e-7 {
					t.Errorf("%s step %d: w[%d] = %.9f, want %.9f", c.name, k+1, i, w[i], c.want[k])
				}
			}
		}
	}
}

func adamAlpha(lr float64, t int) float32 {
	return float32(lr * math.Sqrt(1-math.Pow(0.999, float64(t))) / (1 - math.Pow(0.9, float64(t))))
}

// TestRegularizedSteps takes one step of each optimizer with penalties and decay from
// random state, and compares with the formulas in float64.
func TestRegularizedSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	const n = 40
	const lr, mu, l1, l2, decay, b1, b2, eps = 0.1, 0.9, 0.02, 0.3, 0.05, 0.9, 0.99, 1e-3
	w0, g0, m0, v0 := random(r, n), random(r, n), random(r, n), random(r, n)
	w0[5], w0[6] = 0, float32(math.Copysign(0, -1))
	for i := range v0 {
		v0[i] *= v0[i]
	}
	for _, c := range []struct {
		name string
		run  func(w, g, m, v *float32)
		rule func(w, d, m, v float64) (float64, float64, float64)
	}{
		{"sgd", func(w, g, m, v *float32) { sgdGo(w, g, n, lr, l1, l2, decay) },
			func(w, d, m, v float64) (float64, float64, float64) { return w - lr*d, m, v }},
		{"momentum", func(w, g, m, v *float32) { momentumGo(w, g, m, n, lr, mu, l1, l2, decay) },
			func(w, d, m, v float64) (float64, float64, float64) { m = mu*m - lr*d; return w + m, m, v }},
		{"nesterov", func(w, g, m, v *float32) { nesterovGo(w, g, m, n, lr, mu, l1, l2, decay) },
			func(w, d, m, v float64) (float64, float64, float64) {
				m = mu*m - lr*d
				return w + mu*m - lr*d, m, v
			}},
		{"adam", func(w, g, m, v *float32) { adamGo(w, g, m, v, n, lr, b1, b2, eps, l1, l2, decay) },
			func(w, d, m, v float64) (float64, float64, float64) {
				m += (1 - b1) * (d - m)
				v += (1 - b2) * (d*d - v)
				return w - lr*m/(math.Sqrt(v)+eps), m, v
			}},
	} {
		w, g, m, v := append([]float32(nil), w0...), append([]float32(nil), g0...), append([]float32(nil), m0...), append([]float32(nil), v0...)
		c.run(&w[0], &g[0], &m[0], &v[0])
		for i := range n {
			t0 := float64(w0[i])
			sign := 0.0
			if t0 > 0 {
				sign = 1
			} else if t0 < 0 {
				sign = -1
			}
			ww, wm, wv := c.rule(t0-decay*t0, float64(g0[i])+l1*sign+l2*t0, float64(m0[i]), float64(v0[i]))
			if math.Abs(float64(w[i])-ww) > 2e-6 || math.Abs(float64(m[i])-wm) > 2e-6 || math.Abs(float64(v[i])-wv) > 2e-6 {
				t.Errorf("%s, element %d: w %v m %v v %v, want %v %v %v", c.name, i, w[i], m[i], v[i], ww, wm, wv)
			}
			if g[i] != g0[i] {
				t.Errorf("%s changed the gradient", c.name)
			}
		}
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
