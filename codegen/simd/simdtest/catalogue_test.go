package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
	"github.com/cnnc/cnnc/runtime/rng"
)

// pixelCase is the geometry of a call that walks over pixels: their number, their
// channels, and for each operand the elements from one to the next.
type pixelCase struct {
	n, c  int
	steps []int
}

// newPixelCase draws a case; an operand named in still may stand still.
func newPixelCase(r *rand.Rand, operands int, still ...int) pixelCase {
	g := pixelCase{n: r.IntN(6), c: 8 * (1 + r.IntN(14))}
	for range operands {
		g.steps = append(g.steps, g.c+r.IntN(20))
	}
	for _, i := range still {
		if r.IntN(2) == 0 {
			g.steps[i] = 0
		}
	}
	return g
}

// operand makes operand i: random numbers, those that the call may touch opened.
// With splat the call touches one element a pixel.
func (g pixelCase) operand(r *rand.Rand, name string, i int, access simd.Access, splat bool) (*array, []float32) {
	data := make([]float32, max(1, (g.n-1)*g.steps[i]+g.c))
	for j := range data {
		data[j] = value(r)
		if r.IntN(4) == 0 { // equal values
			data[j] = float32(r.IntN(3) - 1)
		}
	}
	a := floatArray(name, data, simd.None)
	for p := range g.n {
		n := g.c
		if splat {
			n = 1
		}
		a.allow(4*p*g.steps[i], 4*n, access)
	}
	return a, data
}

const pixelCases = 30

// compareFloats reports the first element further from the portable form than
// terms roundings of the magnitude around it.
func compareFloats(t *testing.T, g any, got *array, want []float32, relative float64) {
	t.Helper()
	for i, v := range got.floats() {
		if v == want[i] || v != v && want[i] != want[i] {
			continue
		}
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= relative*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%+v: element %d is %v, portable Go has %v", g, i, v, want[i])
		}
	}
}

func TestBinary(t *testing.T) {
	functions := map[string]int{
		"add": binaryToAdd, "subtract": binaryToSubtract, "subtract_from": binaryToSubtractFrom,
		"multiply": binaryToMultiply, "maximum": binaryToMaximum, "minimum": binaryToMinimum,
	}
	forKernels(t, "binary", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 3, 0, 1)
			a, as := g.operand(r, "a", 0, simd.Read, false)
			b, bs := g.operand(r, "b", 1, simd.Read, k.Variant.Splat)
			y, ys := g.operand(r, "y", 2, simd.Write, false)
			binaryGo(functions[k.Variant.Func], k.Variant.ReLU, k.Variant.Splat, &as[0], &bs[0], &ys[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
			run(t, k, p, a, b, y, g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
			compareFloats(t, g, y, ys, 0)
		}
	})
}

func TestSelect(t *testing.T) {
	comparisons := map[string]int{"ge": selectByGe, "gt": selectByGt, "le": selectByLe, "lt": selectByLt}
	forKernels(t, "select", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 4, 1, 2)
			dy, ds := g.operand(r, "dy", 0, simd.Read, false)
			a, as := g.operand(r, "a", 1, simd.Read, false)
			b, bs := g.operand(r, "b", 2, simd.Read, k.Variant.Splat)
			dx, xs := g.operand(r, "dx", 3, simd.Write, false)
			selectGo(comparisons[k.Variant.Func], k.Variant.Splat, &ds[0], &as[0], &bs[0], &xs[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			run(t, k, p, dy, a, b, dx, g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			compareFloats(t, g, dx, xs, 0)
		}
	})
}

func TestReduce(t *testing.T) {
	forKernels(t, "reduce", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 3)
			g.steps[2] = 0
			a, as := g.operand(r, "a", 0, simd.Read, false)
			b, bs := g.operand(r, "b", 1, simd.Read, false)
			y, ys := g.operand(r, "y", 2, simd.ReadWrite, false)
			f := reduceProductGo
			if k.Variant.Func == "prelu" {
				f = reducePreluGo
			}
			f(&as[0], &bs[0], &ys[0], g.n, g.c, g.steps[0], g.steps[1])
			run(t, k, p, a, b, y, g.n, g.c, g.steps[0], g.steps[1])
			compareFloats(t, g, y, ys, 3e-6)
		}
	})
	forKernels(t, "reduceChannels", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 3)
			channels := g.c - r.IntN(8)
			g.c = 8
			y, ys := g.operand(r, "y", 2, simd.Write, false)
			g.c = channels
			a, as := g.operand(r, "a", 0, simd.Read, false)
			b, bs := g.operand(r, "b", 1, simd.Read, false)
			if k.Variant.Func == "product" {
				reduceChannelsProductGo(&as[0], &bs[0], &ys[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
				run(t, k, p, a, b, y, g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
			} else {
				reduceChannelsGo(&as[0], &ys[0], g.n, g.c, g.steps[0], g.steps[2])
				run(t, k, p, a, y, g.n, g.c, g.steps[0], g.steps[2])
			}
			compareFloats(t, g, y, ys, 2e-5)
		}
	})
}

