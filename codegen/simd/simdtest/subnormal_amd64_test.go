package simdtest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/cnnc/cnnc/codegen/simd"
)

// subnormalCase is a kernel at work on two groups of operands, of which either
// may hold subnormal numbers.
type subnormalCase struct {
	name string
	make func(isa simd.ISA) (run func(), a, b [][]float32)
}

// plainKernel is a kernel of a family without lanes.
func plainKernel(v simd.Variant, isa simd.ISA) simd.Kernel { return simd.Kernel{Variant: v, ISA: isa} }

// subnormalCases has every family of kernels that does arithmetic.
var subnormalCases = []subnormalCase{
	{"igemm", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		s := convShape{28, 16, 32, 3, 1}
		p := newForwardPlan(s, simd.AVX2, false, 0)
		if isa != simd.Go {
			p = newForwardPlan(s, isa, false, 0)
			return p.run, [][]float32{p.x}, [][]float32{p.w, p.bias}
		}
		return func() {
			igemmGo(6, igemmBias|igemmReLU, 0, 32, &p.x[0], &p.w[0], &p.bias[0], nil, nil, &p.y[0], &p.tab[0], 20, &p.seg[0], 3, 48, 16*s.k())
		}, [][]float32{p.x}, [][]float32{p.w, p.bias}
	}},
	{"igemm, constant", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		s := convShape{28, 1, 32, 3, 1}
		if isa != simd.Go {
			p := newForwardPlan(s, isa, true, 0)
			return p.run, [][]float32{p.x}, [][]float32{p.w, p.bias}
		}
		p := newForwardPlan(s, simd.AVX2, true, 0)
		return func() {
			igemmGo(6, igemmBias|igemmReLU, 0, 32, &p.x[0], &p.w[0], &p.bias[0], nil, nil, &p.y[0], &p.tab[0], 20, &p.seg[0], 3, 3, 16*s.k())
		}, [][]float32{p.x}, [][]float32{p.w, p.bias}
	}},
	{"wgrad", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		p := newWgradPlan(convShape{28, 16, 32, 3, 1}, simd.AVX2, 1)
		if isa != simd.Go {
			p = newWgradPlan(p.s, isa, 1)
			return p.run, [][]float32{p.x}, [][]float32{p.dy}
		}
		return func() {
			wgradGo(6, 32, &p.x[0], &p.dy[0], &p.dw[0], &p.tab[0], 10, 16*p.s.k(), 1, 4, 28, p.xImg, p.s.pitch(), 16, p.dyImg, 28*32, 32)
		}, [][]float32{p.x}, [][]float32{p.dy}
	}},
	{"colSum", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		dy, db := floats(28*28*16), floats(16)
		if isa == simd.Go {
			return func() { colSumGo(16, &dy[0], &db[0], 1, 28, 28, 28*28*16, 28*16, 16) }, [][]float32{dy}, [][]float32{db}
		}
		f := colSumAsm[simd.Kernel{Variant: simd.Variant{Family: "colSum"}, Lanes: 16, ISA: isa}]
		return func() { f(&dy[0], &db[0], 1, 28, 28, 28*28*16, 28*16, 16) }, [][]float32{dy}, [][]float32{db}
	}},
	{"winograd input", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, y, tmp := floats(6*50*16), floats(36*12*16), floats(576)
		f := winogradInputGo
		if isa != simd.Go {
			f = winogradAsm[plainKernel(simd.Variant{Family: "winograd", Func: "input"}, isa)]
		}
		return func() { f(&x[0], &y[0], &tmp[0], 12, 16, 50*16, 16, 4*16, 6*12*16, 12*16, 16) }, [][]float32{x}, nil
	}},
	{"avgpool", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, y := floats(2*28*32), floats(14*32)
		f := avgpoolGo
		if isa != simd.Go {
			f = avgpoolAsm[plainKernel(simd.Variant{Family: "avgpool"}, isa)]
		}
		return func() { f(&x[0], &y[0], 14, 32, 2, 2, 28*32, 32, 64, 32, 0.25) }, [][]float32{x}, nil
	}},
	{"maxpool", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, y := floats(2*28*32), floats(14*32)
		f := maxpoolAsm[plainKernel(simd.Variant{Family: "maxpool"}, isa)]
		if isa == simd.Go {
			f = func(x, y *float32, bits *byte, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol int) {
				maxpoolGo(0, x, y, bits, n, c, kh, kw, xRow, xCol, xStep, yStep, bitsStep, bitsRow, bitsCol)
			}
		}
		return func() { f(&x[0], &y[0], nil, 14, 32, 2, 2, 28*32, 32, 64, 32, 0, 0, 0) }, [][]float32{x}, nil
	}},
	{"add", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, z, y := floats(benchLen), floats(benchLen), floats(benchLen)
		f := addGo
		if isa != simd.Go {
			f = addAsm[plainKernel(simd.Variant{Family: "add"}, isa)]
		}
		return func() { f(&x[0], &z[0], &y[0], benchLen) }, [][]float32{x, z}, nil
	}},
	{"dropout", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, y := floats(benchLen), floats(benchLen)
		f := dropoutGo
		if isa != simd.Go {
			f = dropoutAsm[plainKernel(simd.Variant{Family: "dropout"}, isa)]
		}
		return func() { f(&x[0], &y[0], benchLen, 77, 5, 1<<30, 1.25) }, [][]float32{x}, nil
	}},
	{"softmax", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		x, p, l := floats(128*16), floats(128*16), floats(128*16)
		f := softmaxGo
		if isa != simd.Go {
			f = softmaxAsm[plainKernel(simd.Variant{Family: "softmax"}, isa)]
		}
		return func() { f(&x[0], &p[0], &l[0], 128, 10, 16) }, [][]float32{x}, nil
	}},
	{"penalty", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		w, out := floats(benchLen), new([2]float64)
		f := penaltyGo
		if isa != simd.Go {
			f = penaltyAsm[plainKernel(simd.Variant{Family: "penalty"}, isa)]
		}
		return func() { f(&w[0], benchLen, &out[0]) }, [][]float32{w}, nil
	}},
	{"sgd", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		w, g := floats(benchLen), floats(benchLen)
		f := sgdGo
		if isa != simd.Go {
			f = sgdAsm[plainKernel(simd.Variant{Family: "sgd"}, isa)]
		}
		return func() { f(&w[0], &g[0], benchLen, &[]float32{0, -1, 1, 1e-9}[0], 0, 1e-9, 1) }, [][]float32{g}, [][]float32{w}
	}},
	{"momentum", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		w, g, m := floats(benchLen), floats(benchLen), floats(benchLen)
		f := momentumGo
		if isa != simd.Go {
			f = momentumAsm[plainKernel(simd.Variant{Family: "momentum"}, isa)]
		}
		return func() { f(&w[0], &g[0], &m[0], benchLen, &[]float32{0, -1, 1, 1e-9, 0.999999}[0], 0, 1e-9, 1) }, [][]float32{m, g}, [][]float32{w}
	}},
	{"adam", func(isa simd.ISA) (func(), [][]float32, [][]float32) {
		w, g, m, v := floats(benchLen), floats(benchLen), floats(benchLen), floats(benchLen)
		f := adamGo
		if isa != simd.Go {
			f = adamAsm[plainKernel(simd.Variant{Family: "adam"}, isa)]
		}
		return func() {
			for i := range v {
				v[i] = float32(math.Abs(float64(v[i])))
			}
			f(&w[0], &g[0], &m[0], &v[0], benchLen, &[]float32{0, -1, 1, 1e-9, 1e-6, 1e-6, 1e-7}[0], 0, 1e-9, 1)
		}, [][]float32{m, v, g}, [][]float32{w}
	}},
}

