package simdtest

import (
	"math"
	"reflect"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// activation64 are the activation functions in float64, alpha being 0.25
// (spec: activations, section 1).
var activation64 = map[string]func(x float64) float64{
	"relu":       func(x float64) float64 { return max(x, 0) },
	"relu6":      func(x float64) float64 { return min(max(x, 0), 6) },
	"leaky_relu": func(x float64) float64 { return either(x > 0, x, x/4) },
	"elu":        func(x float64) float64 { return either(x > 0, x, math.Expm1(x)/4) },
	"selu": func(x float64) float64 {
		return 1.0507009873554805 * either(x > 0, x, 1.6732632423543772*math.Expm1(x))
	},
	"sigmoid":     sigmoid64,
	"tanh":        math.Tanh,
	"exponential": math.Exp,
	"softplus":    func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
	"softsign": func(x float64) float64 {
		return either(math.IsInf(x, 0), math.Copysign(1, x), x/(1+math.Abs(x)))
	},
	"silu":         func(x float64) float64 { return either(x < -200, 0, x*sigmoid64(x)) },
	"gelu":         func(x float64) float64 { return either(x < -50, 0, x*0.5*math.Erfc(-x/math.Sqrt2)) },
	"hard_sigmoid": func(x float64) float64 { return min(max(x+3, 0), 6) / 6 },
}

func either(c bool, a, b float64) float64 {
	if c {
		return a
	}
	return b
}

func sigmoid64(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

// gradients64 are the derivatives; x is the forward input.
var gradients64 = map[string]func(x float64) float64{
	"relu":        func(x float64) float64 { return either(x > 0, 1, 0) },
	"relu6":       func(x float64) float64 { return either(x > 0 && x < 6, 1, 0) },
	"leaky_relu":  func(x float64) float64 { return either(x > 0, 1, 0.25) },
	"elu":         func(x float64) float64 { return either(x > 0, 1, math.Exp(x)/4) },
	"selu":        func(x float64) float64 { return 1.0507009873554805 * either(x > 0, 1, 1.6732632423543772*math.Exp(x)) },
	"sigmoid":     func(x float64) float64 { return sigmoid64(x) * sigmoid64(-x) },
	"tanh":        func(x float64) float64 { return 1 - math.Tanh(x)*math.Tanh(x) },
	"exponential": math.Exp,
	"softplus":    sigmoid64,
	"softsign":    func(x float64) float64 { return 1 / (1 + math.Abs(x)) / (1 + math.Abs(x)) },
	"silu": func(x float64) float64 {
		return either(math.Abs(x) > 200, either(x > 0, 1, 0), sigmoid64(x)*(1+x*sigmoid64(-x)))
	},
	"gelu": func(x float64) float64 {
		return either(math.Abs(x) > 50, either(x > 0, 1, 0), 0.5*math.Erfc(-x/math.Sqrt2)+x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
	},
	"hard_sigmoid": func(x float64) float64 { return either(x > -3 && x < 3, 1.0/6, 0) },
}

// sweep is every stride-th float32 of either sign.
func sweep(stride uint32) []float32 {
	var s []float32
	for b := uint32(0); b <= 0x7f800000; b += stride {
		s = append(s, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	return append(s, make([]float32, 7-(len(s)+7)%8)...)
}

// ulps is the distance of got from want in units of the last place of want.
// Kernels flush subnormal inputs, intermediate results and results, so twice the
// least normal number is no distance.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	if got == w || got != got && want != want || math.Abs(float64(got)-want) <= 0x1p-125 {
		return 0
	}
	if got != got || math.IsInf(float64(got), 0) || math.IsInf(float64(w), 0) {
		return math.Inf(1)
	}
	_, exp := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, exp-24)
}

// TestActivationAccuracy compares kernels with float64 over the whole range of
// float32 and holds them to the error that their doc comment promises.
func TestActivationAccuracy(t *testing.T) {
	const alpha = 0.25
	for _, k := range Kernels("act") {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			xs := sweep(4099)
			y := make([]float32, len(xs))
			n := reflect.ValueOf(len(xs))
			if !callHardware(k, []reflect.Value{reflect.ValueOf(&xs[0]), reflect.ValueOf(&y[0]), n, reflect.ValueOf(float32(alpha))}) {
				xs = sweep(300007)
				y = make([]float32, len(xs))
				in, out := floatArray("x", xs, simd.Read), floatArray("y", y, simd.Write)
				run(t, k, program(t, k), in, out, len(xs), float32(alpha))
				y = out.floats()
			}
			bound := simd.MaxUlp(k.Variant.Func)
			worst, at := 0.0, float32(0)
			for i, x := range xs {
				want := activation64[k.Variant.Func](float64(x))
				e := ulps(y[i], want)
				if k.Variant.Func == "hard_sigmoid" && math.Abs(float64(x)+3) < 0.1 {
					// x + 3 is rounded as a number near 3 before it cancels.
					if math.Abs(float64(y[i])-want) > 6e-8 {
						t.Fatalf("f(%v) = %v, want %v", x, y[i], want)
					}
					continue
				}
				if e > worst {
					worst, at = e, x
				}
			}
			if worst > bound {
				t.Errorf("error %.3f ulp at %v, want at most %v", worst, at, bound)
			}
			t.Logf("largest error %.3f ulp, at %v", worst, at)
		})
	}
}

// TestGradientAccuracy does the same for derivatives, in absolute terms, since
// they cross zero.
func TestGradientAccuracy(t *testing.T) {
	const alpha = 0.25
	fromOutput := map[string]bool{}
	for _, a := range simd.Activations() {
		fromOutput[a.Name] = a.FromOutput
	}
	for _, k := range Kernels("actGrad") {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			xs := sweep(8191)
			r := append([]float32(nil), xs...)
			if fromOutput[k.Variant.Func] {
				for i, x := range xs {
					r[i] = float32(activation64[k.Variant.Func](float64(x)))
				}
			}
			dy, dx := make([]float32, len(xs)), make([]float32, len(xs))
			for i := range dy {
				dy[i] = 1
			}
			n := reflect.ValueOf(len(xs))
			if !callHardware(k, []reflect.Value{reflect.ValueOf(&dy[0]), reflect.ValueOf(&r[0]), reflect.ValueOf(&dx[0]), n, reflect.ValueOf(float32(alpha))}) {
				t.Skip("this machine cannot run it; TestActivationGradients has simulated it")
			}
			worst, at := 0.0, float32(0)
			for i, x := range xs {
				want := gradients64[k.Variant.Func](float64(x))
				if fromOutput[k.Variant.Func] && (r[i] == 0 || r[i] == 1 || math.Abs(want) > math.MaxFloat32) {
					continue // the output does not tell the input any more
				}
				if r[i] != 0 && math.Abs(float64(r[i])) < 0x1p-126 {
					continue // counts as zero
				}
				e := math.Abs(float64(dx[i])-want) / max(1, math.Abs(want))
				if !(e <= worst) {
					worst, at = e, x
				}
			}
			if !(worst <= 4e-7) {
				t.Errorf("error %.3g at %v", worst, at)
			}
			t.Logf("largest error %.3g, at %v", worst, at)
		})
	}
}
