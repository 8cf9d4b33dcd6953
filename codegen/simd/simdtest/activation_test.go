package simdtest

import (
	"fmt"
	"math"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/op"
)

// forward and backward are kernels of activations, all with one signature.
type (
	forward  func(x, y *float32, n int, p []float32)
	backward func(dy, r, dx *float32, n int, p []float32)
)

// form is the function of a kernel of family act or actGrad: portable under
// simd.Go, else assembled, nil if this machine cannot run that.
func form(family, name string, isa simd.ISA) any {
	v := simd.Variant{Family: family, Func: name}
	switch {
	case isa == simd.Go:
		return portableForms[v.Name()]
	case supported(isa):
		return assembled(simd.Kernel{Variant: v, ISA: isa})
	}
	return nil
}

// actOf is a forward kernel, nil if this machine cannot run it.
func actOf(name string, isa simd.ISA) forward {
	switch f := form("act", name, isa).(type) {
	case func(x, y *float32, n int):
		return func(x, y *float32, n int, _ []float32) { f(x, y, n) }
	case func(x, y *float32, n int, a float32):
		return func(x, y *float32, n int, p []float32) { f(x, y, n, p[0]) }
	case func(x, y *float32, n int, a, b float32):
		return func(x, y *float32, n int, p []float32) { f(x, y, n, p[0], p[1]) }
	case func(x, y *float32, n int, a, b, c float32):
		return func(x, y *float32, n int, p []float32) { f(x, y, n, p[0], p[1], p[2]) }
	}
	return nil
}

// actGradOf is a gradient kernel, nil if this machine cannot run it.
func actGradOf(name string, isa simd.ISA) backward {
	switch f := form("actGrad", name, isa).(type) {
	case func(dy, r, dx *float32, n int):
		return func(dy, r, dx *float32, n int, _ []float32) { f(dy, r, dx, n) }
	case func(dy, r, dx *float32, n int, a float32):
		return func(dy, r, dx *float32, n int, p []float32) { f(dy, r, dx, n, p[0]) }
	case func(dy, r, dx *float32, n int, a, b float32):
		return func(dy, r, dx *float32, n int, p []float32) { f(dy, r, dx, n, p[0], p[1]) }
	case func(dy, r, dx *float32, n int, a, b, c float32):
		return func(dy, r, dx *float32, n int, p []float32) { f(dy, r, dx, n, p[0], p[1], p[2]) }
	}
	return nil
}

// actCase is an activation with parameters that float32 holds, and its float64
// reference.
type actCase struct {
	simd.Activation
	of *op.Activation
	p  []float32
}

// actCases are all activations under their usual parameters and, where they have
// any, under others.
func actCases(t testing.TB, name string) []actCase {
	var out []actCase
	for _, a := range simd.Activations() {
		if name != "" && a.Name != name {
			continue
		}
		f := op.LookupActivation(a.Name)
		if f == nil {
			t.Fatalf("%s: no reference", a.Name)
		}
		usual, sample := f.Attr().Params, f.Attr(f.Sample...).Params
		out = append(out, actCase{a, f, nil})
		if usual != sample {
			out = append(out, actCase{a, f, nil})
		}
		for i := range f.Params {
			out[len(out)-1].p = append(out[len(out)-1].p, float32(sample[i]))
			if usual != sample {
				out[len(out)-2].p = append(out[len(out)-2].p, float32(usual[i]))
			}
		}
	}
	return out
}

func (c *actCase) name() string { return fmt.Sprint(c.Name, c.p) }

// params are the parameters as the reference takes them, args as a kernel's
// simulation does.
func (c *actCase) params() (p [3]float64) {
	for i, x := range c.p {
		p[i] = float64(x)
	}
	return p
}

func (c *actCase) args() (list []any) {
	for _, x := range c.p {
		list = append(list, x)
	}
	return list
}

// f is the function, d its derivative of what the gradient kernel takes.
func (c *actCase) f(x float64) float64 { return c.of.F(x, c.params()) }
func (c *actCase) d(r float64) float64 { return c.of.D(r, c.params()) }

func TestActivations(t *testing.T) {
	forKernels(t, "act", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for _, c := range actCases(t, k.Variant.Func) {
			portable := actOf(k.Variant.Func, simd.Go)
			for i, n := range counts {
				in := values(seeded(k, i), n+1)
				want := make([]float32, n+1)
				portable(&in[0], &want[0], n, c.p)
				x, y := floatArray("x", in[:n], simd.Read), floatArray("y", in[:n], simd.Write)
				run(t, k, p, append([]any{x, y, n}, c.args()...)...)
				got := y.floats()
				for i := range got {
					if !close32(got[i], want[i], 8e-7) {
						t.Fatalf("%s, n = %d: f(%v) = %v, portable Go has %v", c.name(), n, in[i], got[i], want[i])
					}
				}
				both := floatArray("x and y", in[:n], simd.ReadWrite)
				run(t, k, p, append([]any{both, both, n}, c.args()...)...)
				if err := y.same(both.data, y.data); err != nil {
					t.Fatalf("%s, n = %d: in place: %v", c.name(), n, err)
				}
			}
		}
	})
}

func TestActivationGradients(t *testing.T) {
	forKernels(t, "actGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for _, c := range actCases(t, k.Variant.Func) {
			act, grad := actOf(k.Variant.Func, simd.Go), actGradOf(k.Variant.Func, simd.Go)
			for i, n := range counts {
				r := seeded(k, i)
				up, ref := make([]float32, n+1), values(r, n+1)
				for i := range up {
					up[i] = float32(r.NormFloat64())
				}
				if c.FromOutput {
					act(&ref[0], &ref[0], n, c.p)
				}
				want := make([]float32, n+1)
				grad(&up[0], &flushed(ref)[0], &want[0], n, c.p)
				dy, x := floatArray("dy", up[:n], simd.Read), floatArray("r", ref[:n], simd.Read)
				dx := floatArray("dx", up[:n], simd.Write)
				run(t, k, p, append([]any{dy, x, dx, n}, c.args()...)...)
				got := dx.floats()
				for i := range got {
					// f' has zeros, near which only its absolute error is small.
					limit := 1e-6 * math.Abs(float64(up[i]))
					if !close32(got[i], want[i], 1e-6) && !(math.Abs(float64(got[i])-float64(want[i])) <= limit) {
						t.Fatalf("%s, n = %d: r = %v, dy = %v: got %v, portable Go has %v", c.name(), n, ref[i], up[i], got[i], want[i])
					}
				}
				same := floatArray("dy and dx", up[:n], simd.ReadWrite)
				run(t, k, p, append([]any{same, x, same, n}, c.args()...)...)
				if err := dx.same(same.data, dx.data); err != nil {
					t.Fatalf("%s, n = %d: in place of dy: %v", c.name(), n, err)
				}
				same = floatArray("r and dx", ref[:n], simd.ReadWrite)
				run(t, k, p, append([]any{dy, same, same, n}, c.args()...)...)
				if err := dx.same(same.data, dx.data); err != nil {
					t.Fatalf("%s, n = %d: in place of r: %v", c.name(), n, err)
				}
			}
		}
	})
}
