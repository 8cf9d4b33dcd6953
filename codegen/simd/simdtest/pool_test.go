package simdtest

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// poolCase is the geometry of one pooling call: a window of kh x kw positions
// over n output pixels, with gaps in every dimension. Windows overlap when the
// step is less than the window.
type poolCase struct {
	n, c, kh, kw         int
	row, col, step       int // elements between window rows, positions and windows
	pixel                int // elements between output pixels
	bitsStep, bRow, bCol int // bytes
}

// newPoolCase draws a case. Without overlap all positions of all windows are
// different elements.
func newPoolCase(r *rand.Rand, overlap bool) poolCase {
	p := poolCase{n: r.IntN(5), c: 8 * (1 + r.IntN(13)), kh: 1 + r.IntN(3), kw: 1 + r.IntN(3)}
	if r.IntN(5) == 0 {
		p.n, p.kh, p.kw = 1, 5, 7 // global pooling
	}
	p.col = p.c + r.IntN(3)
	stride := p.kw + r.IntN(2)
	if overlap {
		stride = 1 + r.IntN(p.kw)
	}
	p.step = stride * p.col
	p.row = max(p.n, 1)*p.step + p.kw*p.col + r.IntN(5)
	p.pixel = p.c + r.IntN(4)
	p.bCol = p.c/8 + r.IntN(2)
	p.bRow = p.kw*p.bCol + r.IntN(2)
	p.bitsStep = p.kh*p.bRow + r.IntN(3)
	return p
}

func (p poolCase) windowLen() int { return p.kh * p.row }
func (p poolCase) pixelLen() int  { return max(1, p.n*p.pixel) }
func (p poolCase) bitsLen() int   { return max(1, p.n*p.bitsStep) }

// allow opens the elements of all windows, pixels and bits.
func (p poolCase) allow(window *array, windows simd.Access, pixel *array, pixels simd.Access, bits *array, marks simd.Access) {
	for o := range p.n {
		pixel.allow(4*o*p.pixel, 4*p.c, pixels)
		for i := range p.kh {
			for j := range p.kw {
				window.allow(4*(o*p.step+i*p.row+j*p.col), 4*p.c, windows)
				if bits != nil {
					bits.allow(o*p.bitsStep+i*p.bRow+j*p.bCol, p.c/8, marks)
				}
			}
		}
	}
}

// randomBytes fills an array of bytes.
func randomBytes(r *rand.Rand, a *array) {
	for i := range a.data {
		a.data[i] = byte(r.Uint32())
	}
}

const poolCases = 40

func TestMaxpool(t *testing.T) {
	few := []float32{-2, -1, float32(math.Copysign(0, -1)), 0, 1, 2, float32(math.Inf(-1))}
	forKernels(t, "maxpool", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range poolCases {
			r := seeded(k, c)
			g := newPoolCase(r, true)
			in := make([]float32, g.windowLen())
			for i := range in {
				in[i] = few[r.IntN(len(few))] // ties everywhere
				if c%4 == 0 {
					in[i] = value(r) // NaN now and then
				}
			}
			out := make([]float32, g.pixelLen())
			x, y := floatArray("x", in, simd.None), floatArray("y", out, simd.None)
			bits := newArray("bits", reflect.TypeFor[byte](), g.bitsLen(), simd.None)
			randomBytes(r, bits)
			g.allow(x, simd.Read, y, simd.Write, bits, simd.Write)
			want := append([]byte(nil), bits.data...)
			flags := 0
			if k.Variant.ReLU {
				flags |= maxpoolWithReLU
			}
			arg := bits
			if k.Variant.Bits {
				flags |= maxpoolWithBits
			} else {
				arg = nil
			}
			maxpoolGo(flags, &in[0], &out[0], &want[0], g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, g.bitsStep, g.bRow, g.bCol)
			run(t, k, p, x, y, arg, g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, g.bitsStep, g.bRow, g.bCol)
			if err := y.same(y.data, floatArray("", out, 0).data); err != nil {
				t.Fatalf("%+v: y: %v", g, err)
			}
			if err := bits.same(bits.data, want); err != nil {
				t.Fatalf("%+v: bits: %v", g, err)
			}
		}
	})
}

