package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// normCase draws n pixels of c channels: every block of channels, and none.
func normCase(r *rand.Rand) (n, c int) {
	if n, c = r.IntN(9), 8*(1+r.IntN(21)); r.IntN(8) == 0 {
		n = 0
	}
	return n, c
}

// normal fills a slice with deviates around a mean, a NaN now and then.
func normalAround(r *rand.Rand, n int, mean float32) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = mean + value(r)
	}
	return s
}

func TestNorm(t *testing.T) {
	forKernels(t, "norm", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c := normCase(r)
			in, skip := normalAround(r, n*c+1, 3), normalAround(r, n*c+1, 0)
			if !k.Variant.Add {
				clear(skip)
			}
			mean, scale, shift := normalAround(r, c, 3), normalAround(r, c, 0), normalAround(r, c, 0)
			want := make([]float32, n*c+1)
			arrays := []*array{floatArray("mean", mean, simd.Read), floatArray("scale", scale, simd.Read), floatArray("shift", shift, simd.Read)}
			x, y := floatArray("x", in[:n*c], simd.Read), floatArray("y", make([]float32, n*c), simd.Write)
			both := floatArray("x and y", in[:n*c], simd.ReadWrite)
			args := func(x, y *array) []any {
				list := []any{x, arrays[0], arrays[1], arrays[2]}
				if k.Variant.Add {
					list = append(list, floatArray("add", skip[:n*c], simd.Read))
				}
				return append(list, y, n, c)
			}
			switch {
			case k.Variant.Add && k.Variant.ReLU:
				normAddReLUGo(&in[0], &mean[0], &scale[0], &shift[0], &skip[0], &want[0], n, c)
			case k.Variant.Add:
				normAddGo(&in[0], &mean[0], &scale[0], &shift[0], &skip[0], &want[0], n, c)
			case k.Variant.ReLU:
				normReLUGo(&in[0], &mean[0], &scale[0], &shift[0], &want[0], n, c)
			default:
				normGo(&in[0], &mean[0], &scale[0], &shift[0], &want[0], n, c)
			}
			run(t, k, p, args(x, y)...)
			run(t, k, p, args(both, both)...)
			for i, got := range y.floats() {
				// A fused multiply-add rounds once less, of terms of this size.
				size := math.Abs(float64((in[i]-mean[i%c])*scale[i%c])) + math.Abs(float64(shift[i%c])) + math.Abs(float64(skip[i]))
				if d := math.Abs(float64(got) - float64(want[i])); !(d <= 3e-7*size) && (got == got || want[i] == want[i]) {
					t.Fatalf("%d pixels of %d: y[%d] = %v, want %v", n, c, i, got, want[i])
				}
			}
			if err := both.same(both.data, y.data); err != nil {
				t.Fatalf("in place: %v", err)
			}
		}
	})
}

// sumsCase compares two vectors of sums over n terms with those of the portable
// form; got are the arrays, want the slices.
func sameSums(t *testing.T, n int, size float64, names [2]string, got [2]*array, want [2][]float32) {
	t.Helper()
	for v := range got {
		for i, g := range got[v].floats() {
			if d := math.Abs(float64(g) - float64(want[v][i])); !(d <= 1e-6*float64(n+1)*size) && (g == g || want[v][i] == want[v][i]) {
				t.Fatalf("%s[%d] = %v, want %v", names[v], i, g, want[v][i])
			}
		}
	}
}

func TestMoments(t *testing.T) {
	forKernels(t, "moments", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c := normCase(r)
			in, pivot := normalAround(r, n*c+1, 100), normalAround(r, c, 100)
			want := [2][]float32{normalAround(r, c, 0), normalAround(r, c, 0)} // overwritten
			momentsGo(&in[0], &pivot[0], &want[0][0], &want[1][0], n, c)
			got := [2]*array{floatArray("sum", make([]float32, c), simd.Write), floatArray("squares", make([]float32, c), simd.Write)}
			run(t, k, p, floatArray("x", in[:n*c], simd.Read), floatArray("pivot", pivot, simd.Read), got[0], got[1], n, c)
			sameSums(t, n, 20, [2]string{"sum", "squares"}, got, want)
		}
	})
}

func TestNormSums(t *testing.T) {
	forKernels(t, "normSums", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c := normCase(r)
			dy, in, mean := normalAround(r, n*c+1, 0), normalAround(r, n*c+1, 100), normalAround(r, c, 100)
			want := [2][]float32{normalAround(r, c, 0), normalAround(r, c, 0)}
			normSumsGo(&dy[0], &in[0], &mean[0], &want[0][0], &want[1][0], n, c)
			got := [2]*array{floatArray("sum", make([]float32, c), simd.Write), floatArray("products", make([]float32, c), simd.Write)}
			run(t, k, p, floatArray("dy", dy[:n*c], simd.Read), floatArray("x", in[:n*c], simd.Read), floatArray("mean", mean, simd.Read), got[0], got[1], n, c)
			sameSums(t, n, 20, [2]string{"sum", "products"}, got, want)
		}
	})
}

