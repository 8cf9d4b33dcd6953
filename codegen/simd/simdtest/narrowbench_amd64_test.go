package simdtest

import (
	"fmt"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/target"
)

// narrowShapes are layers to few output channels; their inputs are multiples of 8.
var narrowShapes = []convShape{
	{28, 32, 1, 3, 1}, {28, 32, 2, 3, 1}, {28, 32, 3, 3, 1}, {28, 32, 4, 3, 1}, {28, 32, 5, 3, 1}, {28, 32, 6, 3, 1},
	{28, 128, 3, 3, 1}, {63, 128, 3, 3, 1}, {255, 32, 3, 3, 1}, {28, 16, 1, 3, 1}, {28, 16, 3, 3, 1}, {28, 8, 1, 3, 1},
	{28, 32, 3, 5, 1}, {28, 32, 1, 7, 1}, {28, 64, 3, 1, 1}, {28, 64, 1, 1, 1}, {28, 16, 1, 1, 1}, {28, 24, 2, 3, 2},
}

// BenchmarkNarrow is forward convolution to few output channels, as generated code
// runs it.
func BenchmarkNarrow(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		for _, s := range narrowShapes {
			b.Run(s.String(), func(b *testing.B) {
				n := s.out()
				rows := target.RowGroup(n, n, s.k(), 16)
				x, w, bias, y := floats((s.size+s.kernel)*s.pitch()), floats(s.co*s.k()), floats(8), floats(n*n*8)
				var seg, tab []int32
				for i := range s.kernel {
					seg = append(seg, int32(i*s.pitch()))
				}
				for r := range rows {
					for q := range n {
						tab = append(tab, int32(r*s.stride*s.pitch()+q*s.stride*s.ci), int32((r*n+q)*8))
					}
				}
				kernel := func(mr int) igemmFunc {
					return narrowAsm[simd.Kernel{Variant: simd.Variant{Family: "narrow", Func: fmt.Sprintf("%dc", s.co), MR: mr, Bias: true, ReLU: true}, ISA: isa}]
				}
				rate(b, isa, s.flops(), func() {
					for r := 0; r < n; r += rows {
						at := 0
						for _, t := range target.SplitNarrow(min(rows, n-r)*n, s.co) {
							kernel(t.MR)(&x[r*s.stride*s.pitch()], &w[0], &bias[0], nil, nil, &y[r*n*8], &tab[at], t.Count, &seg[0], s.kernel, s.kernel*s.ci, s.k())
							at += 2 * t.MR * t.Count
						}
					}
				})
			})
		}
	})
}

// BenchmarkNarrowGrad is the weight gradient of these layers, in blocks of rows.
func BenchmarkNarrowGrad(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		for _, s := range narrowShapes {
			b.Run(s.String(), func(b *testing.B) {
				n := s.out()
				rows := target.NarrowGradRows(n, n, s.k(), s.stride*s.pitch(), s.co)
				x, dy, sums := floats((s.size+s.kernel)*s.pitch()), floats(n*n*8), floats(s.co*s.k())
				var seg []int32
				for i := range s.kernel {
					seg = append(seg, int32(i*s.pitch()))
				}
				kernel := narrowGradAsm[simd.Kernel{Variant: simd.Variant{Family: "narrowGrad", Func: fmt.Sprintf("%dc", s.co)}, ISA: isa}]
				rate(b, isa, s.flops(), func() {
					for r := 0; r < n; r += rows {
						kernel(&x[r*s.stride*s.pitch()], &dy[r*n*8], &sums[0], &seg[0], s.kernel, s.kernel*s.ci, s.k(),
							1, min(rows, n-r), n, 0, s.stride*s.pitch(), s.stride*s.ci, 0, n*8, 8)
					}
				})
			})
		}
	})
}

// BenchmarkNarrowRow is those of the layers to one channel, along rows.
func BenchmarkNarrowRow(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		for _, s := range narrowShapes {
			if s.co > 1 {
				continue
			}
			b.Run(s.String(), func(b *testing.B) {
				n := s.out()
				x, w, bias, y := floats((s.size+s.kernel)*s.pitch()), floats(s.k()), floats(8), floats(n*n*8)
				tiles := target.SplitRow(n, s.kernel, s.kernel, s.stride, 4*s.ci)
				rate(b, isa, s.flops(), func() {
					at := 0
					for _, t := range tiles {
						kernel := narrowRowAsm[simd.Kernel{Variant: simd.Variant{Family: "narrowRow", Func: fmt.Sprintf("%ds%d", s.kernel, s.stride), MR: t.MR, Bias: true, ReLU: true}, ISA: isa}]
						for range t.Count {
							kernel(&x[at*s.stride*s.ci], &w[0], &bias[0], nil, nil, &y[at*8], n, s.ci, s.kernel, s.stride*s.pitch(), s.pitch(), n*8, 8)
							at += t.MR
						}
					}
				})
			})
		}
	})
}