func TestMaxpoolGrad(t *testing.T) {
	forKernels(t, "maxpoolGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range poolCases {
			r := seeded(k, c)
			g := newPoolCase(r, k.Variant.Add)
			up, in := values(r, g.pixelLen()), make([]float32, g.windowLen())
			for i := range in {
				in[i] = float32(r.NormFloat64())
			}
			dp, dx := floatArray("dp", up, simd.None), floatArray("dx", in, simd.None)
			bits := newArray("bits", reflect.TypeFor[byte](), g.bitsLen(), simd.None)
			randomBytes(r, bits)
			access := simd.Write
			if k.Variant.Add {
				access = simd.ReadWrite
			}
			g.allow(dx, access, dp, simd.Read, bits, simd.Read)
			maxpoolGradGo(k.Variant.Add, &up[0], &bits.data[0], &in[0], g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, g.bitsStep, g.bRow, g.bCol)
			run(t, k, p, dp, bits, dx, g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, g.bitsStep, g.bRow, g.bCol)
			for i, got := range dx.floats() {
				if want := in[i]; got != want && (got == got || want == want) {
					t.Fatalf("%+v: dx[%d] = %v, want %v", g, i, got, want)
				}
			}
		}
	})
}

func TestAvgpool(t *testing.T) {
	forKernels(t, "avgpool", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range poolCases {
			r := seeded(k, c)
			g := newPoolCase(r, true)
			in, out := make([]float32, g.windowLen()), make([]float32, g.pixelLen())
			for i := range in {
				in[i] = value(r)
			}
			x, y := floatArray("x", in, simd.None), floatArray("y", out, simd.None)
			g.allow(x, simd.Read, y, simd.Write, nil, 0)
			scale := 1 / float32(g.kh*g.kw)
			avgpoolGo(&in[0], &out[0], g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, scale)
			run(t, k, p, x, y, g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, scale)
			if err := y.same(y.data, floatArray("", out, 0).data); err != nil {
				t.Fatalf("%+v: %v", g, err)
			}
		}
	})
}

func TestAvgpoolGrad(t *testing.T) {
	forKernels(t, "avgpoolGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range poolCases {
			r := seeded(k, c)
			g := newPoolCase(r, k.Variant.Add)
			up, in := make([]float32, g.pixelLen()), make([]float32, g.windowLen())
			for i := range up {
				up[i] = float32(r.NormFloat64())
			}
			for i := range in {
				in[i] = float32(r.NormFloat64())
			}
			dy, dx := floatArray("dy", up, simd.None), floatArray("dx", in, simd.None)
			access := simd.Write
			if k.Variant.Add {
				access = simd.ReadWrite
			}
			g.allow(dx, access, dy, simd.Read, nil, 0)
			avgpoolGradGo(k.Variant.Add, &up[0], &in[0], g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, 0.3)
			run(t, k, p, dy, dx, g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel, float32(0.3))
			for i, got := range dx.floats() {
				if math.Abs(float64(got)-float64(in[i])) > 2e-6 { // a fused multiply-add may round once less
					t.Fatalf("%+v: dx[%d] = %v, want %v", g, i, got, in[i])
				}
			}
		}
	})
}

func TestPenalty(t *testing.T) {
	forKernels(t, "penalty", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c, n := range counts {
			r := seeded(k, c)
			in := make([]float32, n+1)
			for i := range in {
				in[i] = float32(r.NormFloat64() * math.Exp(8*r.NormFloat64()))
			}
			want := []float64{3.25, -1.5}
			out := newArray("out", reflect.TypeFor[float64](), 16, simd.ReadWrite)
			for i, v := range want {
				putFloat64(out.data[8*i:], v)
			}
			penaltyGo(&in[0], n, &want[0])
			run(t, k, p, floatArray("w", in[:n], simd.Read), n, out)
			for i, v := range want {
				if got := getFloat64(out.data[8*i:]); got != v {
					t.Fatalf("n = %d: out[%d] = %v, want the very bits of %v", n, i, got, v)
				}
			}
		}
	})
}
