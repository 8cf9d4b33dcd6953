package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// transform is any of the transforms but that of outputs.
type transform = func(x, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep int)

// winogradSizes are the transforms of both tile sizes.
var winogradSizes = []struct {
	tile                            int
	input, weights, gradient, delta transform
	output                          func(flags int, x, bias, add, mask, y, tmp *float32, n, c, xRow, xCol, xStep, yRow, yCol, yStep, rows, cols int)
}{
	{4, winogradInputGo, winogradWeightsGo, winogradGradientGo, winogradDeltaGo, winogradOutputGo},
	{2, winogradInput2Go, winogradWeights2Go, winogradGradient2Go, winogradDelta2Go, winogradOutput2Go},
}

// TestWinogradDefinition computes single tiles in the three directions of a
// convolution and compares them with the definitions, in float64.
func TestWinogradDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	const c = 16 // channels side by side: a depthwise convolution
	for _, size := range winogradSizes {
		out, in := size.tile, size.tile+2
		d, g, dy := random(r, in*in*c), random(r, 9*c), random(r, out*out*c)
		planes := func(f transform, x []float32, size int) []float32 {
			y := poisoned(in * in * c)
			f(&x[0], &y[0], nil, 1, c, size*c, c, 0, in*c, c, 0)
			return y
		}
		product := func(a, b []float32) []float32 {
			p := make([]float32, len(a))
			for i := range a {
				p[i] = a[i] * b[i]
			}
			return p
		}
		v := planes(size.input, d, in)
		compare := func(what string, got []float32, size int, want func(i, j, cc int) float64) {
			for i := range size {
				for j := range size {
					for cc := range c {
						if g, w := float64(got[(i*size+j)*c+cc]), want(i, j, cc); !(math.Abs(g-w) < 1e-4) {
							t.Fatalf("tile of %d: %s (%d, %d) of channel %d: %v, want %v", out, what, i, j, cc, g, w)
						}
					}
				}
			}
		}

		y := poisoned(out * out * c)
		m := product(v, planes(size.weights, g, 3))
		size.output(0, &m[0], nil, nil, nil, &y[0], nil, 1, c, in*c, c, 0, out*c, c, 0, out, out)
		compare("output", y, out, func(i, j, cc int) (sum float64) {
			for k := range 9 {
				sum += float64(g[k*c+cc]) * float64(d[((i+k/3)*in+j+k%3)*c+cc])
			}
			return sum
		})

		dw := make([]float32, 9*c)
		for i := range dw {
			dw[i] = 1 // added to
		}
		u := product(v, planes(size.gradient, dy, out))
		size.delta(&u[0], &dw[0], nil, 1, c, in*c, c, 0, 3*c, c, 0)
		compare("weight gradient", dw, 3, func(i, j, cc int) float64 {
			sum := 1.0
			for k := range out * out {
				sum += float64(dy[k*c+cc]) * float64(d[((i+k/out)*in+j+k%out)*c+cc])
			}
			return sum
		})
	}
}

// TestWinogradAccuracy measures what README.md of codegen/simd says: errors of
// Winograd and of the direct kernel against float64, for standard normal inputs
// and weights of deviation 1/sqrt(9*channels), relative to the deviation of the
// result.
func TestWinogradAccuracy(t *testing.T) {
	for _, c := range []int{32, 64, 128, 256, 512} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			if testing.Short() && c > 128 {
				t.Skip("long")
			}
			r := rand.New(rand.NewPCG(uint64(c), 5))
			const side, size, lanes = 28, 28 + 2, 16
			const tiles = side / 4 * (side / 4)
			x, w := make([]float32, size*size*c), make([]float32, 9*c*lanes)
			for y := range side {
				for e := range side * c {
					x[((y+1)*size+1)*c+e] = float32(r.NormFloat64())
				}
			}
			for i := range w {
				w[i] = float32(r.NormFloat64() / math.Sqrt(9*float64(c)))
			}
			winograd, direct := make([]float32, side*side*lanes), make([]float32, side*side*lanes)

			tab, planes := make([]int32, 2*side*side), make([]int32, 2*tiles)
			for p := range side * side {
				tab[2*p], tab[2*p+1] = int32((p/side*size+p%side)*c), int32(p*lanes)
			}
			seg := []int32{0, int32(size * c), int32(2 * size * c)}
			igemmGo(4, 0, 0, lanes, &x[0], &w[0], nil, nil, nil, &direct[0], &tab[0], side*side/4, &seg[0], 3, 3*c, 0)

			v, u, m := make([]float32, 36*tiles*c), make([]float32, 36*c*lanes), make([]float32, 36*tiles*lanes)
			for ty := range side / 4 {
				winogradInputGo(&x[4*ty*size*c], &v[ty*side/4*c], nil, side/4, c, size*c, c, 4*c, 6*tiles*c, tiles*c, c)
			}
			winogradWeightsGo(&w[0], &u[0], nil, c, lanes, 3*c*lanes, c*lanes, lanes, 6*c*lanes, c*lanes, lanes)
			for p := range tiles {
				planes[2*p], planes[2*p+1] = int32(p*c), int32(p*lanes)
			}
			for q := range 36 {
				igemmGo(1, 0, 0, lanes, &v[q*tiles*c], &u[q*c*lanes], nil, nil, nil, &m[q*tiles*lanes], &planes[0], tiles, &seg[0], 1, c, 0)
			}
			for ty := range side / 4 {
				winogradOutputGo(0, &m[ty*side/4*lanes], nil, nil, nil, &winograd[4*ty*side*lanes], nil,
					side/4, lanes, 6*tiles*lanes, tiles*lanes, lanes, side*lanes, lanes, 4*lanes, 4, 4)
			}

			var square, errs [2]float64
			var largest [2]float64
			for p := range side * side {
				for o := range lanes {
					sum := 0.0
					for k := range 9 * c {
						at := ((p/side+k/(3*c))*size + p%side) * c
						sum += float64(x[at+k%(3*c)]) * float64(w[k*lanes+o])
					}
					for i, got := range []float32{winograd[p*lanes+o], direct[p*lanes+o]} {
						e := float64(got) - sum
						square[i] += sum * sum
						errs[i] += e * e
						largest[i] = max(largest[i], math.Abs(e))
					}
				}
			}
			rms, top := [2]float64{}, [2]float64{}
			for i := range rms {
				rms[i] = math.Sqrt(errs[i] / square[i])
				top[i] = largest[i] / math.Sqrt(square[i]/float64(side*side*lanes))
			}
			t.Logf("%d channels: Winograd %.2e (largest %.1e), direct %.2e (%.1e), %.1f times", c, rms[0], top[0], rms[1], top[1], rms[0]/rms[1])
			if !(rms[0] < 3e-6 && top[0] < 3e-5 && rms[0] < 4*rms[1]) {
				t.Errorf("an error of %.2e, at most %.2e, for Winograd and of %.2e for direct kernels", rms[0], top[0], rms[1])
			}
		})
	}
}
