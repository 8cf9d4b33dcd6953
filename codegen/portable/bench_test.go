package portable

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkIgemm is a 3x3 convolution row of 28 pixels by 16 channels, with few
// and many input channels.
func BenchmarkIgemm(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, ci := range []int{1, 8, 32, 128} {
		b.Run(fmt.Sprint(ci, " channels"), func(b *testing.B) {
			const pixels = 28
			row := (pixels + 2) * ci
			x, w, y := random(r, 3*row), random(r, 9*ci*16), make([]float32, pixels*16)
			bias := random(r, 16)
			tab := make([]int32, 2*pixels)
			for p := range pixels {
				tab[2*p], tab[2*p+1] = int32(p*ci), int32(16*p)
			}
			seg := []int32{0, int32(row), int32(2 * row)}
			for b.Loop() {
				igemmGo(4, igemmBias|igemmReLU, 0, 16, &x[0], &w[0], &bias[0], nil, nil, &y[0], &tab[0], pixels/4, &seg[0], 3, 3*ci, 0)
			}
			flops := 2 * 9 * ci * 16 * pixels
			b.ReportMetric(float64(flops)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

// BenchmarkWgrad is the weight gradient of 6 rows of 28 pixels by 16 channels.
func BenchmarkWgrad(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const rows, cols, ci = 6, 28, 32
	x, dy, dw := random(r, (rows+2)*(cols+2)*ci), random(r, rows*cols*16), make([]float32, 9*ci*16)
	var tab []int32
	for i := range 3 {
		for k := range 3 * ci {
			tab = append(tab, int32(i*(cols+2)*ci+k), int32((i*3*ci+k)*16))
		}
	}
	for b.Loop() {
		wgradGo(6, 16, &x[0], &dy[0], &dw[0], &tab[0], 9*ci/6, 0, 1, rows, cols, 0, (cols+2)*ci, ci, 0, cols*16, 16)
	}
	b.ReportMetric(float64(2*9*ci*16*rows*cols)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}