func TestNormGrad(t *testing.T) {
	forKernels(t, "normGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c := normCase(r)
			dy, in, mean := normalAround(r, n*c+1, 0), normalAround(r, n*c+1, 50), normalAround(r, c, 50)
			scale, slope, offset := normalAround(r, c, 0), normalAround(r, c, 0), normalAround(r, c, 0)
			want := make([]float32, n*c+1)
			normGradGo(&dy[0], &in[0], &mean[0], &scale[0], &slope[0], &offset[0], &want[0], n, c)
			read := func(name string, s []float32) *array { return floatArray(name, s, simd.Read) }
			dx, both := floatArray("dx", make([]float32, n*c), simd.Write), floatArray("dy and dx", dy[:n*c], simd.ReadWrite)
			rest := []any{read("x", in[:n*c]), read("mean", mean), read("scale", scale), read("slope", slope), read("offset", offset)}
			run(t, k, p, append(append([]any{read("dy", dy[:n*c])}, rest...), dx, n, c)...)
			run(t, k, p, append(append([]any{both}, rest...), both, n, c)...)
			for i, got := range dx.floats() {
				size := math.Abs(float64(scale[i%c]*dy[i])) + math.Abs(float64(slope[i%c]*(in[i]-mean[i%c]))) + math.Abs(float64(offset[i%c]))
				if d := math.Abs(float64(got) - float64(want[i])); !(d <= 4e-7*size) && (got == got || want[i] == want[i]) {
					t.Fatalf("%d pixels of %d: dx[%d] = %v, want %v", n, c, i, got, want[i])
				}
			}
			if err := both.same(both.data, dx.data); err != nil {
				t.Fatalf("in place: %v", err)
			}
		}
	})
}

// layerCase draws n pixels of c channels in pitch; what lies beyond the channels
// is large and must not count.
func layerCase(r *rand.Rand) (n, c, pitch int) {
	n, c = r.IntN(5), 1+r.IntN(75)
	return n, c, (c + 7) / 8 * 8
}

// spoil puts large numbers beyond the channels of pixels.
func spoil(s []float32, c, pitch int) {
	for i := range s {
		if i%pitch >= c {
			s[i] = 1e6
		}
	}
}

func TestLayernorm(t *testing.T) {
	forKernels(t, "layernorm", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c, pitch := layerCase(r)
			in, scale, shift := normalAround(r, n*pitch+1, 10), normalAround(r, pitch, 0), normalAround(r, pitch, 0)
			spoil(in, c, pitch)
			for i := c; i < pitch; i++ {
				scale[i], shift[i] = 0, 0
			}
			want := make([]float32, n*pitch+1)
			layernormGo(&in[0], &scale[0], &shift[0], &want[0], n, c, pitch, 1/float32(c), 0.01)
			x, y, both := floatArray("x", in[:n*pitch], simd.Read), floatArray("y", make([]float32, n*pitch), simd.Write), floatArray("x and y", in[:n*pitch], simd.ReadWrite)
			a, b := floatArray("scale", scale, simd.Read), floatArray("shift", shift, simd.Read)
			run(t, k, p, x, a, b, y, n, c, pitch, 1/float32(c), float32(0.01))
			run(t, k, p, both, a, b, both, n, c, pitch, 1/float32(c), float32(0.01))
			for i, got := range y.floats() {
				if d := math.Abs(float64(got) - float64(want[i])); !(d <= 2e-4) && (got == got || want[i] == want[i]) {
					t.Fatalf("%d pixels of %d: y[%d] = %v, want %v", n, c, i, got, want[i])
				}
			}
			if err := both.same(both.data, y.data); err != nil {
				t.Fatalf("in place: %v", err)
			}
		}
	})
}

func TestLayernormGrad(t *testing.T) {
	forKernels(t, "layernormGrad", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for i := range poolCases {
			r := seeded(k, i)
			n, c, pitch := layerCase(r)
			dy, in, scale, dscale := make([]float32, n*pitch+1), make([]float32, n*pitch+1), make([]float32, pitch), make([]float32, pitch)
			for _, s := range [][]float32{dy, in, scale, dscale} {
				for i := range s {
					s[i] = float32(r.NormFloat64())
				}
			}
			spoil(in, c, pitch)
			spoil(dy, c, pitch)
			read := func(name string, s []float32) *array { return floatArray(name, s, simd.Read) }
			dx, sum := floatArray("dx", make([]float32, n*pitch), simd.Write), floatArray("dscale", dscale, simd.ReadWrite)
			again, both := floatArray("dscale", dscale, simd.ReadWrite), floatArray("dy and dx", dy[:n*pitch], simd.ReadWrite)
			run(t, k, p, read("dy", dy[:n*pitch]), read("x", in[:n*pitch]), read("scale", scale), dx, sum, n, c, pitch, 1/float32(c), float32(0.1))
			run(t, k, p, both, read("x", in[:n*pitch]), read("scale", scale), both, again, n, c, pitch, 1/float32(c), float32(0.1))
			want := make([]float32, n*pitch+1)
			layernormGradGo(&dy[0], &in[0], &scale[0], &want[0], &dscale[0], n, c, pitch, 1/float32(c), 0.1)
			for i, got := range dx.floats() {
				if d := math.Abs(float64(got) - float64(want[i])); !(d <= 4e-5) {
					t.Fatalf("%d pixels of %d: dx[%d] = %v, want %v", n, c, i, got, want[i])
				}
			}
			for i, got := range sum.floats() {
				if d := math.Abs(float64(got) - float64(dscale[i])); !(d <= 1e-5) {
					t.Fatalf("%d pixels of %d: dscale[%d] = %v, want %v", n, c, i, got, dscale[i])
				}
			}
			if err := both.same(both.data, dx.data); err != nil {
				t.Fatalf("in place: %v", err)
			}
		}
	})
}