func init() {
	for _, a := range simd.Activations() {
		p := []float32{0.5, 0.25, 0.125}[:len(a.Params)]
		subnormalCases = append(subnormalCases,
			subnormalCase{"act " + a.Name, func(isa simd.ISA) (func(), [][]float32, [][]float32) {
				x, y := floats(benchLen), floats(benchLen)
				f := actOf(a.Name, isa)
				return func() { f(&x[0], &y[0], benchLen, p) }, [][]float32{x}, nil
			}},
			subnormalCase{"actGrad " + a.Name, func(isa simd.ISA) (func(), [][]float32, [][]float32) {
				dy, r, dx := floats(benchLen), floats(benchLen), floats(benchLen)
				f := actGradOf(a.Name, isa)
				return func() { f(&dy[0], &r[0], &dx[0], benchLen, p) }, [][]float32{dy}, [][]float32{r}
			}})
	}
}

// mixes say how large the operands of either group are: subnormal inputs,
// subnormal factors, normal numbers with subnormal products.
var mixes = []struct {
	name string
	a, b float32
}{{"a", 1e-39, 1}, {"b", 1, 1e-39}, {"a*b", 1e-19, 1e-20}}

// slowdown is the time of a case with subnormal operands relative to that with
// normal ones, each the least of many. It measures until the result is at most
// good, at most rounds times: other processes disturb.
func slowdown(c subnormalCase, isa simd.ISA, a, b float32, good float64, rounds int) float64 {
	run, as, bs := c.make(isa)
	fill := func(group [][]float32, scale float32) {
		for _, s := range group {
			for i := range s {
				s[i] = float32(i%17-8+1) / 16 * scale
			}
		}
	}
	best := [2]time.Duration{1 << 62, 1 << 62}
	ratio := math.Inf(1)
	for round := 0; round < rounds && (round < 8 || ratio > good); round++ {
		for i, scale := range [][2]float32{{1, 1}, {a, b}} {
			fill(as, scale[0])
			fill(bs, scale[1])
			run()
			for range 3 {
				start := time.Now()
				run()
				best[i] = min(best[i], time.Since(start))
				fill(as, scale[0])
				fill(bs, scale[1])
			}
		}
		ratio = float64(best[1]) / float64(best[0])
	}
	return ratio
}

// BenchmarkSubnormal reports how much longer each kernel takes with subnormal
// operands.
func BenchmarkSubnormal(b *testing.B) {
	for _, c := range subnormalCases {
		for _, isa := range simd.ISAs {
			if isa != simd.Go && !supported(isa) {
				continue
			}
			b.Run(fmt.Sprintf("%s/%v", c.name, isa), func(b *testing.B) {
				for b.Loop() {
					for _, m := range mixes {
						if _, _, group := c.make(isa); group != nil || m.b == 1 {
							b.ReportMetric(slowdown(c, isa, m.a, m.b, 1, 30), m.name)
						}
					}
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// TestSubnormalSpeed holds the kernels to taking no longer with subnormal
// operands. Without FTZ and DAZ some would take two to four times as long on the
// processors that mind least, and a hundred times on others.
func TestSubnormalSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	const limit = 1.6
	for _, c := range subnormalCases {
		for _, isa := range []simd.ISA{simd.AVX2, simd.AVX512} {
			if !supported(isa) {
				continue
			}
			for _, m := range mixes {
				worst := slowdown(c, isa, m.a, m.b, limit, 400)
				if worst > limit {
					t.Errorf("%s, %v, subnormal %s: takes %.1f times as long", c.name, isa, m.name, worst)
				}
			}
		}
	}
}
