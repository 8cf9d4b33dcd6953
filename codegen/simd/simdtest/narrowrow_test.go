package simdtest

import (
	"math"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestNarrowRow compares the kernels with a float64 sum on odd geometries with gaps,
// and the portable form with the same.
func TestNarrowRow(t *testing.T) {
	forKernels(t, "narrowRow", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		v := k.Variant
		cols, step := int(v.Func[0]-'0'), int(v.Func[2]-'0')
		for n := range 12 {
			r := seeded(k, n)
			rows, c, kh := r.IntN(4), 8*(1+r.IntN(6)), 1+r.IntN(4)
			xRow := (step*(v.MR-1)+cols)*c + r.IntN(9)
			xDown := (1+r.IntN(2))*xRow + r.IntN(2)
			yCol := 8 + r.IntN(9)
			yDown := v.MR*yCol + r.IntN(9)
			last := max(0, rows-1)
			normal := func(n int) []float32 {
				f := make([]float32, n)
				for i := range f {
					f[i] = float32(r.NormFloat64())
				}
				return f
			}
			x, w, bias := normal(last*xDown+kh*xRow), normal(kh*cols*c), normal(8)
			size := last*yDown + v.MR*yCol
			add, mask, y := normal(size), normal(size), normal(size)
			want := append([]float32(nil), y...)
			xa, ya := floatArray("x", x, simd.None), floatArray("y", y, simd.None)
			adds, masks := floatArray("add", add, simd.None), floatArray("mask", mask, simd.None)
			for o := range rows {
				for px := range v.MR {
					at := o*yDown + px*yCol
					ya.allow(4*at, 4*8, simd.Write)
					adds.allow(4*at, 4*8, simd.Read)
					masks.allow(4*at, 4*8, simd.Read)
					dot := 0.0
					for i := range kh {
						from := o*xDown + i*xRow + step*px*c
						xa.allow(4*from, 4*cols*c, simd.Read)
						for q := range cols * c {
							dot += float64(x[from+q]) * float64(w[i*cols*c+q])
						}
					}
					for j := range 8 {
						sum := 0.0
						if j == 0 {
							sum = dot
						}
						if v.Bias {
							sum += float64(bias[j])
						}
						if v.Add {
							sum += float64(add[at+j])
						}
						if v.ReLU {
							sum = max(sum, 0)
						}
						if v.Mask && !(mask[at+j] > 0) {
							sum = 0
						}
						want[at+j] = float32(sum)
					}
				}
			}
			biasArg := floatArray("bias", bias, simd.Read)
			for _, e := range []struct {
				on bool
				p  **array
			}{{v.Bias, &biasArg}, {v.Add, &adds}, {v.Mask, &masks}} {
				if !e.on {
					*e.p = nil
				}
			}
			run(t, k, p, xa, floatArray("w", w, simd.Read), biasArg, adds, masks, ya, rows, c, kh, xDown, xRow, yDown, yCol)
			narrowRowGo(cols, step, v.MR, igemmFlags(v), &x[0], &w[0], &bias[0], &add[0], &mask[0], &y[0], rows, c, kh, xDown, xRow, yDown, yCol)
			for i, got := range ya.floats() {
				for _, got := range []float32{got, y[i]} {
					if math.Abs(float64(got-want[i])) > 1e-4 {
						t.Fatalf("%d rows, %d channels, %d kernel rows: y[%d] = %v, want %v", rows, c, kh, i, got, want[i])
					}
				}
			}
		}
	})
}
