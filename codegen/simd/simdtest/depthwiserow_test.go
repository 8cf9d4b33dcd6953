package simdtest

import (
	"math"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestDepthwiseRow compares the kernels with a float64 sum on odd geometries with
// gaps, and the portable form with the same.
func TestDepthwiseRow(t *testing.T) {
	forKernels(t, "depthwiseRow", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		v := k.Variant
		cols, step := int(v.Func[0]-'0'), int(v.Func[2]-'0')
		for c := range 20 {
			r := seeded(k, c)
			rows, channels, kh := r.IntN(4), 8*(1+r.IntN(6)), 1+r.IntN(4)
			xCol := channels + 8*r.IntN(2)
			xRow := (step*(v.MR-1)+cols)*xCol + r.IntN(9)
			xDown := (1+r.IntN(2))*xRow + r.IntN(2)
			yCol := channels + r.IntN(9)
			yDown := v.MR*yCol + r.IntN(9)
			wPanel := kh*cols*16 + 16*r.IntN(2)
			last := max(0, rows-1)
			normal := func(n int) []float32 {
				f := make([]float32, n)
				for i := range f {
					f[i] = float32(r.NormFloat64())
				}
				return f
			}
			x := normal(last*xDown + kh*xRow)
			w, bias := normal((channels+15)/16*wPanel), normal((channels+15)/16*16)
			add, mask, y := normal(last*yDown+v.MR*yCol), normal(last*yDown+v.MR*yCol), normal(last*yDown+v.MR*yCol)
			want := append([]float32(nil), y...)
			xa, ya := floatArray("x", x, simd.None), floatArray("y", y, simd.None)
			adds, masks := floatArray("add", add, simd.None), floatArray("mask", mask, simd.None)
			for o := range rows {
				for px := range v.MR {
					at := o*yDown + px*yCol
					ya.allow(4*at, 4*channels, simd.Write)
					adds.allow(4*at, 4*channels, simd.Read)
					masks.allow(4*at, 4*channels, simd.Read)
					for i := range kh {
						for j := range cols {
							xa.allow(4*(o*xDown+i*xRow+(step*px+j)*xCol), 4*channels, simd.Read)
						}
					}
					for cc := range channels {
						sum := 0.0
						if v.Bias {
							sum = float64(bias[cc])
						}
						for i := range kh {
							for j := range cols {
								sum += float64(x[o*xDown+i*xRow+(step*px+j)*xCol+cc]) * float64(w[cc/16*wPanel+(i*cols+j)*16+cc%16])
							}
						}
						if v.Add {
							sum += float64(add[at+cc])
						}
						if v.ReLU {
							sum = max(sum, 0)
						}
						if v.Mask && !(mask[at+cc] > 0) {
							sum = 0
						}
						want[at+cc] = float32(sum)
					}
				}
			}
			flags := 0
			biasArg := floatArray("bias", bias, simd.Read)
			for _, e := range []struct {
				on   bool
				flag int
				p    **array
			}{{v.Bias, igemmBias, &biasArg}, {v.Add, igemmAdd, &adds}, {v.Mask, igemmMask, &masks}} {
				if e.on {
					flags |= e.flag
				} else {
					*e.p = nil
				}
			}
			if v.ReLU {
				flags |= igemmReLU
			}
			run(t, k, p, xa, floatArray("w", w, simd.Read), biasArg, adds, masks, ya,
				rows, channels, kh, xDown, xRow, xCol, yDown, yCol, wPanel)
			depthwiseRowGo(cols, step, v.MR, flags, &x[0], &w[0], &bias[0], &add[0], &mask[0], &y[0],
				rows, channels, kh, xDown, xRow, xCol, yDown, yCol, wPanel)
			for i, got := range ya.floats() {
				for _, got := range []float32{got, y[i]} {
					if math.Abs(float64(got-want[i])) > 3e-5 {
						t.Fatalf("%d rows, %d channels, %d kernel rows: y[%d] = %v, want %v", rows, channels, kh, i, got, want[i])
					}
				}
			}
		}
	})
}
