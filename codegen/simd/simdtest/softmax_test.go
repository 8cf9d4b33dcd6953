package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// rowsOf fills an operand of rows of classes a stride apart with normal deviates of
// that scale, now and then of something awkward; what lies behind the classes is a NaN
// that must not be read.
func rowsOf(r *rand.Rand, name string, rows, classes, stride int, scale float64, awkward ...float64) (*array, []float32) {
	in := make([]float32, rows*stride+1)
	for i := range in {
		in[i] = float32(math.NaN())
	}
	a := floatArray(name, in[:rows*stride], simd.None)
	for row := range rows {
		for j := range classes {
			v := r.NormFloat64() * scale
			if len(awkward) > 0 && r.IntN(30) == 0 {
				v = awkward[r.IntN(len(awkward))]
			}
			in[row*stride+j] = float32(v)
		}
		a.allow(4*row*stride, 4*classes, simd.Read)
	}
	copy(a.data, floatArray("", in[:rows*stride], 0).data)
	return a, in
}

func TestSoftmax(t *testing.T) {
	forKernels(t, "softmax", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		log := k.Variant.Func == "log"
		for c := range 60 {
			r := seeded(k, c)
			classes := 1 + r.IntN(40)
			stride, rows := (classes+7)/8*8+8*r.IntN(3), r.IntN(4)
			var awkward []float64
			if c%10 == 0 {
				awkward = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
			}
			z, in := rowsOf(r, "z", rows, classes, stride, 20, awkward...)
			out, stats := make([]float32, len(in)), make([]float32, 2*rows+1)
			if log {
				softmaxLogGo(&in[0], &out[0], rows, classes, stride)
			} else {
				softmaxGo(&in[0], &out[0], &stats[0], rows, classes, stride)
			}
			prob, st := floatArray("p", out[:rows*stride], simd.ReadWrite), floatArray("stats", stats[:2*rows], simd.Write)
			args := func(z, p, stats *array) []any {
				if log {
					return []any{z, p, rows, classes, stride}
				}
				return []any{z, p, stats, rows, classes, stride}
			}
			run(t, k, p, args(z, prob, st)...)
			for i, got := range prob.floats() {
				// Near a logarithm of 0 only the absolute error is small.
				if !close32(got, out[i], 2e-6) && !(log && math.Abs(float64(got)-float64(out[i])) < 1e-6) {
					t.Fatalf("%d rows of %d in %d: p[%d] = %v, want %v", rows, classes, stride, i, got, out[i])
				}
			}
			for i, got := range st.floats() {
				if !log && !close32(got, stats[i], 2e-6) {
					t.Fatalf("%d rows of %d in %d: stats[%d] = %v, want %v", rows, classes, stride, i, got, stats[i])
				}
			}
			both := floatArray("z and p", in[:rows*stride], simd.ReadWrite)
			run(t, k, p, args(both, both, nil)...)
			if err := prob.same(both.data, prob.data); err != nil {
				t.Fatalf("in place, without statistics: %v", err)
			}
		}
	})
}

func TestSoftmaxBack(t *testing.T) {
	forKernels(t, "softmaxBack", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range 40 {
			r := seeded(k, c)
			classes := 1 + r.IntN(40)
			stride, rows := (classes+7)/8*8+8*r.IntN(3), r.IntN(4)
			dy, up := rowsOf(r, "dy", rows, classes, stride, 1)
			y, in := rowsOf(r, "y", rows, classes, stride, 1)
			want := make([]float32, len(in))
			if k.Variant.Func == "log" {
				softmaxBackLogGo(&up[0], &in[0], &want[0], rows, classes, stride)
			} else {
				softmaxBackGo(&up[0], &in[0], &want[0], rows, classes, stride)
			}
			dx := floatArray("dx", up[:rows*stride], simd.Write)
			run(t, k, p, dy, y, dx, rows, classes, stride)
			for i, got := range dx.floats() {
				if !(math.Abs(float64(got)-float64(want[i])) <= 1e-5*(1+math.Abs(float64(want[i])))) || i%stride >= classes && got != 0 {
					t.Fatalf("%d rows of %d in %d: dx[%d] = %v, want %v", rows, classes, stride, i, got, want[i])
				}
			}
			for _, over := range [][]float32{up, in} {
				both := floatArray("both", over[:rows*stride], simd.ReadWrite)
				d, v := both, y
				if &over[0] == &in[0] {
					d, v = dy, both
				}
				run(t, k, p, d, v, both, rows, classes, stride)
				if err := dx.same(both.data, dx.data); err != nil {
					t.Fatalf("in place: %v", err)
				}
			}
		}
	})
}
