package simdtest

import (
	"math"
	"reflect"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// portableOptimizers are the kernels in plain Go.
var portableOptimizers = map[string]any{
	"sgd":                     sgdGo,
	"momentum":                momentumGo,
	"nesterov":                nesterovGo,
	"adam":                    adamGo,
	"amsgrad":                 amsgradGo,
	"rmsprop":                 rmspropGo,
	"rmspropMomentum":         rmspropMomentumGo,
	"rmspropCentered":         rmspropCenteredGo,
	"rmspropCenteredMomentum": rmspropCenteredMomentumGo,
	"adagrad":                 adagradGo,
	"adadelta":                adadeltaGo,
	"adamax":                  adamaxGo,
	"nadam":                   nadamGo,
	"ftrl":                    ftrlGo,
	"ftrlPower":               ftrlPowerGo,
	"lion":                    lionGo,
	"lamb":                    lambGo,
}

// optimizerFactors are numbers that no two factors share, so that a mixed-up one
// is seen. Those that divide or are raised are not small.
var optimizerFactors = map[string]float32{
	"decay": 0.01, "low": -1.5, "high": 1.25, "lr": 0.1, "mu": 0.9, "alpha": 0.11, "rest": 0.05, "rest1": 0.2, "rest2": 0.06, "eps": 1e-3,
	"beta1": 0.8, "beta2": 0.94, "lrM": 0.12, "lrG": 0.07, "scaleV": 1.3, "scaleM": 1.7,
	"inverse": 4, "l1Strength": 0.3, "twiceL2": 0.25, "twiceShrinkage": 0.15, "power": 0.7, "ofZero": 0,
}

func TestOptimizers(t *testing.T) {
	for _, o := range simd.Optimizers() {
		forKernels(t, o.Kernel, func(t *testing.T, k simd.Kernel, p *simd.Program) {
			var f []float32
			for _, name := range o.Factors {
				v, ok := optimizerFactors[name]
				if !ok {
					t.Fatalf("no value for the factor %s", name)
				}
				f = append(f, v)
			}
			tolerance := 2e-6
			if o.Kernel == "ftrlPower" {
				tolerance = 1e-5 // a difference of powers
			}
			for c, n := range counts {
				r := seeded(k, c)
				const l1, l2, scale = float32(0.02), float32(0.3), float32(0.75)
				var arrays []*array
				var asm, portable []any
				var want [][]float32
				for i := range 2 + len(o.State) {
					x := make([]float32, n+1)
					for j := range x {
						x[j] = float32(r.NormFloat64())
						if i > 1 && !signed(o.State[i-2]) {
							// Not far below: centring must not make a root of less than 0.
							x[j] = x[j]*x[j] + 1
						}
						if r.IntN(9) == 0 && (o.Kernel != "rmspropCentered" && o.Kernel != "rmspropCenteredMomentum" || i < 2) {
							x[j] = float32(math.Copysign(0, float64(x[j])))
						}
						if i > 1 && o.State[i-2] == "a" && (o.Kernel == "rmspropCentered" || o.Kernel == "rmspropCenteredMomentum") {
							x[j] = float32(r.Float64() - 0.5)
						}
					}
					access := simd.ReadWrite
					switch {
					case i == 0 && o.Direction, i == 1 && !o.Direction:
						access = simd.Read
					}
					a := floatArray("", x[:n], access)
					arrays, want = append(arrays, a), append(want, x)
					asm, portable = append(asm, a), append(portable, &x[0])
				}
				asm = append(asm, n, floatArray("f", f, simd.Read), l1, l2, scale)
				run(t, k, p, asm...)
				portable = append(portable, n, &f[0], l1, l2, scale)
				var args []reflect.Value
				for _, v := range portable {
					args = append(args, reflect.ValueOf(v))
				}
				reflect.ValueOf(portableOptimizers[o.Kernel]).Call(args)
				for i, a := range arrays {
					for j, got := range a.floats() {
						if d := math.Abs(float64(got) - float64(want[i][j])); !(d <= tolerance*max(1, math.Abs(float64(want[i][j])))) {
							t.Fatalf("n = %d: parameter %d, element %d is %v, portable Go has %v", n, i, j, got, want[i][j])
						}
					}
				}
			}
		})
	}
}

// signed says that a vector of state has numbers of both signs.
func signed(state string) bool { return state == "m" || state == "z" }

// TestPower compares the power of ftrlPower with the exact one, over the exponents
// it may have and the sums that gradients may make: with no gradient, state or
// penalty, sum = x and w = 1 the step leaves z = 1 and w = (0 - z)/(x^p*inverse).
func TestPower(t *testing.T) {
	forKernels(t, "ftrlPower", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		const n = 16
		for _, power := range []float32{0, 0.1, 0.5, 0.9, 1, 2} {
			for e := -100; e < 30; e++ {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(math.Ldexp(1+float64(i)/n, e))
				}
				if e == -100 {
					x[3] = 0
				}
				w, z, g := make([]float32, n), make([]float32, n), make([]float32, n)
				for i := range w {
					z[i] = 1
				}
				ofZero := float32(math.Pow(0, float64(power)))
				f := []float32{0, -10, 10, 1, 0, 0, 0, power, ofZero}
				out := floatArray("w", w, simd.ReadWrite)
				run(t, k, p, out, floatArray("g", g, simd.Read), floatArray("sum", x, simd.ReadWrite), floatArray("z", z, simd.ReadWrite),
					n, floatArray("f", f, simd.Read), float32(0), float32(0), float32(1))
				for i, got := range out.floats() {
					want := -1 / math.Pow(float64(x[i]), float64(power))
					if math.Abs(want) > 0.99/0x1p-126 {
						continue // the power counts as 0
					}
					if math.Abs(float64(got)/want-1) > 1e-5 {
						t.Fatalf("%v^%v: 1/it is %v, want %v", x[i], power, -got, -want)
					}
				}
			}
		}
	})
}

func TestActivityGrad(t *testing.T) {
	forKernels(t, "activityGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c, n := range counts {
			r := seeded(k, c)
			dy, x, want := make([]float32, n+1), make([]float32, n+1), make([]float32, n+1)
			for i := range dy {
				dy[i], x[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
				if r.IntN(5) == 0 {
					x[i] = float32(math.Copysign(0, float64(x[i])))
				}
			}
			const l1, l2 = float32(0.3), float32(0.7)
			activityGradGo(&dy[0], &x[0], &want[0], n, l1, l2)
			out := floatArray("dx", make([]float32, n), simd.Write)
			run(t, k, p, floatArray("dy", dy[:n], simd.Read), floatArray("x", x[:n], simd.Read), out, n, l1, l2)
			both := floatArray("dy and dx", dy[:n], simd.ReadWrite)
			run(t, k, p, both, floatArray("x", x[:n], simd.Read), both, n, l1, l2)
			for i, got := range out.floats() {
				if math.Abs(float64(got)-float64(want[i])) > 1e-6 || both.floats()[i] != got {
					t.Fatalf("n = %d: dx[%d] = %v, in place %v, portable Go has %v", n, i, got, both.floats()[i], want[i])
				}
			}
		}
	})
}
