package simdtest

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/compiler/target"
)

// convShape is a convolution layer with padding that keeps the size at stride
// 1. Inputs carry their halo; channels are what the buffers hold.
type convShape struct {
	size, ci, co, kernel, stride int
}

func (s convShape) String() string {
	return fmt.Sprintf("%dx%dx%d-%d_%dx%ds%d", s.size, s.size, s.ci, s.co, s.kernel, s.kernel, s.stride)
}

func (s convShape) out() int   { return (s.size + s.stride - 1) / s.stride }
func (s convShape) pitch() int { return (s.size + s.kernel - 1) * s.ci }
func (s convShape) k() int     { return s.kernel * s.kernel * s.ci }

// flops of one image, forward or either gradient.
func (s convShape) flops() float64 {
	return 2 * float64(s.k()) * float64(s.co) * float64(s.out()*s.out())
}

var benchShapes = []convShape{
	{255, 1, 32, 3, 1}, {255, 32, 32, 3, 1}, {63, 3, 32, 3, 1}, {63, 8, 32, 3, 1}, {63, 16, 32, 3, 1},
	{63, 32, 32, 3, 1}, {63, 64, 64, 3, 1}, {63, 128, 128, 3, 1}, {63, 64, 64, 3, 2},
	{63, 16, 64, 1, 1},
	{28, 1, 32, 3, 1}, {28, 1, 32, 5, 1}, {28, 3, 32, 3, 1}, {28, 8, 32, 3, 1}, {28, 16, 32, 3, 1},
	{28, 32, 32, 3, 1}, {28, 64, 64, 3, 1}, {28, 128, 128, 3, 1}, {28, 32, 64, 5, 1},
	{28, 64, 128, 1, 1}, {28, 32, 64, 3, 2},
	{14, 64, 64, 3, 1}, {14, 32, 64, 3, 1}, {7, 128, 128, 3, 1}, {7, 64, 128, 3, 1},
}

// floats allocates n float32 at a multiple of 64 bytes, filled with small values.
func floats(n int) []float32 {
	s := make([]float32, n+16)
	off := int(-uintptr(unsafe.Pointer(&s[0])) & 63 / 4)
	s = s[off : off+n : off+n]
	for i := range s {
		s[i] = float32(i%17-8) / 16
	}
	return s
}

// rate measures f, which does flops per call, against the FMA peak of the same
// seconds: both are the best of many short runs, taken in turns.
func rate(b *testing.B, isa simd.ISA, flops float64, f func()) {
	peak := fmaPeakAsm[simd.Kernel{Variant: simd.Variant{Family: "fmaPeak"}, ISA: isa}]
	f()
	bestF, bestPeak := time.Duration(1<<62), time.Duration(1<<62)
	const peakN = 20000
	for b.Loop() {
		reps := max(1, int(1e6/flops))
		t0 := time.Now()
		for range reps {
			f()
		}
		t1 := time.Now()
		bestF = min(bestF, t1.Sub(t0)/time.Duration(reps))
		peak(peakN)
		bestPeak = min(bestPeak, time.Since(t1))
	}
	got := flops / float64(bestF.Nanoseconds())
	top := simd.PeakFLOPs(isa, peakN) / float64(bestPeak.Nanoseconds())
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(got, "GFLOP/s")
	b.ReportMetric(100*got/top, "%peak")
}

// forwardPlan is a convolution as generated code runs it: row groups outside,
// panels inside, one table for all groups of equal height.
type forwardPlan struct {
	s      convShape
	isa    simd.ISA
	lanes  int
	rows   int
	x, w   []float32
	bias   []float32
	y      []float32
	seg    []int32
	tab    []int32
	full   []target.TileRun
	last   []target.TileRun
	kernel [7]igemmFunc
}

func newForwardPlan(s convShape, isa simd.ISA, constant bool, rows int) *forwardPlan {
	p := &forwardPlan{s: s, isa: isa, lanes: 16, rows: rows}
	if isa == simd.AVX512 {
		p.lanes = 32
	}
	n := s.out()
	if rows == 0 {
		p.rows = target.RowGroup(n, n, s.k(), p.lanes)
	}
	p.x = floats((s.size + s.kernel) * s.pitch())
	p.w = floats(s.co * s.k())
	p.bias = floats(s.co)
	p.y = floats(n * n * s.co)
	for i := range s.kernel {
		p.seg = append(p.seg, int32(i*s.pitch()))
	}
	for r := range p.rows {
		for q := range n {
			p.tab = append(p.tab, int32(r*s.stride*s.pitch()+q*s.stride*s.ci), int32((r*n+q)*s.co))
		}
	}
	p.full = target.SplitTiles(p.rows * n)
	p.last = target.SplitTiles(n % p.rows * n)
	for mr := 1; mr <= 6; mr++ {
		v := simd.Variant{Family: "igemm", MR: mr, Bias: true, ReLU: true}
		if constant {
			v.ConstSegs, v.ConstSegLen, v.ConstPitch = s.kernel, s.kernel*s.ci, s.pitch()
		}
		p.kernel[mr] = igemmAsm[simd.Kernel{Variant: v, Lanes: p.lanes, ISA: isa}]
	}
	return p
}

