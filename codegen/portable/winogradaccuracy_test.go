package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Geometry of the accuracy tests: images of side x side pixels with a border, and
// lanes outputs.
const (
	accuracySide  = 28
	accuracyPitch = accuracySide + 2
	accuracyLanes = 16
)

// bordered makes an image of c channels, standard normal with a border of zeros.
func bordered(r *rand.Rand, c int) []float32 {
	x := make([]float32, accuracyPitch*accuracyPitch*c)
	for y := range accuracySide {
		for e := range accuracySide * c {
			x[((y+1)*accuracyPitch+1)*c+e] = float32(r.NormFloat64())
		}
	}
	return x
}

// deviation is the error of a result: its root mean square and its largest, both
// relative to the root mean square of the result.
type deviation struct {
	square, errors, largest float64
	n                       int
}

func (d *deviation) add(got float32, want float64) {
	e := float64(got) - want
	d.square += want * want
	d.errors += e * e
	d.largest = max(d.largest, math.Abs(e))
	d.n++
}

func (d *deviation) rms() float64 { return math.Sqrt(d.errors / d.square) }
func (d *deviation) top() float64 { return d.largest / math.Sqrt(d.square/float64(d.n)) }

func (d *deviation) String() string { return fmt.Sprintf("%.2f (%.1f)", 1e6*d.rms(), 1e6*d.top()) }

// winogradProduct convolves x with w by the transforms of one size.
func winogradProduct(k int, x, w []float32, c int) []float32 {
	const side, pitch, lanes = accuracySide, accuracyPitch, accuracyLanes
	f := winogradSizes[k]
	m, in := f.tile, f.tile+2
	row := side / m
	tiles := row * row
	v, u, p := make([]float32, in*in*tiles*c), make([]float32, in*in*c*lanes), make([]float32, in*in*tiles*lanes)
	y, tab := make([]float32, side*side*lanes), make([]int32, 2*tiles)
	for ty := range row {
		f.input(&x[m*ty*pitch*c], &v[ty*row*c], nil, row, c, pitch*c, c, m*c, in*tiles*c, tiles*c, c)
	}
	f.weights(&w[0], &u[0], nil, c, lanes, 3*c*lanes, c*lanes, lanes, in*c*lanes, c*lanes, lanes)
	for t := range tiles {
		tab[2*t], tab[2*t+1] = int32(t*c), int32(t*lanes)
	}
	seg := []int32{0}
	for q := range in * in {
		igemmGo(1, 0, 0, lanes, &v[q*tiles*c], &u[q*c*lanes], nil, nil, nil, &p[q*tiles*lanes], &tab[0], tiles, &seg[0], 1, c, 0)
	}
	for ty := range row {
		f.output(0, &p[ty*row*lanes], nil, nil, nil, &y[m*ty*side*lanes], nil, row, lanes, in*tiles*lanes, tiles*lanes, lanes, side*lanes, lanes, m*lanes, m, m)
	}
	return y
}

// directProduct is the same by the direct kernel.
func directProduct(x, w []float32, c int) []float32 {
	const side, pitch, lanes = accuracySide, accuracyPitch, accuracyLanes
	y, tab := make([]float32, side*side*lanes), make([]int32, 2*side*side)
	for p := range side * side {
		tab[2*p], tab[2*p+1] = int32((p/side*pitch+p%side)*c), int32(p*lanes)
	}
	seg := []int32{0, int32(pitch * c), int32(2 * pitch * c)}
	igemmGo(4, 0, 0, lanes, &x[0], &w[0], nil, nil, nil, &y[0], &tab[0], side*side/4, &seg[0], 3, 3*c, 0)
	return y
}

