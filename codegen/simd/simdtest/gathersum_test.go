package simdtest

import (
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

func TestGatherSum(t *testing.T) {
	forKernels(t, "gatherSum", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range 20 {
			r := seeded(k, c)
			n, vectors, entries := r.IntN(4), 1+r.IntN(4), 1+r.IntN(5)
			const channels = 32
			xStep, yStep := channels+r.IntN(5), 8*vectors+r.IntN(5)
			in, want := make([]float32, n*xStep+1), make([]float32, n*yStep+1)
			for i := range in {
				in[i] = float32(r.NormFloat64())
			}
			x, y := floatArray("x", in[:n*xStep], simd.None), floatArray("y", want[:n*yStep], simd.None)
			var tab []int32
			for range vectors * entries {
				off := r.IntN(channels - 7)
				tab = append(tab, int32(off))
				for range 8 {
					tab = append(tab, int32(r.IntN(8)))
				}
				for range 8 {
					tab = append(tab, -int32(r.IntN(2)))
				}
				for o := range n {
					x.allow(4*(o*xStep+off), 32, simd.Read)
				}
			}
			for o := range n {
				y.allow(4*o*yStep, 32*vectors, simd.Write)
			}
			gatherSumGo(&in[0], &want[0], &tab[0], n, vectors, entries, xStep, yStep)
			run(t, k, p, x, y, int32Array("tab", tab), n, vectors, entries, xStep, yStep)
			for i, got := range y.floats() {
				if e := want[i]; got != e && (got == got || e == e) {
					t.Fatalf("%d pixels, %d vectors of %d: y[%d] = %v, want %v", n, vectors, entries, i, got, e)
				}
			}
		}
	})
}
