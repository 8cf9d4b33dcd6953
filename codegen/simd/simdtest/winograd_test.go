package simdtest

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// squareCase is the geometry of one winograd call, with gaps in every dimension.
type squareCase struct {
	n, c              int
	in, out           int // cells in a row
	xRow, xCol, xStep int
	yRow, yCol, yStep int
	rows, cols        int // of the result that are stored
	xLen, yLen        int
}

func newSquareCase(r *rand.Rand, fn string) squareCase {
	size := map[string][2]int{
		"input": {6, 6}, "output": {6, 4}, "weights": {3, 6}, "gradient": {4, 6}, "delta": {6, 3},
		"input2": {4, 4}, "output2": {4, 2}, "weights2": {3, 4}, "gradient2": {2, 4}, "delta2": {4, 3},
	}[fn]
	s := squareCase{n: r.IntN(4), c: 8 * (1 + r.IntN(6)), in: size[0], out: size[1]}
	s.xCol = s.c + r.IntN(3)
	s.xStep = 4 * s.xCol // tiles of an image overlap
	s.xRow = (4*s.n+3)*s.xCol + r.IntN(5)
	s.yCol = s.c + r.IntN(3)
	s.yStep = s.out * s.yCol
	s.yRow = (s.n*s.out+1)*s.yCol + r.IntN(5)
	s.rows, s.cols = s.out, s.out
	if strings.HasPrefix(fn, "output") {
		s.rows, s.cols = 1+r.IntN(s.out), 1+r.IntN(s.out)
	}
	s.xLen = max(0, s.n-1)*s.xStep + (s.in-1)*(s.xRow+s.xCol) + s.c
	s.yLen = max(0, s.n-1)*s.yStep + (s.out-1)*(s.yRow+s.yCol) + s.c
	return s
}

// allow opens the elements of all squares.
func (s squareCase) allow(x, y *array, access simd.Access, more ...*array) {
	for o := range s.n {
		for i := range s.in {
			for j := range s.in {
				x.allow(4*(o*s.xStep+i*s.xRow+j*s.xCol), 4*s.c, simd.Read)
			}
		}
		for i := range s.rows {
			for j := range s.cols {
				at := 4 * (o*s.yStep + i*s.yRow + j*s.yCol)
				y.allow(at, 4*s.c, access)
				for _, a := range more {
					a.allow(at, 4*s.c, simd.Read)
				}
			}
		}
	}
}

// winogradGo are the portable transforms with the same parameters.
var winogradGo = map[string]func(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int){
	"input": winogradInputGo, "weights": winogradWeightsGo, "gradient": winogradGradientGo, "delta": winogradDeltaGo,
	"input2": winogradInput2Go, "weights2": winogradWeights2Go, "gradient2": winogradGradient2Go, "delta2": winogradDelta2Go,
}

func TestWinograd(t *testing.T) {
	forKernels(t, "winograd", func(t *testing.T, k simd.Kernel, p *simd.Program) {
		for c := range 40 {
			r := seeded(k, c)
			v := k.Variant
			s := newSquareCase(r, v.Func)
			normal := func(n int) []float32 {
				f := make([]float32, n)
				for i := range f {
					f[i] = float32(r.NormFloat64())
				}
				return f
			}
			in, out := normal(s.xLen), normal(s.yLen)
			bias, add, mask := normal(s.c), normal(s.yLen), normal(s.yLen)
			access := simd.Write
			if strings.HasPrefix(v.Func, "delta") {
				access = simd.ReadWrite
			}
			x, y := floatArray("x", in, simd.None), floatArray("y", out, simd.None)
			tmp := floatArray("tmp", make([]float32, 576), simd.ReadWrite)
			db := normal(s.c)
			sums := floatArray("db", db, simd.ReadWrite)
			if !strings.HasPrefix(v.Func, "output") {
				s.allow(x, y, access)
				if v.Bias {
					f := map[string]func(x, y, tmp, db *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int){
						"gradient": winogradGradientBiasGo, "gradient2": winogradGradient2BiasGo,
					}[v.Func]
					run(t, k, p, x, y, tmp, sums, s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep)
					f(&in[0], &out[0], nil, &db[0], s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep)
				} else {
					winogradGo[v.Func](&in[0], &out[0], nil, s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep)
					run(t, k, p, x, y, tmp, s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep)
				}
			} else {
				flags := 0
				b, a, m := floatArray("bias", bias, simd.Read), floatArray("add", add, simd.None), floatArray("mask", mask, simd.None)
				var opened []*array
				for _, e := range []struct {
					on   bool
					flag int
					p    **array
				}{{v.Bias, winogradBias, &b}, {v.Add, winogradAdd, &a}, {v.ReLU, winogradReLU, nil}, {v.Mask, winogradMask, &m}} {
					switch {
					case e.on:
						flags |= e.flag
						if e.p != nil && e.flag != winogradBias {
							opened = append(opened, *e.p)
						}
					case e.p != nil:
						*e.p = nil
					}
				}
				s.allow(x, y, access, opened...)
				f := winogradOutputGo
				if v.Func == "output2" {
					f = winogradOutput2Go
				}
				f(flags, &in[0], &bias[0], &add[0], &mask[0], &out[0], nil,
					s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep, s.rows, s.cols)
				run(t, k, p, x, b, a, m, y, tmp, s.n, s.c, s.xRow, s.xCol, s.xStep, s.yRow, s.yCol, s.yStep, s.rows, s.cols)
			}
			for i, got := range sums.floats() {
				if math.Abs(float64(got-db[i])) > 2e-5 {
					t.Fatalf("%+v: db[%d] = %v, want %v", s, i, got, db[i])
				}
			}
			for i, got := range y.floats() {
				// Sums of up to 36 terms with factors up to 12, rounded in another order.
				if math.Abs(float64(got-out[i])) > 2e-5*(1+math.Abs(float64(out[i]))) {
					t.Fatalf("%+v: y[%d] = %v, want %v", s, i, got, out[i])
				}
			}
		}
	})
}
