package portable

import (
	"math"
	"testing"
)

func sigmoid64(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func gelu64(x float64) float64 { return x * 0.5 * math.Erfc(-x/math.Sqrt2) }

func pdf64(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

const seluS, seluA = 1.0507009873554805, 1.6732632423543772

// activationCase is one activation: f is the reference, slope f' by the forward input,
// output whether the gradient kernel wants the forward output.
type activationCase struct {
	name     string
	fwd      func(x, y *float32, n int, alpha float32)
	grad     func(dy, r, dx *float32, n int, alpha float32)
	f, slope func(x, a float64) float64
	output   bool
	bound    float64 // of the forward error, in ulp
}

var activations = []activationCase{
	{"relu", actReluGo, actGradReluGo,
		func(x, a float64) float64 { return max(x, 0) },
		func(x, a float64) float64 { return pick(x > 0, 1, 0) }, true, 0},
	{"relu6", actRelu6Go, actGradRelu6Go,
		func(x, a float64) float64 { return min(max(x, 0), 6) },
		func(x, a float64) float64 { return pick(x > 0 && x < 6, 1, 0) }, true, 0},
	{"leaky_relu", actLeakyReluGo, actGradLeakyReluGo,
		func(x, a float64) float64 { return pick(x > 0, x, a*x) },
		func(x, a float64) float64 { return pick(x > 0, 1, a) }, true, 0.51},
	{"elu", actEluGo, actGradEluGo,
		func(x, a float64) float64 { return pick(x > 0, x, a*math.Expm1(x)) },
		func(x, a float64) float64 { return pick(x > 0, 1, a*math.Exp(x)) }, true, 0.51},
	{"selu", actSeluGo, actGradSeluGo,
		func(x, a float64) float64 { return seluS * pick(x > 0, x, seluA*math.Expm1(x)) },
		func(x, a float64) float64 { return seluS * pick(x > 0, 1, seluA*math.Exp(x)) }, true, 0.51},
	{"sigmoid", actSigmoidGo, actGradSigmoidGo,
		func(x, a float64) float64 { return sigmoid64(x) },
		func(x, a float64) float64 { return sigmoid64(x) * sigmoid64(-x) }, true, 0.51},
	{"tanh", actTanhGo, actGradTanhGo,
		func(x, a float64) float64 { return math.Tanh(x) },
		func(x, a float64) float64 { t := math.Tanh(x); return 1 - t*t }, true, 0.51},
	{"softplus", actSoftplusGo, actGradSoftplusGo,
		func(x, a float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		func(x, a float64) float64 { return sigmoid64(x) }, false, 0.51},
	{"softsign", actSoftsignGo, actGradSoftsignGo,
		func(x, a float64) float64 {
			return pick(math.IsInf(x, 0), math.Copysign(1, x), x/(1+math.Abs(x)))
		},
		func(x, a float64) float64 { return 1 / (1 + math.Abs(x)) / (1 + math.Abs(x)) }, false, 1.5},
	{"silu", actSiluGo, actGradSiluGo,
		func(x, a float64) float64 { return pick(x < -200, 0, x*sigmoid64(x)) },
		func(x, a float64) float64 {
			return pick(math.Abs(x) > 200, pick(x > 0, 1, 0), sigmoid64(x)*(1+x*sigmoid64(-x)))
		}, false, 0.51},
	{"gelu", actGeluGo, actGradGeluGo,
		func(x, a float64) float64 { return pick(x < -50, 0, gelu64(x)) },
		func(x, a float64) float64 {
			return pick(math.Abs(x) > 50, pick(x > 0, 1, 0), gelu64(x)/x+x*pdf64(x))
		}, false, 0.51},
	{"exponential", actExponentialGo, actGradExponentialGo,
		func(x, a float64) float64 { return math.Exp(x) },
		func(x, a float64) float64 { return math.Exp(x) }, true, 0.51},
	{"hard_sigmoid", actHardSigmoidGo, actGradHardSigmoidGo,
		func(x, a float64) float64 { return min(max(x+3, 0), 6) / 6 },
		func(x, a float64) float64 { return pick(x > -3 && x < 3, 1.0/6, 0) }, true, math.Inf(1)},
}

func pick(c bool, a, b float64) float64 {
	if c {
		return a
	}
	return b
}

// sweep returns every stride-th float32 of either sign, and the awkward points.
func sweep(stride uint32) []float32 {
	var s []float32
	for b := uint32(0); b <= 0x7f800000; b += stride {
		s = append(s, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	for _, v := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), 0, math.Copysign(0, -1), 3, -3, 6, 87.5, 88.8, -87.4, -103.9, -104.1, 1e-45, -1e-45} {
		s = append(s, float32(v))
	}
	for len(s)%8 != 0 {
		s = append(s, -1)
	}
	return s
}

// TestActivations compares the whole range of float32 with float64 references.
func TestActivations(t *testing.T) {
	xs := sweep(4099)
	if testing.Short() {
		xs = sweep(65537)
	}
	y, dx, dy := make([]float32, len(xs)), make([]float32, len(xs)), make([]float32, len(xs))
	for i := range dy {
		dy[i] = -1.5
	}
	for _, c := range activations {
		t.Run(c.name, func(t *testing.T) {
			const alpha = 0.3
			a := float64(float32(alpha))
			c.fwd(&xs[0], &y[0], len(xs), alpha)
			worst, at := 0.0, float32(0)
			for i, x := range xs {
				want := c.f(float64(x), a)
				if y[i] == 0 && math.Abs(want) < 0x1p-126 {
					continue // flushed
				}
				if e := ulps(y[i], want); e > worst {
					worst, at = e, x
				}
				if c.name == "hard_sigmoid" && math.Abs(float64(y[i])-want) > 1e-7 {
					t.Fatalf("f(%v) = %v, want %v", x, y[i], want)
				}
			}
			if worst > c.bound {
				t.Errorf("error %.3f ulp at x = %v, want at most %v", worst, at, c.bound)
			}
			t.Logf("largest error %.3f ulp, at x = %v", worst, at)

			ref := xs
			if c.output {
				ref = y
			}
			c.grad(&dy[0], &ref[0], &dx[0], len(xs), alpha)
			for i, x := range xs {
				want := -1.5 * c.slope(float64(x), a)
				if x != x || math.IsInf(want, 0) || want != want {
					continue
				}
				// What the forward output was rounded by, the gradient cannot know.
				limit := 1e-6 * (1 + math.Abs(want))
				if x == 0 && c.name == "gelu" {
					want = -0.75
				}
				// Next to 3 the output rounds to 1.
				if c.name == "hard_sigmoid" && math.Abs(math.Abs(float64(x))-3) < 1e-6 {
					continue
				}
				if math.IsInf(float64(y[i]), 0) && c.output || math.Abs(want) > math.MaxFloat32 {
					continue
				}
				if !(math.Abs(float64(dx[i])-want) <= limit) {
					t.Fatalf("gradient at x = %v: got %v, want %v", x, dx[i], want)
				}
			}
			if c.fwd(&xs[0], &dx[0], len(xs), alpha); true {
				inPlace := append([]float32(nil), xs...)
				c.fwd(&inPlace[0], &inPlace[0], len(xs), alpha)
				for i := range dx {
					if math.Float32bits(dx[i]) != math.Float32bits(inPlace[i]) {
						t.Fatalf("in place f(%v) = %v, not %v", xs[i], inPlace[i], dx[i])
					}
				}
			}
		})
	}
}

// TestActivationTable has the values of spec: activations, section 5.
func TestActivationTable(t *testing.T) {
	x := []float32{-4, -2.6, -1, -0.5, 0, 0.5, 1, 2.6}
	for _, c := range []struct {
		name string
		want [8]float64
	}{
		{"sigmoid", [8]float64{0.017986, 0.069138, 0.268941, 0.377541, 0.5, 0.622459, 0.731059, 0.930862}},
		{"hard_sigmoid", [8]float64{0, 0.066667, 0.333333, 0.416667, 0.5, 0.583333, 0.666667, 0.933333}},
		{"tanh", [8]float64{-0.999329, -0.989027, -0.761594, -0.462117, 0, 0.462117, 0.761594, 0.989027}},
		{"softplus", [8]float64{0.018150, 0.071645, 0.313262, 0.474077, 0.693147, 0.974077, 1.313262, 2.671645}},
		{"softsign", [8]float64{-0.8, -0.722222, -0.5, -0.333333, 0, 0.333333, 0.5, 0.722222}},
		{"silu", [8]float64{-0.071945, -0.179760, -0.268941, -0.188770, 0, 0.311230, 0.731059, 2.420240}},
		{"elu", [8]float64{-0.981684, -0.925726, -0.632121, -0.393469, 0, 0.5, 1, 2.6}},
		{"selu", [8]float64{-1.725899, -1.627519, -1.111331, -0.691758, 0, 0.525350, 1.050701, 2.731823}},
		{"gelu", [8]float64{-0.000127, -0.012119, -0.158655, -0.154269, 0, 0.345731, 0.841345, 2.587881}},
		{"exponential", [8]float64{0.018316, 0.074274, 0.367879, 0.606531, 1, 1.648721, 2.718282, 13.463738}},
	} {
		for _, a := range activations {
			if a.name != c.name {
				continue
			}
			var y [8]float32
			a.fwd(&x[0], &y[0], 8, 1)
			for i, w := range c.want {
				if math.Abs(float64(y[i])-w) > 1e-6*max(1, w) {
					t.Errorf("%s(%v) = %v, want %v", c.name, x[i], y[i], w)
				}
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		z    []float32
		want []float64
	}{
		{[]float32{1, 2, 3}, []float64{0.090031, 0.244728, 0.665241}},
		{[]float32{1000, 1000, -inf, 1000}, []float64{1. / 3, 1. / 3, 0, 1. / 3}},
		{[]float32{-7}, []float64{1}},
		{[]float32{1, nan, 3}, []float64{math.NaN(), math.NaN(), math.NaN()}},
		{[]float32{-200, 0, 1, 2, 3, 4, 5, 6, -90}, []float64{0, 0.001561, 0.004242, 0.011532, 0.031347, 0.085211, 0.231628, 0.629633 + 0.004846, 0}},
	} {
		stride := (len(c.z)+7)/8*8 + 8
		z, p, stats := poisoned(2*stride), poisoned(2*stride), poisoned(5)
		copy(z, c.z)
		copy(z[stride:], c.z)
		softmaxGo(&z[0], &p[0], &stats[0], 2, len(c.z), stride)
		for r := range 2 {
			sum := 0.0
			for k, w := range c.want {
				if got := float64(p[r*stride+k]); math.Abs(got-w) > 1e-5 && len(c.z) < 9 || (got != got) != (w != w) {
					t.Errorf("softmax(%v)[%d] = %v, want %v", c.z, k, got, w)
				}
				sum += float64(p[r*stride+k])
			}
			if sum == sum && math.Abs(sum-1) > 1e-6 {
				t.Errorf("softmax(%v) sums to %v", c.z, sum)
			}
			for k := len(c.z); k < stride; k++ {
				if p[r*stride+k] != 0 {
					t.Errorf("p[%d] = %v beyond the classes", k, p[r*stride+k])
				}
			}
			m, s := float64(stats[2*r]), 0.0
			for _, v := range c.z {
				s += math.Exp(float64(v) - m)
			}
			if s == s && math.Abs(float64(stats[2*r+1])-s) > 1e-6*s {
				t.Errorf("sum of %v is %v, want %v", c.z, stats[2*r+1], s)
			}
		}
		softmaxGo(&z[0], &z[0], &stats[0], 2, len(c.z), stride)
		for i := range z {
			if math.Float32bits(z[i]) != math.Float32bits(p[i]) && p[i] == p[i] {
				t.Errorf("in place: p[%d] = %v, not %v", i, z[i], p[i])
			}
		}
		if stats[4] == stats[4] {
			t.Error("wrote past stats")
		}
	}
}
