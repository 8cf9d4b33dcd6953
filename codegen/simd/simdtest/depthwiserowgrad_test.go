package simdtest

import (
	"math"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestDepthwiseRowGrad compares the kernels and the portable form with a float64 sum
// on odd geometries with gaps.
func TestDepthwiseRowGrad(t *testing.T) {
	forKernels(t, "depthwiseRowGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		v := k.Variant
		kh, cols, step := int(v.Func[0]-'0'), int(v.Func[2]-'0'), int(v.Func[4]-'0')
		for c := range 15 {
			r := seeded(k, c)
			tiles, rows, channels := 1+r.IntN(3), 1+r.IntN(3), 8*(1+r.IntN(5))
			xCol, dyCol := channels+8*r.IntN(2), channels+r.IntN(9)
			xTile, dyTile := step*v.MR*xCol, v.MR*dyCol+r.IntN(4)
			xRow := tiles*xTile + cols*xCol + r.IntN(9)
			xNext, dyNext := step*xRow-tiles*xTile, r.IntN(9)
			dwPanel := kh*cols*16 + 16*r.IntN(2)
			normal := func(n int) []float32 {
				f := make([]float32, n)
				for i := range f {
					f[i] = float32(r.NormFloat64())
				}
				return f
			}
			x, dy := normal((step*(rows-1)+kh)*xRow), normal(rows*(tiles*dyTile+dyNext))
			dw, db := normal((channels+15)/16*dwPanel), normal(channels)
			want, wantB := make([]float64, len(dw)), make([]float64, len(db))
			for i, e := range dw {
				want[i] = float64(e)
			}
			for i, e := range db {
				wantB[i] = float64(e)
			}
			xa, da := floatArray("x", x, simd.None), floatArray("dy", dy, simd.None)
			wa, ba := floatArray("dw", dw, simd.None), floatArray("db", db, simd.ReadWrite)
			for cc := range channels {
				for tap := range kh * cols {
					wa.allow(4*(cc/16*dwPanel+tap*16+cc%16), 4, simd.ReadWrite)
				}
			}
			for q := range rows * tiles * v.MR {
				o, tile, px := q/v.MR/tiles, q/v.MR%tiles, q%v.MR
				xo := o*(tiles*xTile+xNext) + tile*xTile + step*px*xCol
				do := o*(tiles*dyTile+dyNext) + tile*dyTile + px*dyCol
				da.allow(4*do, 4*channels, simd.Read)
				for cc := range channels {
					if v.Bias {
						wantB[cc] += float64(dy[do+cc])
					}
				}
				for tap := range kh * cols {
					at := xo + tap/cols*xRow + tap%cols*xCol
					xa.allow(4*at, 4*channels, simd.Read)
					for cc := range channels {
						want[cc/16*dwPanel+tap*16+cc%16] += float64(x[at+cc]) * float64(dy[do+cc])
					}
				}
			}
			arg := ba
			if !v.Bias {
				arg = nil
			}
			run(t, k, p, xa, da, wa, arg, tiles, rows, channels, xTile, xNext, xRow, xCol, dyTile, dyNext, dyCol, dwPanel)
			depthwiseRowGradGo(kh, cols, step, v.MR, v.Bias, &x[0], &dy[0], &dw[0], &db[0],
				tiles, rows, channels, xTile, xNext, xRow, xCol, dyTile, dyNext, dyCol, dwPanel)
			check := func(name string, got []float32, want []float64) {
				for i, e := range got {
					if math.Abs(float64(e)-want[i]) > 5e-5 {
						t.Fatalf("%d tiles, %d rows, %d channels: %s[%d] = %v, want %v", tiles, rows, channels, name, i, e, want[i])
					}
				}
			}
			check("dw", wa.floats(), want)
			check("portable dw", dw, want)
			check("db", ba.floats(), wantB)
			check("portable db", db, wantB)
		}
	})
}
