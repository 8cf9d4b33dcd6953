package portable

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/optimizer"
)

func subnormal(v float32) bool { return v != 0 && math.Abs(float64(v)) < 0x1p-126 }

func TestFlushTiny(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range [][2]float32{{0, 0}, {1e-40, 0}, {0x1p-149, 0}, {0x1.fffffcp-127, 0}, {0x1p-126, 0x1p-126},
		{1, 1}, {-2.5, -2.5}, {math.MaxFloat32, math.MaxFloat32}, {inf, inf}, {-inf, -inf}} {
		if got := flushTiny(c[0]); got != c[1] {
			t.Errorf("flushTiny(%v) = %v, want %v", c[0], got, c[1])
		}
	}
	if got := flushTiny(-1e-40); got != 0 || !math.Signbit(float64(got)) {
		t.Errorf("flushTiny(-1e-40) = %v, want -0", got)
	}
	if got := flushTiny(float32(math.NaN())); got == got {
		t.Errorf("flushTiny(NaN) = %v", got)
	}
}

// TestStateDecaysToZero runs optimizers without gradients until nothing is left:
// on the way down no subnormal number must be stored.
func TestStateDecaysToZero(t *testing.T) {
	const n = 8
	fill := func(s []float32, v float32) {
		for i := range s {
			s[i] = v / float32(i+1)
		}
	}
	for _, r := range optimizer.Rules {
		for _, form := range r.Forms {
			o := config.Optimizer{Name: r.Name, LearningRate: 0.1, Numbers: []config.Number{{Name: "weight_decay", Value: 1}}}
			if slices.Contains(form.Carries, "momentum") {
				o.Numbers = append(o.Numbers, config.Number{Name: "momentum", Value: 0.9})
			}
			if r.Number("beta_2") != nil {
				o.Numbers = append(o.Numbers, config.Number{Name: "beta_2", Value: 0.95})
			}
			s := newStepper(t, o, form, n)
			fill(s.w, 1e-34)
			for _, slot := range s.slots {
				fill(slot, 1e-35)
			}
			for step := range 2000 {
				clear(s.g)
				s.step(0.1, 0, 0, 1)
				for _, x := range append(s.slots, s.w) {
					for i, v := range x {
						if subnormal(v) {
							t.Fatalf("%s: step %d: element %d is %v", form.Kernel, step, i, v)
						}
					}
				}
			}
			// Sums of squares stay, and a relative step moves w by far more than 1e-38.
			for k, slot := range s.slots {
				if name := form.Slots[k].Name; (name == "m" || name == "v") && slot[0] != 0 {
					t.Errorf("%s: %s is %v after 2000 steps, want 0", form.Kernel, name, slot[0])
				}
			}
			if r.Name == "sgd" && s.w[0] != 0 {
				t.Errorf("%s: w is %v after 2000 steps, want 0", form.Kernel, s.w[0])
			}
		}
	}
}

// TestIgemmFlushes multiplies so that every other sum is subnormal.
func TestIgemmFlushes(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	const k, pixels = 5, 4
	x, w, y := random(r, pixels*k), random(r, k*16), make([]float32, pixels*16)
	var tab []int32
	for p := range pixels {
		tab = append(tab, int32(p*k), int32(p*16))
		for i := range k {
			x[p*k+i] *= []float32{1e-19, 1e-10}[p%2]
		}
	}
	for i := range w {
		w[i] *= 1e-20
	}
	seg := []int32{0}
	igemmGo(4, 0, 0, 16, &x[0], &w[0], nil, nil, nil, &y[0], &tab[0], 1, &seg[0], 1, k, 0)
	for p := range pixels {
		for c := range 16 {
			want := 0.0
			for i := range k {
				want += float64(x[p*k+i]) * float64(w[16*i+c])
			}
			got := y[16*p+c]
			if subnormal(got) || math.Abs(float64(got)-want) > 1e-6*math.Abs(want)+0x1p-125 {
				t.Errorf("pixel %d, channel %d: %v, want %v or zero for a subnormal", p, c, got, want)
			}
			if p%2 == 0 && got != 0 {
				t.Errorf("pixel %d, channel %d: %v is not flushed", p, c, got)
			}
		}
	}
}
