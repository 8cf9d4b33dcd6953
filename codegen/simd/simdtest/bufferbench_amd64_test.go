package simdtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/cnnc/cnnc/codegen/simd"
)

// measure reports the best of many short runs of f, which reads and writes
// bytes bytes per call and handles n elements.
func measure(b *testing.B, n, bytes int, f func()) {
	f()
	best := time.Duration(1 << 62)
	reps := max(1, 200_000/n)
	for b.Loop() {
		start := time.Now()
		for range reps {
			f()
		}
		best = min(best, time.Since(start))
	}
	per := float64(best.Nanoseconds()) / float64(reps)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/per, "Gelem/s")
	b.ReportMetric(float64(bytes)/per, "GB/s")
}

// forms runs a benchmark with the portable form and all assembled ones.
func forms(b *testing.B, name string, f func(b *testing.B, isa simd.ISA)) {
	for _, isa := range simd.ISAs {
		if isa == simd.Go || supported(isa) {
			b.Run(fmt.Sprintf("%s/%v", name, isa), func(b *testing.B) { f(b, isa) })
		}
	}
}

// benchLen is a buffer length in the first-level cache, with a remainder for
// both ISAs.
const benchLen = 3000

func BenchmarkActivation(b *testing.B) {
	x, y, dy := floats(benchLen), floats(benchLen), floats(benchLen)
	for i := range x {
		x[i] *= 9
	}
	for _, a := range simd.Activations() {
		c := actCases(b, a.Name)[0]
		forms(b, a.Name, func(b *testing.B, isa simd.ISA) {
			f := actOf(a.Name, isa)
			measure(b, benchLen, 8*benchLen, func() { f(&x[0], &y[0], benchLen, c.p) })
		})
		forms(b, a.Name+"_grad", func(b *testing.B, isa simd.ISA) {
			f := actGradOf(a.Name, isa)
			measure(b, benchLen, 12*benchLen, func() { f(&dy[0], &x[0], &y[0], benchLen, c.p) })
		})
	}
}

func BenchmarkBuffer(b *testing.B) {
	w, g, m, v := floats(benchLen), floats(benchLen), floats(benchLen), floats(benchLen)
	for i := range v {
		v[i] = v[i]*v[i] + 1e-6
	}
	plain := func(family string, isa simd.ISA) simd.Kernel {
		return simd.Kernel{Variant: simd.Variant{Family: family}, ISA: isa}
	}
	forms(b, "add", func(b *testing.B, isa simd.ISA) {
		f := addGo
		if isa != simd.Go {
			f = addAsm[plain("add", isa)]
		}
		measure(b, benchLen, 12*benchLen, func() { f(&w[0], &g[0], &m[0], benchLen) })
	})
	forms(b, "axpy", func(b *testing.B, isa simd.ISA) {
		f := axpyGo
		if isa != simd.Go {
			f = axpyAsm[plain("axpy", isa)]
		}
		measure(b, benchLen, 12*benchLen, func() { f(&w[0], &g[0], benchLen, 1e-9) })
	})
	forms(b, "dropout", func(b *testing.B, isa simd.ISA) {
		f := dropoutGo
		if isa != simd.Go {
			f = dropoutAsm[plain("dropout", isa)]
		}
		measure(b, benchLen, 8*benchLen, func() { f(&w[0], &m[0], benchLen, 77, 5, 1<<30, 1.25) })
	})
	factors := []float32{0, -1, 1, 1e-9, 0.1, 0.001, 1e-7}
	forms(b, "sgd", func(b *testing.B, isa simd.ISA) {
		f := sgdGo
		if isa != simd.Go {
			f = sgdAsm[plain("sgd", isa)]
		}
		measure(b, benchLen, 12*benchLen, func() { f(&w[0], &g[0], benchLen, &factors[0], 0, 1e-9, 1) })
	})
	forms(b, "adam", func(b *testing.B, isa simd.ISA) {
		f := adamGo
		if isa != simd.Go {
			f = adamAsm[plain("adam", isa)]
		}
		measure(b, benchLen, 28*benchLen, func() { f(&w[0], &g[0], &m[0], &v[0], benchLen, &factors[0], 0, 1e-9, 1) })
	})
	forms(b, "penalty", func(b *testing.B, isa simd.ISA) {
		f := penaltyGo
		if isa != simd.Go {
			f = penaltyAsm[plain("penalty", isa)]
		}
		var out [2]float64
		measure(b, benchLen, 4*benchLen, func() { f(&w[0], benchLen, &out[0]) })
	})
	forms(b, "softmax_10", func(b *testing.B, isa simd.ISA) {
		f := softmaxGo
		if isa != simd.Go {
			f = softmaxAsm[plain("softmax", isa)]
		}
		measure(b, 128*10, 128*16*8, func() { f(&w[0], &m[0], &g[0], 128, 10, 16) })
	})
	forms(b, "softmax_1000", func(b *testing.B, isa simd.ISA) {
		f := softmaxGo
		if isa != simd.Go {
			f = softmaxAsm[plain("softmax", isa)]
		}
		measure(b, 1000, 8000, func() { f(&w[0], &m[0], &g[0], 1, 1000, 1000) })
	})
}

