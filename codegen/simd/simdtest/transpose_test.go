package simdtest

import (
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestTranspose turns blocks of any number of rows; the rest of y stays as it is.
func TestTranspose(t *testing.T) {
	forKernels(t, "transpose", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range 20 {
			r := seeded(k, c)
			n, rows := r.IntN(4), 4*r.IntN(5)
			xStep, yStep := 16*rows+r.IntN(40), 256+r.IntN(40)
			in, want := make([]float32, n*xStep+1), make([]float32, n*yStep+1)
			for i := range in {
				in[i] = float32(r.NormFloat64())
			}
			x, y := floatArray("x", in[:n*xStep], simd.None), floatArray("y", want[:n*yStep], simd.None)
			for o := range n {
				x.allow(4*o*xStep, 64*rows, simd.Read)
				for j := range 16 {
					y.allow(4*(o*yStep+16*j), 4*rows, simd.Write)
				}
			}
			for o := range n {
				for i := range rows {
					for j := range 16 {
						want[o*yStep+16*j+i] = in[o*xStep+16*i+j]
					}
				}
			}
			run(t, k, p, x, y, n, rows, xStep, yStep)
			for i, got := range y.floats() {
				if got != want[i] {
					t.Fatalf("%d blocks of %d rows: y[%d] = %v, want %v", n, rows, i, got, want[i])
				}
			}
			turned := make([]float32, len(want))
			transposeGo(&in[0], &turned[0], n, rows, xStep, yStep)
			for i, got := range turned {
				if got != want[i] {
					t.Fatalf("in Go: %d blocks of %d rows: y[%d] = %v, want %v", n, rows, i, got, want[i])
				}
			}
		}
	})
}
