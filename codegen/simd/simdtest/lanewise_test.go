package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// counts are element counts that reach every path: nothing, eights only, one
// block of each ISA and more, with all remainders.
var counts = []int{0, 8, 16, 24, 32, 40, 56, 64, 72, 120, 136, 200}

// values fills a slice: mostly normal deviates of mixed scale, and the awkward
// points of activation functions.
func values(r *rand.Rand, n int) []float32 {
	awkward := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 3, -3, 6, 88, 89, -87.5, -103, -104.5, 1e-40, -1e-40, 1e30, -1e30,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), math.MaxFloat32}
	s := make([]float32, n)
	for i := range s {
		switch r.IntN(6) {
		case 0:
			s[i] = awkward[r.IntN(len(awkward))]
		case 1:
			s[i] = float32(r.NormFloat64() * 30)
		default:
			s[i] = float32(r.NormFloat64())
		}
	}
	return s
}

// flushed is s with zeros of their sign in place of subnormal numbers, as
// arithmetic in kernels sees its operands and leaves its results.
func flushed(s []float32) []float32 {
	out := append([]float32(nil), s...)
	for i, v := range out {
		if math.Abs(float64(v)) < 0x1p-126 {
			out[i] = float32(math.Copysign(0, float64(v)))
		}
	}
	return out
}

// close32 says whether two results agree to a relative error, or to twice the
// least normal number, since kernels flush what is below it; NaN equals NaN.
func close32(got, want, relative float32) bool {
	if got == want || got != got && want != want {
		return true
	}
	d := math.Abs(float64(got) - float64(want))
	return d <= float64(relative)*math.Abs(float64(want))+0x1p-125
}

func TestElementwise(t *testing.T) {
	forKernels(t, "add", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c, n := range counts {
			r := seeded(k, c)
			u, v, want := flushed(values(r, n+1)), flushed(values(r, n+1)), make([]float32, n+1)
			if k.Variant.ReLU {
				addReLUGo(&u[0], &v[0], &want[0], n)
			} else {
				addGo(&u[0], &v[0], &want[0], n)
			}
			a, b, y := floatArray("a", u[:n], simd.Read), floatArray("b", v[:n], simd.Read), floatArray("y", v[:n], simd.Write)
			run(t, k, p, a, b, y, n)
			if err := y.same(y.data, floatArray("", flushed(want[:n]), 0).data); err != nil {
				t.Fatalf("n = %d: %v", n, err)
			}
			sum := floatArray("b and y", v[:n], simd.ReadWrite)
			run(t, k, p, a, sum, sum, n)
			if err := y.same(sum.data, y.data); err != nil {
				t.Fatalf("n = %d: in place: %v", n, err)
			}
		}
	})
	for _, family := range []string{"axpy", "scale"} {
		forKernels(t, family, func(t *testing.T, k simd.Kernel, p *simd.Program) {
			for c, n := range counts {
				r := seeded(k, c)
				u, v := values(r, n+1), values(r, n+1)
				want := append([]float32(nil), v...)
				// Above the sum, a fused multiply-add may differ by a rounding of the product.
				size := make([]float64, n)
				for i := range size {
					size[i] = 0.7*math.Abs(float64(u[i])) + math.Abs(float64(v[i]))
				}
				x, y := floatArray("x", u[:n], simd.Read), floatArray("y", v[:n], simd.ReadWrite)
				if family == "axpy" {
					axpyGo(&u[0], &want[0], n, -0.7)
				} else {
					scaleGo(&u[0], &want[0], n, -0.7)
					y.allow(0, 4*n, simd.Write)
				}
				run(t, k, p, x, y, n, float32(-0.7))
				for i, got := range y.floats() {
					if !close32(got, want[i], 0) && !(math.Abs(float64(got)-float64(want[i])) <= size[i]*1.2e-7) {
						t.Fatalf("n = %d, element %d: got %v, want %v", n, i, got, want[i])
					}
				}
			}
		})
	}
}

func TestDropout(t *testing.T) {
	forKernels(t, "dropout", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		if k.Variant.Func == "words" {
			dropoutWords(t, k, p)
			return
		}
		for c, n := range counts {
			r := seeded(k, c)
			in, want := values(r, n+1), make([]float32, n+1)
			key, counter, threshold := r.Uint64(), r.Uint32(), r.Uint32()
			switch c {
			case 3:
				threshold = 0 // keeps all
			case 5:
				counter = 1<<32 - 9 // wraps around
			case 7:
				threshold = 1<<32 - 1
			}
			dropoutGo(&in[0], &want[0], n, key, counter, threshold, 1.25)
			x, y := floatArray("x", in[:n], simd.Read), floatArray("y", in[:n], simd.Write)
			run(t, k, p, x, y, n, key, counter, threshold, float32(1.25))
			if err := y.same(y.data, floatArray("", flushed(want[:n]), 0).data); err != nil {
				t.Fatalf("n = %d: %v", n, err)
			}
			both := floatArray("x and y", in[:n], simd.ReadWrite)
			run(t, k, p, both, both, n, key, counter, threshold, float32(1.25))
			if err := y.same(both.data, y.data); err != nil {
				t.Fatalf("n = %d: in place: %v", n, err)
			}
		}
	})
}
