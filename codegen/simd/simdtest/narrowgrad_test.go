package simdtest

import (
	"math"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestNarrowGrad compares weight gradients of few output channels with a float64 sum on
// odd blocks with gaps and runs that end within a tile, and the portable form with the
// same.
func TestNarrowGrad(t *testing.T) {
	forKernels(t, "narrowGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		n := int(k.Variant.Func[0] - '0')
		for c := range 40 {
			r := seeded(k, c)
			segs, segLen := 1+r.IntN(3), 8*(1+r.IntN(1+c))
			dyb := newBlock(r, n)
			xb := dyb
			xb.col = 1 + r.IntN(24)
			xb.row = xb.col*xb.cols + r.IntN(5)
			xb.img = xb.row*xb.rows + r.IntN(5)
			var seg []int32
			for range segs {
				seg = append(seg, int32(r.IntN(40)))
			}
			sumRow := segs*segLen + r.IntN(9)
			random := func(n int) []float32 {
				f := make([]float32, n)
				for i := range f {
					f[i] = float32(r.NormFloat64())
				}
				return f
			}
			x, dy, sums := random(40+segLen+xb.imgs*xb.img), random(dyb.imgs*dyb.img), random(n*sumRow)
			var xoff, dyoff []int
			xb.each(func(_, off int) { xoff = append(xoff, off) })
			dyb.each(func(_, off int) { dyoff = append(dyoff, off) })
			want := append([]float32(nil), sums...)
			xa, da, sa := floatArray("x", x, simd.None), floatArray("dy", dy, simd.None), floatArray("sums", sums, simd.None)
			for i, off := range xoff {
				da.allow(4*dyoff[i], 4*n, simd.Read)
				for _, s := range seg {
					xa.allow(4*(off+int(s)), 4*segLen, simd.Read)
				}
			}
			for j := range n {
				sa.allow(4*j*sumRow, 4*segs*segLen, simd.Read|simd.Write)
				for i := range segs * segLen {
					sum := float64(sums[j*sumRow+i])
					for q := range xoff {
						sum += float64(x[int(seg[i/segLen])+i%segLen+xoff[q]]) * float64(dy[dyoff[q]+j])
					}
					want[j*sumRow+i] = float32(sum)
				}
			}
			run(t, k, p, xa, da, sa, int32Array("seg", seg), segs, segLen, sumRow,
				xb.imgs, xb.rows, xb.cols, xb.img, xb.row, xb.col, dyb.img, dyb.row, dyb.col)
			narrowGradGo(n, &x[0], &dy[0], &sums[0], &seg[0], segs, segLen, sumRow,
				xb.imgs, xb.rows, xb.cols, xb.img, xb.row, xb.col, dyb.img, dyb.row, dyb.col)
			for i, got := range sa.floats() {
				for _, got := range []float32{got, sums[i]} {
					if math.Abs(float64(got-want[i])) > 1e-4 {
						t.Fatalf("%d runs of %d, %d pixels: sum %d is %v, want %v", segs, segLen, len(xoff), i, got, want[i])
					}
				}
			}
		}
	})
}