// TestWinogradAccuracy measures the table of errors in README.md of codegen/simd:
// of direct convolution, F(2x2) and F(4x4) against float64, for standard normal
// inputs and weights of deviation 1/sqrt(9*channels), forward and, with the kernel
// rotated, backward-data.
func TestWinogradAccuracy(t *testing.T) {
	const side, pitch, lanes = accuracySide, accuracyPitch, accuracyLanes
	for _, c := range []int{32, 64, 128, 256, 512} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			if testing.Short() && c > 64 {
				t.Skip("long")
			}
			for pass, name := range []string{"forward", "backward-data"} {
				r := rand.New(rand.NewPCG(uint64(c), 5+uint64(pass)))
				x, g := bordered(r, c), make([]float32, 9*c*lanes)
				for i := range g {
					g[i] = float32(r.NormFloat64() / math.Sqrt(9*float64(c)))
				}
				w := g // of tap k
				if pass == 1 {
					w = make([]float32, len(g))
					for k := range 9 {
						copy(w[k*c*lanes:][:c*lanes], g[(8-k)*c*lanes:])
					}
				}
				results := [3][]float32{directProduct(x, w, c), winogradProduct(1, x, w, c), winogradProduct(0, x, w, c)}
				var d [3]deviation
				for p := range side * side {
					for o := range lanes {
						sum := 0.0
						for k := range 9 {
							tap := k
							if pass == 1 { // dx of pixel p gathers dy at the opposite of each tap
								tap = 8 - k
							}
							at := ((p/side+k/3)*pitch + p%side + k%3) * c
							for i := range c {
								sum += float64(x[at+i]) * float64(g[(tap*c+i)*lanes+o])
							}
						}
						for i := range d {
							d[i].add(results[i][p*lanes+o], sum)
						}
					}
				}
				t.Logf("%s, %d channels: direct %v, F(2x2) %v, F(4x4) %v", name, c, &d[0], &d[1], &d[2])
				if !(d[2].rms() < 3e-6 && d[2].top() < 3e-5 && d[2].rms() < 4*d[0].rms() && d[1].rms() < 1.2*d[0].rms()) {
					t.Errorf("%s: errors of direct %v, F(2x2) %v, F(4x4) %v", name, &d[0], &d[1], &d[2])
				}
			}
		})
	}
}

// TestWinogradGradAccuracy does the same for gradients of weights, whose error
// grows with the pixels summed, not with the channels. Blocks are an image of
// tiles; sums begin at zero for each, as in generated code.
func TestWinogradGradAccuracy(t *testing.T) {
	const side, pitch, lanes, c = accuracySide, accuracyPitch, accuracyLanes, 8
	for _, images := range []int{1, 4, 16, 64} {
		if testing.Short() && images > 4 {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(images), 6))
		want := make([]float64, 9*c*lanes)
		results := [3][]float32{make([]float32, len(want)), make([]float32, len(want)), make([]float32, len(want))}
		sums := [2][]float32{make([]float32, 36*c*lanes), make([]float32, 36*c*lanes)}
		rows := make([]int32, 2*9*c)
		for k := range 9 * c {
			rows[2*k], rows[2*k+1] = int32((k/c/3*pitch+k/c%3)*c+k%c), int32(k*lanes)
		}
		for range images {
			x, dy := bordered(r, c), random(r, side*side*lanes)
			for k := range 9 * c {
				for p := range side * side {
					v := float64(x[((p/side+k/c/3)*pitch+p%side+k/c%3)*c+k%c])
					for o := range lanes {
						want[k*lanes+o] += v * float64(dy[p*lanes+o])
					}
				}
			}
			for y := 0; y < side; y += 7 { // blocks of 196 pixels
				wgradGo(6, lanes, &x[y*pitch*c], &dy[y*side*lanes], &results[0][0], &rows[0], 9*c/6, 0,
					1, 7, side, 0, pitch*c, c, 0, side*lanes, lanes)
			}
			for s, f := range winogradSizes {
				m, in := f.tile, f.tile+2
				row := side / m
				tiles := row * row
				v, z := make([]float32, in*in*tiles*c), make([]float32, in*in*tiles*lanes)
				for ty := range row {
					f.input(&x[m*ty*pitch*c], &v[ty*row*c], nil, row, c, pitch*c, c, m*c, in*tiles*c, tiles*c, c)
					f.gradient(&dy[m*ty*side*lanes], &z[ty*row*lanes], nil, row, lanes, side*lanes, lanes, m*lanes, in*tiles*lanes, tiles*lanes, lanes)
				}
				tab := make([]int32, 2*c)
				for k := range c {
					tab[2*k], tab[2*k+1] = int32(k), int32(k*lanes)
				}
				for q := range in * in {
					wgradGo(4, lanes, &v[q*tiles*c], &z[q*tiles*lanes], &sums[s][q*c*lanes], &tab[0], c/4, 0,
						1, 1, tiles, 0, 0, c, 0, 0, lanes)
				}
			}
		}
		for s, f := range winogradSizes {
			in := f.tile + 2
			f.delta(&sums[s][0], &results[2-s][0], nil, c, lanes, in*c*lanes, c*lanes, lanes, 3*c*lanes, c*lanes, lanes)
		}
		var d [3]deviation
		for i := range d {
			for k, w := range want {
				d[i].add(results[i][k], w)
			}
		}
		t.Logf("backward-weights, %d pixels: direct %v, F(2x2) %v, F(4x4) %v", images*side*side, &d[0], &d[1], &d[2])
		if !(d[2].rms() < 3e-6 && d[2].top() < 3e-5 && d[2].rms() < 4*d[0].rms() && d[1].rms() < 2.5*d[0].rms()) {
			t.Errorf("%d images: errors of direct %v, F(2x2) %v, F(4x4) %v", images, &d[0], &d[1], &d[2])
		}
	}
}
