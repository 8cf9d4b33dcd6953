//go:build !purego

package whiten

import "github.com/klauspost/cpuid/v2"

var hasAVX = cpuid.CPU.Supports(cpuid.AVX)

func products(sums *tile, m, x []float32, n, stride int) {
	if hasAVX && n > 0 {
		productsAVX(sums, &m[0], &x[0], n, stride)
		return
	}
	productsGo(sums, m, x, n, stride)
}

// productsAVX is productsGo with the same bits; n is above 0.
//
//go:noescape
func productsAVX(sums *tile, m, x *float32, n, stride int)
