//go:build !amd64 || purego

package whiten

func products(sums *tile, m, x []float32, n, stride int) { productsGo(sums, m, x, n, stride) }