// BenchmarkPool pools one row of a 28-pixel wide image, 2x2 with stride 2, in
// the first-level cache: maximum with relu and bits, its gradient, average.
func BenchmarkPool(b *testing.B) {
	for _, c := range []int{8, 16, 32, 64} {
		const n = 14
		x, y := floats(2*2*n*c), floats(n*c)
		bits := make([]byte, n*4*c/8)
		size := 4 * n * c // elements read
		forms(b, fmt.Sprintf("maxpoolReLUBits_%d", c), func(b *testing.B, isa simd.ISA) {
			k := simd.Kernel{Variant: simd.Variant{Family: "maxpool", ReLU: true, Bits: true}, ISA: isa}
			f := maxpoolAsm[k]
			if isa == simd.Go {
				f = func(x, y *float32, bits *byte, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol int) {
					maxpoolGo(maxpoolWithReLU|maxpoolWithBits, x, y, bits, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol)
				}
			}
			measure(b, size, 5*size, func() {
				f(&x[0], &y[0], &bits[0], n, c, 2, 2, 2*n*c, c, 2*c, c, 4*c/8, 2*c/8, c/8)
			})
		})
		forms(b, fmt.Sprintf("maxpool_%d", c), func(b *testing.B, isa simd.ISA) {
			f := maxpoolAsm[simd.Kernel{Variant: simd.Variant{Family: "maxpool"}, ISA: isa}]
			if isa == simd.Go {
				f = func(x, y *float32, bits *byte, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol int) {
					maxpoolGo(0, x, y, bits, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol)
				}
			}
			measure(b, size, 5*size, func() {
				f(&x[0], &y[0], nil, n, c, 2, 2, 2*n*c, c, 2*c, c, 0, 0, 0)
			})
		})
		forms(b, fmt.Sprintf("maxpoolGrad_%d", c), func(b *testing.B, isa simd.ISA) {
			f := maxpoolGradAsm[simd.Kernel{Variant: simd.Variant{Family: "maxpoolGrad"}, ISA: isa}]
			if isa == simd.Go {
				f = func(dp *float32, bits *byte, dx *float32, n, c, kh, kw, dxRow, dxCol, dxStep, dpStep, bitsStep, bitsRow, bitsCol int) {
					maxpoolGradGo(false, dp, bits, dx, n, c, kh, kw, dxRow, dxCol, dxStep, dpStep, bitsStep, bitsRow, bitsCol)
				}
			}
			measure(b, size, 5*size, func() {
				f(&y[0], &bits[0], &x[0], n, c, 2, 2, 2*n*c, c, 2*c, c, 4*c/8, 2*c/8, c/8)
			})
		})
		forms(b, fmt.Sprintf("avgpool_%d", c), func(b *testing.B, isa simd.ISA) {
			f := avgpoolAsm[simd.Kernel{Variant: simd.Variant{Family: "avgpool"}, ISA: isa}]
			if isa == simd.Go {
				f = avgpoolGo
			}
			measure(b, size, 5*size, func() { f(&x[0], &y[0], n, c, 2, 2, 2*n*c, c, 2*c, c, 0.25) })
		})
	}
}
