package portable

import (
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