func TestAffine(t *testing.T) {
	forKernels(t, "affine", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		if k.Variant.Func == "" {
			for c, n := range counts {
				r := seeded(k, c)
				in, want := values(r, n+1), make([]float32, n+1)
				affineGo(&in[0], &want[0], n, -0.7, 2.5)
				x, y := floatArray("x", in[:n], simd.Read), floatArray("y", in[:n], simd.Write)
				run(t, k, p, x, y, n, float32(-0.7), float32(2.5))
				compareFloats(t, n, y, want, 2e-7)
			}
			return
		}
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 4, 1, 2)
			x, xs := g.operand(r, "x", 0, simd.Read, false)
			a, as := g.operand(r, "a", 1, simd.Read, false)
			b, bs := g.operand(r, "b", 2, simd.Read, false)
			y, ys := g.operand(r, "y", 3, simd.Write, false)
			affineChannelsGo(&xs[0], &as[0], &bs[0], &ys[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			run(t, k, p, x, a, b, y, g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			compareFloats(t, g, y, ys, 2e-6)
		}
	})
}

func TestPrelu(t *testing.T) {
	forKernels(t, "prelu", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 3, 1)
			x, xs := g.operand(r, "x", 0, simd.Read, false)
			a, as := g.operand(r, "alpha", 1, simd.Read, false)
			y, ys := g.operand(r, "y", 2, simd.Write, false)
			preluGo(&xs[0], &as[0], &ys[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
			run(t, k, p, x, a, y, g.n, g.c, g.steps[0], g.steps[1], g.steps[2])
			compareFloats(t, g, y, ys, 0)
		}
	})
	forKernels(t, "preluGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range pixelCases {
			r := seeded(k, c)
			g := newPixelCase(r, 4, 2)
			dy, ds := g.operand(r, "dy", 0, simd.Read, false)
			x, xs := g.operand(r, "x", 1, simd.Read, false)
			a, as := g.operand(r, "alpha", 2, simd.Read, false)
			dx, out := g.operand(r, "dx", 3, simd.Write, false)
			preluGradGo(&ds[0], &xs[0], &as[0], &out[0], g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			run(t, k, p, dy, x, a, dx, g.n, g.c, g.steps[0], g.steps[1], g.steps[2], g.steps[3])
			compareFloats(t, g, dx, out, 0)
		}
	})
}

func TestBlend(t *testing.T) {
	weights := []float32{0.1875, 0.5625, 0.0625, 0.1875}
	for _, family := range []string{"blend", "blendGrad"} {
		forKernels(t, family, func(t *testing.T, k simd.Kernel, p *simd.Program) {
			for c := range pixelCases {
				r := seeded(k, c)
				g := pixelCase{n: r.IntN(5), c: 8 * (1 + r.IntN(13))}
				col, step := (g.c+r.IntN(5))*r.IntN(2), g.c+r.IntN(3) // edges have no neighbour
				row := (g.n*step + g.c + col + r.IntN(9)) * r.IntN(2)
				g.steps = []int{step, g.c + r.IntN(9)}
				small := make([]float32, max(1, g.n-1)*step+row+col+g.c)
				for i := range small {
					small[i] = float32(r.NormFloat64())
				}
				access, other := simd.Read, simd.Write
				if family == "blendGrad" {
					access, other = simd.ReadWrite, simd.Read
				}
				x := floatArray("small", small, simd.None)
				for q := range g.n {
					for _, at := range []int{0, col, row, row + col} {
						x.allow(4*(q*step+at), 4*g.c, access)
					}
				}
				y, large := g.operand(r, "large", 1, other, false)
				w := []any{weights[0], weights[1], weights[2], weights[3]}
				numbers := append([]any{g.n, g.c, row, col, step, g.steps[1]}, w...)
				if family == "blend" {
					blendGo(&small[0], &large[0], g.n, g.c, row, col, step, g.steps[1], weights[0], weights[1], weights[2], weights[3])
					run(t, k, p, append([]any{x, y}, numbers...)...)
				} else {
					blendGradGo(&large[0], &small[0], g.n, g.c, row, col, step, g.steps[1], weights[0], weights[1], weights[2], weights[3])
					run(t, k, p, append([]any{y, x}, numbers...)...)
				}
				compareFloats(t, g, x, small, 2e-6)
				compareFloats(t, g, y, large, 2e-6)
			}
		})
	}
}