func (p *forwardPlan) run() {
	s := p.s
	n := s.out()
	for r := 0; r < n; r += p.rows {
		runs := p.full
		if r+p.rows > n {
			runs = p.last
		}
		for c := 0; c < s.co; c += p.lanes {
			x, w, y := &p.x[r*s.stride*s.pitch()], &p.w[c*s.k()], &p.y[r*n*s.co+c]
			at := 0
			for _, t := range runs {
				p.kernel[t.MR](x, w, &p.bias[c], nil, nil, y, &p.tab[at], t.Count, &p.seg[0], s.kernel, s.kernel*s.ci, 16*s.k())
				at += 2 * t.MR * t.Count
			}
		}
	}
}

func isConst(s convShape) bool {
	for _, c := range constForms {
		if c.segs == s.kernel && c.segLen == s.kernel*s.ci && c.pitch == s.pitch() {
			return true
		}
	}
	return false
}

func benchISAs(b *testing.B, f func(b *testing.B, isa simd.ISA)) {
	for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
		if supported(isa) {
			b.Run(isa.String(), func(b *testing.B) { f(b, isa) })
		}
	}
}

func BenchmarkForward(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		for _, s := range benchShapes {
			b.Run(s.String(), func(b *testing.B) {
				p := newForwardPlan(s, isa, false, 0)
				rate(b, isa, s.flops(), p.run)
			})
			if isConst(s) {
				b.Run(s.String()+"/const", func(b *testing.B) {
					p := newForwardPlan(s, isa, true, 0)
					rate(b, isa, s.flops(), p.run)
				})
			}
		}
	})
}

// BenchmarkDense is a dense layer of k inputs and n outputs at a small batch:
// few pixels, long sums, weights from the cache level they fit in.
func BenchmarkDense(b *testing.B) {
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		lanes := 2 * isa.Width()
		for _, k := range []int{1152, 6272} {
			for batch := 1; batch <= 6; batch++ {
				b.Run(fmt.Sprintf("%dx%d-128", batch, k), func(b *testing.B) {
					f := igemmAsm[simd.Kernel{Variant: simd.Variant{Family: "igemm", MR: batch, Bias: true, ReLU: true}, Lanes: lanes, ISA: isa}]
					x, w, bias, y := floats(batch*k), floats(128*k), floats(128), floats(batch*128)
					var tab []int32
					for p := range batch {
						tab = append(tab, int32(p*k), int32(p*128))
					}
					seg := []int32{0}
					rate(b, isa, 2*float64(batch*k*128), func() {
						for c := 0; c < 128; c += lanes {
							f(&x[0], &w[c*k], &bias[c], nil, nil, &y[c], &tab[0], 1, &seg[0], 1, k, 16*k)
						}
					})
				})
			}
		}
	})
}

// BenchmarkTile is each register tile alone, in the first-level cache.
func BenchmarkTile(b *testing.B) {
	const k, tiles = 144, 4
	benchISAs(b, func(b *testing.B, isa simd.ISA) {
		f, _ := simd.FamilyOf(simd.Variant{Family: "igemm"})
		for _, lanes := range f.Lanes[isa] {
			for mr := 6; mr >= 1; mr-- {
				kernel := igemmAsm[simd.Kernel{Variant: simd.Variant{Family: "igemm", MR: mr, Bias: true, ReLU: true}, Lanes: lanes, ISA: isa}]
				b.Run(fmt.Sprintf("%dx%d", mr, lanes), func(b *testing.B) {
					x, w, bias, y := floats(tiles*mr*k), floats(32*k), floats(32), floats(tiles*mr*32)
					var tab []int32
					for p := range tiles * mr {
						tab = append(tab, int32(p*k), int32(p*32))
					}
					seg := []int32{0, 48, 96}
					rate(b, isa, 2*float64(tiles*mr*k*lanes), func() {
						kernel(&x[0], &w[0], &bias[0], nil, nil, &y[0], &tab[0], tiles, &seg[0], 3, 48, 16*k)
					})
				})
			}
		}
	})
}
