package simdtest

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// TestWinogradPool compares maxima with the portable form, and the bits with the
// pixels that the transform without pooling gives: rounding decides between cells
// that are nearly alike.
func TestWinogradPool(t *testing.T) {
	forKernels(t, "winogradPool", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range 40 {
			testWinogradPool(t, k, p, seeded(k, c))
		}
	})
}

func testWinogradPool(t *testing.T, k simd.Kernel, p *simd.Program, r *rand.Rand) {
	v := k.Variant
	s := newSquareCase(r, v.Func)
	tiles, out := max(s.n, 1), s.out/2
	s.rows, s.cols = 1+r.IntN(out), 1+r.IntN(out)
	s.yStep = out*s.yCol + r.IntN(3)
	s.yRow = tiles*s.yStep + r.IntN(5)
	s.yLen = out * s.yRow
	bitsStep := out*s.c/2 + r.IntN(3)
	bitsRow := tiles*bitsStep + r.IntN(3)
	normal := func(n int) []float32 {
		f := make([]float32, n)
		for i := range f {
			f[i] = float32(r.NormFloat64())
		}
		return f
	}
	in, want, bias := normal(s.xLen), normal(s.yLen), normal(s.c)
	x, y := floatArray("x", in, simd.None), floatArray("y", want, simd.None)
	bits := newArray("bits", reflect.TypeFor[byte](), out*bitsRow, simd.None)
	randomBytes(r, bits)
	before := append([]byte(nil), bits.data...)
	wantBits := append([]byte(nil), bits.data...)
	for o := range s.n {
		for i := range s.in {
			for j := range s.in {
				x.allow(4*(o*s.xStep+i*s.xRow+j*s.xCol), 4*s.c, simd.Read)
			}
		}
		for i := range s.rows {
			for j := range s.cols {
				y.allow(4*(o*s.yStep+i*s.yRow+j*s.yCol), 4*s.c, simd.Write)
				bits.allow(o*bitsStep+i*bitsRow+j*s.c/2, s.c/2, simd.Write)
			}
		}
	}
	flags := 0
	biasArg, bitsArg := floatArray("bias", bias, simd.Read), bits
	if v.Bias {
		flags |= winogradBias
	} else {
		biasArg = nil
	}
	if v.ReLU {
		flags |= winogradReLU
	}
	if v.Bits {
		flags |= winogradBits
	} else {
		bitsArg = nil
	}
	pool, output := winogradPoolOutputGo, winogradOutputGo
	if v.Func == "output2" {
		pool, output = winogradPoolOutput2Go, winogradOutput2Go
	}
	pool(flags, &in[0], &bias[0], &want[0], nil, &wantBits[0],
		s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep, s.rows, s.cols, bitsRow, bitsStep)
	tmp := floatArray("tmp", make([]float32, 576), simd.ReadWrite)
	run(t, k, p, x, biasArg, y, tmp, bitsArg, s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep, s.rows, s.cols, bitsRow, bitsStep)
	const tolerance = 2e-4 // sums of 36 terms with factors up to 12
	for i, got := range y.floats() {
		if d := got - want[i]; d > tolerance || d < -tolerance {
			t.Fatalf("%+v: y[%d] = %v, want %v", s, i, got, want[i])
		}
	}
	if !v.Bits {
		return
	}
	// Pixels without bias, relu and pooling, and which bits may have been written.
	pixels := make([]float32, max(1, s.n)*s.out*s.out*s.c)
	output(0, &in[0], nil, nil, nil, &pixels[0], nil,
		s.n, s.c, s.xRow, s.xCol, s.xStep, s.out*s.c, s.c, s.out*s.out*s.c, s.out, s.out)
	marked := 0
	for o := range s.n {
		for i := range s.rows {
			for j := range s.cols {
				for cc := range s.c {
					m := want[o*s.yStep+i*s.yRow+j*s.yCol+cc]
					for cell := range 4 {
						at := o*bitsStep + i*bitsRow + j*s.c/2 + cell*(s.c/8) + cc/8
						got, expected := bits.data[at]>>(cc%8)&1, wantBits[at]>>(cc%8)&1
						before[at] = bits.data[at]
						marked += int(got)
						if got == expected {
							continue
						}
						e := pixels[o*s.out*s.out*s.c+(2*i+cell/2)*s.out*s.c+(2*j+cell%2)*s.c+cc]
						if v.Bias {
							e += bias[cc]
						}
						if d := e - m; d < -tolerance && !(v.ReLU && m < tolerance) {
							t.Fatalf("%+v: bit of window (%d, %d), cell %d, channel %d is %d; the cell is %v, the maximum %v", s, i, j, cell, cc, got, e, m)
						}
					}
				}
			}
		}
	}
	if windows := s.n * s.rows * s.cols * s.c; !v.ReLU && marked != windows || marked > windows {
		t.Fatalf("%+v: %d bits for %d windows", s, marked, windows)
	}
	if err := bits.same(bits.data, before); err != nil {
		t.Fatalf("%+v: bits of no window: %v", s, err)
	}
}
