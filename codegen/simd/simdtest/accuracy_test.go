package simdtest

import (
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// sweep is every stride-th float32 of either sign with the infinities and a NaN,
// and all of them near the given numbers: in all a multiple of 8.
func sweep(stride uint32, near ...float64) []float32 {
	var s []float32
	for b := uint32(0); b <= 0x7f800000; b += stride {
		s = append(s, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	inf := float32(math.Inf(1))
	s = append(s, inf, -inf, float32(math.NaN()), math.MaxFloat32, -math.MaxFloat32, 0x1p-126, -0x1p-126, 0x1p-149)
	for _, x := range near {
		down, up := float32(x), float32(x)
		for range 64 {
			s = append(s, down, up, -down, -up)
			down, up = math.Nextafter32(down, -inf), math.Nextafter32(up, inf)
		}
	}
	return append(s, make([]float32, 7-(len(s)+7)%8)...)
}

// edges are numbers that the kernels of an activation make distinctions by, beside
// its kinks: where exponentials underflow or overflow, and where formulas change.
var edges = []float64{0, 0.5, 1, 2, 3, 6, 9, 10.2, 13.2, 15, 17.5, 40, 87.33, 88.72, 103.97, 110, 1 << 25, 1 << 60}

// ulps is the distance of got from want in units of the last place of want, or of
// floor where that is larger. Kernels flush subnormal inputs, intermediate results
// and results, so twice the least normal number is no distance.
func ulps(got float32, want, floor float64) float64 {
	w := float32(want)
	if got == w || got != got && want != want || math.Abs(float64(got)-want) <= 0x1p-125 {
		return 0
	}
	if got != got || want != want || math.IsInf(float64(got), 0) || math.IsInf(float64(w), 0) {
		return math.Inf(1)
	}
	_, exp := math.Frexp(max(math.Abs(want), floor))
	return math.Abs(float64(got)-want) / math.Ldexp(1, exp-24)
}

// strides of sweeps on the machine and in the simulator.
const (
	denseStride     = 4099
	simulatedStride = 600011
)

// TestActivationAccuracy compares all forms of all activations with float64 over
// the range of float32 and holds them to the error that is stated.
func TestActivationAccuracy(t *testing.T) {
	for _, c := range actCases(t, "") {
		near := slices.Concat(edges, c.of.KinksAt(c.params()))
		for _, isa := range simd.ISAs {
			t.Run(c.name()+"/"+isa.String(), func(t *testing.T) {
				t.Parallel()
				xs := sweep(denseStride, near...)
				y := make([]float32, len(xs))
				if f := actOf(c.Name, isa); f != nil {
					f(&xs[0], &y[0], len(xs), c.p)
				} else {
					xs = sweep(simulatedStride, c.of.KinksAt(c.params())...)
					k := simd.Kernel{Variant: simd.Variant{Family: "act", Func: c.Name}, ISA: isa}
					in, out := floatArray("x", xs, simd.Read), floatArray("y", make([]float32, len(xs)), simd.Write)
					run(t, k, program(t, k), append([]any{in, out, len(xs)}, c.args()...)...)
					y = out.floats()
				}
				c.judge(t, xs, y, c.f, c.Accuracy.Forward, 0)
			})
		}
	}
}

// TestGradientAccuracy does the same for derivatives, as functions of what the
// kernels take.
func TestGradientAccuracy(t *testing.T) {
	for _, c := range actCases(t, "") {
		near := slices.Concat(edges, c.of.KinksAt(c.params()))
		for _, isa := range simd.ISAs {
			t.Run(c.name()+"/"+isa.String(), func(t *testing.T) {
				t.Parallel()
				r := c.arguments(sweep(denseStride, near...))
				dy, dx := slices.Repeat([]float32{1}, len(r)), make([]float32, len(r))
				if f := actGradOf(c.Name, isa); f != nil {
					f(&dy[0], &r[0], &dx[0], len(r), c.p)
				} else {
					r = c.arguments(sweep(simulatedStride, c.of.KinksAt(c.params())...))
					k := simd.Kernel{Variant: simd.Variant{Family: "actGrad", Func: c.Name}, ISA: isa}
					one, in, out := floatArray("dy", dy[:len(r)], simd.Read), floatArray("r", r, simd.Read), floatArray("dx", dx[:len(r)], simd.Write)
					run(t, k, program(t, k), append([]any{one, in, out, len(r)}, c.args()...)...)
					dx = out.floats()
				}
				c.judge(t, r, dx, c.d, c.Accuracy.Gradient, c.Accuracy.GradientFloor())
			})
		}
	}
}

// arguments are what the gradient kernel takes for these inputs. Subnormal ones
// count as zeros, which the derivative need not be continuous at, so there are none.
func (c *actCase) arguments(xs []float32) []float32 {
	r := make([]float32, len(xs))
	for i, x := range xs {
		if r[i] = x; c.FromOutput {
			r[i] = float32(c.f(float64(x)))
		}
	}
	return flushed(r)
}

// judge compares results with the reference.
func (c *actCase) judge(t *testing.T, xs, got []float32, f func(float64) float64, bound, floor float64) {
	worst, at := 0.0, 0
	for i, x := range xs {
		if e := ulps(got[i], f(float64(x)), floor); e > worst {
			worst, at = e, i
		}
	}
	if worst > bound {
		t.Errorf("error %.3f ulp at %v: %v, want %v; %v is stated", worst, xs[at], got[at], f(float64(xs[at])), bound)
	}
	t.Logf("largest error %.3f ulp, at %v", worst, xs[at])
}