func TestGlobalmaxpoolGrad(t *testing.T) {
	forKernels(t, "globalmaxpoolGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range poolCases {
			r := seeded(k, c)
			g := newPoolCase(r, false)
			in, up, top := make([]float32, g.windowLen()), make([]float32, g.pixelLen()), make([]float32, g.pixelLen())
			for i := range in {
				in[i] = float32(r.IntN(4))
			}
			for i := range up {
				up[i], top[i] = float32(r.NormFloat64()), float32(r.IntN(4))
			}
			want := make([]float32, len(in))
			globalmaxpoolGradGo(&up[0], &top[0], &in[0], &want[0], g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel)
			dy, y := floatArray("dy", up, simd.None), floatArray("y", top, simd.None)
			x, dx := floatArray("x", in, simd.None), floatArray("dx", make([]float32, len(in)), simd.None)
			g.allow(x, simd.Read, dy, simd.Read, nil, 0)
			g.allow(dx, simd.Write, y, simd.Read, nil, 0)
			run(t, k, p, dy, y, x, dx, g.n, g.c, g.kh, g.kw, g.row, g.col, g.step, g.pixel)
			compareFloats(t, g, dx, want, 0)
		}
	})
}

func TestNoise(t *testing.T) {
	forKernels(t, "noise", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c, n := range counts {
			r := seeded(k, c)
			in, bits, want := make([]float32, n+1), make([]float32, n+1), make([]float32, n+1)
			for i := range in {
				in[i] = float32(r.NormFloat64())
				word := r.Uint32()
				switch r.IntN(8) {
				case 0:
					word = uint32(r.IntN(3000)) // the tails
				case 1:
					word = ^uint32(r.IntN(3000))
				case 2:
					word = 1<<31 + uint32(r.IntN(1000)) - 500 // about 0
				}
				bits[i] = math.Float32frombits(word)
				z := rng.WordNormal(word)
				want[i] = in[i] + float32(0.5*z)
				if k.Variant.Func == "multiply" {
					want[i] = float32(float64(in[i]) * (1 + 0.5*z))
				}
			}
			portable := make([]float32, n+1)
			if k.Variant.Func == "multiply" {
				noiseMultiplyGo(&in[0], &bits[0], &portable[0], n, 0.5)
			} else {
				noiseAddGo(&in[0], &bits[0], &portable[0], n, 0.5)
			}
			x, w := floatArray("x", in[:n], simd.Read), floatArray("words", bits[:n], simd.Read)
			y := floatArray("y", in[:n], simd.Write)
			run(t, k, p, x, w, y, n, float32(0.5))
			compareFloats(t, n, y, want, 3e-6)
			compareFloats(t, n, floatArray("", portable[:n], 0), want, 1e-6)
		}
	})
}

// dropoutWords is TestDropout's counterpart for the words alone.
func dropoutWords(t *testing.T, k simd.Kernel, p *simd.Program) {
	for c, n := range counts {
		r := seeded(k, c)
		key, counter := r.Uint64(), r.Uint32()
		want := make([]float32, n+1)
		dropoutWordsGo(&want[0], n, key, counter)
		y := floatArray("y", make([]float32, n), simd.Write)
		run(t, k, p, y, n, key, counter)
		for i, v := range y.floats() {
			if math.Float32bits(v) != math.Float32bits(want[i]) {
				t.Fatalf("n = %d: word %d is %#x, want %#x", n, i, math.Float32bits(v), math.Float32bits(want[i]))
			}
		}
	}
}
