package whiten

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/preprocess"
)

// numbers are normal ones, and a few that are subnormal, zero or huge.
func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch x[i] = float32(r.NormFloat64()); r.IntN(40) {
		case 0:
			x[i] *= 1e-30
		case 1:
			x[i] = math.SmallestNonzeroFloat32 * float32(1+r.IntN(9))
		case 2:
			x[i] = 0
		}
	}
	return x
}

// TestMultiply: the bits are those of the step that predictions take, for sizes with
// and without whole groups of lanes, and nothing beside y is written.
func TestMultiply(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{2, 3, 7, 8, 9, 15, 16, 17, 64, 75, 130} {
		for _, count := range []int{Multiple, 3 * Multiple} {
			t.Run(fmt.Sprintf("%dx%d", n, count), func(t *testing.T) {
				matrix, x := numbers(r, n*n), numbers(r, n*count)
				const guard = 3
				buf := slices.Repeat([]float32{-77}, guard+n*count+guard)
				y := buf[guard : guard+n*count]
				Multiply(y, matrix, x, n)
				for i := range guard {
					if buf[i] != -77 || buf[len(buf)-1-i] != -77 {
						t.Fatal("wrote beside the result")
					}
				}
				step := preprocess.Standard{Whiten: true, Center: make([]float32, n), Matrix: matrix}
				var s preprocess.Scratch
				for k := range count {
					want := slices.Clone(x[k*n : (k+1)*n])
					step.Apply(want, &s)
					for i, v := range y[k*n : (k+1)*n] {
						if math.Float32bits(v) != math.Float32bits(want[i]) {
							t.Fatalf("vector %d, value %d: %v, want %v", k, i, v, want[i])
						}
					}
				}
			})
		}
	}
}

// TestProducts: the kernel of this machine and plain Go have the same bits.
func TestProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{0, 8, 16, 40, 1000} {
		stride := n + r.IntN(8)
		m, x := numbers(r, tileRows*stride+1), numbers(r, tileVectors*stride+1)
		var got, want tile
		products(&got, m, x, n, stride)
		productsGo(&want, m, x, n, stride)
		if got != want {
			t.Errorf("%d values: %v, want %v", n, got, want)
		}
	}
}

func BenchmarkMultiply(b *testing.B) {
	const n, count = 3072, 32
	matrix, x, y := make([]float32, n*n), make([]float32, n*count), make([]float32, n*count)
	for _, s := range [][]float32{matrix, x} {
		for i := range s {
			s[i] = float32(i % 7)
		}
	}
	for b.Loop() {
		Multiply(y, matrix, x, n)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N*count)*1e3, "ms/example")
}
