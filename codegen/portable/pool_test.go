package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestMaxpool uses few distinct values, so that ties, zeros of both signs and windows
// without a positive value are common, and compares values, bits and gradients with
// the obvious loops. Windows overlap when step < kw.
func TestMaxpool(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	values := []float32{-2, -1, float32(math.Copysign(0, -1)), 0, 1, 2}
	for flags := range 4 {
		for _, win := range [][2]int{{2, 2}, {3, 2}, {1, 3}, {1, 1}} {
			for _, c := range []int{8, 24, 40} {
				t.Run(fmt.Sprintf("flags=%d/%dx%d/c=%d", flags, win[0], win[1], c), func(t *testing.T) {
					const n, step = 5, 2
					kh, kw := win[0], win[1]
					xCol := c + 2
					xRow := xCol * (step*n + kw)
					x := make([]float32, kh*xRow)
					for i := range x {
						x[i] = values[r.IntN(len(values))]
					}
					yStep := c + 1
					y := poisoned(n * yStep)
					bitsCol := c/8 + 1
					bitsRow := bitsCol*kw + 1
					bitsStep := bitsRow*kh + 2
					bits := make([]byte, n*bitsStep)
					maxpoolGo(flags, &x[0], &y[0], &bits[0], n, c, kh, kw, xRow, xCol, step*xCol, yStep, bitsStep, bitsRow, bitsCol)

					dp := random(r, n*yStep)
					dx, wantDx := random(r, len(x)), make([]float32, len(x))
					copy(wantDx, dx)
					for o := range n {
						for cc := range c {
							best, bi, bj := float32(math.Inf(-1)), -1, -1
							for i := range kh {
								for j := range kw {
									if v := x[o*step*xCol+i*xRow+j*xCol+cc]; v > best {
										best, bi, bj = v, i, j
									}
								}
							}
							want := best
							if flags&maxpoolWithReLU != 0 && !(best > 0) {
								want, bi = 0, -1
							}
							if got := y[o*yStep+cc]; got != want {
								t.Fatalf("pixel %d channel %d: got %v, want %v", o, cc, got, want)
							}
							if flags&maxpoolWithBits == 0 {
								continue
							}
							for i := range kh {
								for j := range kw {
									got := bits[o*bitsStep+i*bitsRow+j*bitsCol+cc/8]>>(cc%8)&1 != 0
									if want := i == bi && j == bj; got != want {
										t.Fatalf("pixel %d channel %d position %d,%d: bit %v, want %v", o, cc, i, j, got, want)
									}
								}
							}
							if bi >= 0 {
								wantDx[o*step*xCol+bi*xRow+bj*xCol+cc] += dp[o*yStep+cc]
							}
						}
					}
					if flags&maxpoolWithBits != 0 {
						maxpoolGradGo(true, &dp[0], &bits[0], &dx[0], n, c, kh, kw, xRow, xCol, step*xCol, yStep, bitsStep, bitsRow, bitsCol)
						for i := range dx {
							if dx[i] != wantDx[i] {
								t.Fatalf("dx[%d] = %v, want %v", i, dx[i], wantDx[i])
							}
						}
					}
				})
			}
		}
	}
}

func TestMaxpoolGradStores(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n, c, kh, kw = 3, 16, 2, 3
	const dxCol, dxRow, dxStep, dpStep = c + 1, n*kw*(c+1) + 7, kw * (c + 1), c + 2
	dp, dx := random(r, n*dpStep), poisoned(2*dxRow+n*dxStep)
	bits := make([]byte, n*kh*kw*c/8)
	for i := range bits {
		bits[i] = byte(r.Uint32())
	}
	maxpoolGradGo(false, &dp[0], &bits[0], &dx[0], n, c, kh, kw, dxRow, dxCol, dxStep, dpStep, kh*kw*c/8, kw*c/8, c/8)
	count := 0
	for o := range n {
		for i := range kh {
			for j := range kw {
				for cc := range c {
					want := float32(0)
					if bits[((o*kh+i)*kw+j)*c/8+cc/8]>>(cc%8)&1 != 0 {
						want = dp[o*dpStep+cc]
					}
					if got := dx[o*dxStep+i*dxRow+j*dxCol+cc]; got != want {
						t.Fatalf("dx of pixel %d position %d,%d channel %d = %v, want %v", o, i, j, cc, got, want)
					}
					count++
				}
			}
		}
	}
	for _, v := range dx {
		if v == v {
			count--
		}
	}
	if count != 0 {
		t.Fatalf("wrote %d elements outside of the windows", -count)
	}
}

func TestMaxpoolNaN(t *testing.T) {
	nan := float32(math.NaN())
	x, y := make([]float32, 16), make([]float32, 8)
	x[0], x[8] = nan, 1  // first: stays
	x[1], x[9] = -1, nan // later: ignored
	bits := []byte{0xaa, 0xaa}
	maxpoolGo(maxpoolWithReLU|maxpoolWithBits, &x[0], &y[0], &bits[0], 1, 8, 1, 2, 0, 8, 0, 0, 2, 0, 1)
	if y[0] == y[0] || y[1] != 0 || bits[0] != 0 || bits[1] != 0 {
		t.Errorf("got %v, bits %b", y[:2], bits)
	}
}

func TestAvgpool(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, win := range [][2]int{{2, 2}, {3, 2}, {7, 5}, {1, 1}} {
		const n, c, step = 3, 24, 2
		kh, kw := win[0], win[1]
		xCol := c + 1
		xRow := xCol * (step*n + kw)
		x, y := random(r, kh*xRow), poisoned(n*(c+3))
		scale := 1 / float32(kh*kw)
		avgpoolGo(&x[0], &y[0], n, c, kh, kw, xRow, xCol, step*xCol, c+3, scale)
		dy, dx := random(r, n*(c+3)), random(r, len(x))
		want := make([]float64, len(dx))
		for i, v := range dx {
			want[i] = float64(v)
		}
		for o := range n {
			for cc := range c {
				sum, size := 0.0, 0.0
				for i := range kh {
					for j := range kw {
						at := o*step*xCol + i*xRow + j*xCol + cc
						sum += float64(x[at])
						size += math.Abs(float64(x[at]))
						want[at] += float64(dy[o*(c+3)+cc]) * float64(scale)
					}
				}
				checkSums(t, y[o*(c+3)+cc:], []float64{sum * float64(scale)}, []float64{size * float64(scale)}, kh*kw)
			}
		}
		avgpoolGradGo(true, &dy[0], &dx[0], n, c, kh, kw, xRow, xCol, step*xCol, c+3, scale)
		for i, w := range want {
			if math.Abs(float64(dx[i])-w) > 1e-5 {
				t.Fatalf("%v: dx[%d] = %v, want %v", win, i, dx[i], w)
			}
		}
		one := poisoned(kh * xRow)
		avgpoolGradGo(false, &dy[0], &one[0], 1, c, kh, kw, xRow, xCol, 0, 0, scale)
		for cc := range c {
			if got := one[(kh-1)*xRow+(kw-1)*xCol+cc]; got != dy[cc]*scale {
				t.Fatalf("%v: stored %v, want %v", win, got, dy[cc]*scale)
			}
		}
	}
}
