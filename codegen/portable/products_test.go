package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestIgemm runs a strided convolution whose tables jump about, for every tile height,
// every fused operation and all widths, with gaps of NaN between everything.
func TestIgemm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, flags := range []int{0, igemmBias, igemmBias | igemmReLU, igemmAdd, igemmMask, igemmBias | igemmAdd | igemmReLU, igemmAdd | igemmMask} {
		for mr := 1; mr <= 6; mr++ {
			for _, lanes := range []int{8, 16, 32} {
				for _, pitch := range []int{0, 11} {
					t.Run(fmt.Sprintf("flags=%d/mr=%d/lanes=%d/pitch=%d", flags, mr, lanes, pitch), func(t *testing.T) {
						const segs, segLen, tiles, gap = 3, 7, 3, 5
						const k = segs * segLen
						seg := []int32{22, 0, 13} // order and overlap are free
						if pitch > 0 {
							seg = []int32{0, int32(pitch), int32(2 * pitch)}
						}
						pixels := tiles * mr
						tab := make([]int32, 2*pixels)
						x := random(r, 4*pixels+30)
						yLen := pixels*(lanes+gap) + 2
						for p := range pixels {
							tab[2*p] = int32(4 * (pixels - 1 - p))
							tab[2*p+1] = int32(2 + p*(lanes+gap))
						}
						wPanel := k*16 + 8
						w := poisoned(2*wPanel - 8)
						for kk := range k {
							for j := range lanes {
								w[j/16*wPanel+kk*16+j%16] = float32(r.NormFloat64())
							}
						}
						bias, add, mask := random(r, 32), random(r, yLen), random(r, yLen)
						y := poisoned(yLen)
						segArg := &seg[0]
						if pitch > 0 {
							segArg = nil
						}
						igemmGo(mr, flags, pitch, lanes, &x[0], &w[0], &bias[0], &add[0], &mask[0], &y[0], &tab[0], tiles, segArg, segs, segLen, wPanel)

						written := make([]bool, yLen)
						for p := range pixels {
							for j := range lanes {
								xo, yo := int(tab[2*p]), int(tab[2*p+1])+j
								sum, scale := 0.0, 0.0
								term := func(v float64) { sum += v; scale += math.Abs(v) }
								if flags&igemmBias != 0 {
									term(float64(bias[j]))
								}
								for s := range segs {
									for q := range segLen {
										term(float64(x[xo+int(seg[s])+q]) * float64(w[j/16*wPanel+(s*segLen+q)*16+j%16]))
									}
								}
								if flags&igemmAdd != 0 {
									term(float64(add[yo]))
								}
								if flags&igemmReLU != 0 {
									sum = max(sum, 0)
								}
								if flags&igemmMask != 0 && mask[yo] <= 0 {
									sum, scale = 0, 0
								}
								checkSums(t, y[yo:yo+1], []float64{sum}, []float64{scale}, k+2)
								written[yo] = true
							}
						}
						for i, v := range y {
							if !written[i] && v == v {
								t.Fatalf("wrote to element %d, outside of the output", i)
							}
						}
					})
				}
			}
		}
	}
}

func TestIgemmReLUKeepsNaN(t *testing.T) {
	x, w, y := []float32{float32(math.NaN()), 1}, make([]float32, 32), make([]float32, 16)
	for i := range w {
		w[i] = 1
	}
	igemmGo(1, igemmReLU, 0, 16, &x[0], &w[0], nil, nil, nil, &y[0], &[]int32{0, 0}[0], 1, &[]int32{0}[0], 1, 2, 32)
	for j, v := range y {
		if v == v {
			t.Errorf("channel %d: NaN became %v", j, v)
		}
	}
}

func TestWgradAndPanels(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, lanes := range []int{8, 16, 32} {
		for mr := 1; mr <= 6; mr++ {
			t.Run(fmt.Sprintf("lanes=%d/mr=%d", lanes, mr), func(t *testing.T) {
				const tiles, imgs, rows, cols = 3, 2, 3, 5
				const xCol, xRow, xImg = 2, 17, 61
				dyCol := lanes + 3
				dyRow := cols*dyCol + 1
				dyImg := rows*dyRow + 2
				n := tiles * mr
				x := random(r, imgs*xImg+n)
				dy := poisoned(imgs * dyImg)
				at := func(g, p, q, j int) int { return g*dyImg + p*dyRow + q*dyCol + j }
				for g := range imgs {
					for p := range rows {
						for q := range cols {
							copy(dy[at(g, p, q, 0):][:lanes], random(r, lanes))
						}
					}
				}
				tab := make([]int32, 2*n)
				for i := range n {
					tab[2*i] = int32(n - 1 - i)
					tab[2*i+1] = int32(16 * i)
				}
				dwPanel := 16*n + 8
				dw := random(r, 2*dwPanel)
				before := append([]float32(nil), dw...)
				wgradGo(mr, lanes, &x[0], &dy[0], &dw[0], &tab[0], tiles, dwPanel, imgs, rows, cols, xImg, xRow, xCol, dyImg, dyRow, dyCol)
				touched := make([]bool, len(dw))
				for i := range n {
					for j := range lanes {
						o := int(tab[2*i+1]) + j/16*dwPanel + j%16
						touched[o] = true
						sum, scale := float64(before[o]), math.Abs(float64(before[o]))
						for g := range imgs {
							for p := range rows {
								for q := range cols {
									v := float64(x[int(tab[2*i])+g*xImg+p*xRow+q*xCol]) * float64(dy[at(g, p, q, j)])
									sum += v
									scale += math.Abs(v)
								}
							}
						}
						checkSums(t, dw[o:o+1], []float64{sum}, []float64{scale}, imgs*rows*cols)
					}
				}
				for i := range dw {
					if !touched[i] && dw[i] != before[i] {
						t.Fatalf("changed dw[%d], which belongs to nobody", i)
					}
				}

				panel := poisoned(imgs*rows*cols*lanes + 1)
				db, db2, start := random(r, lanes), make([]float32, lanes), make([]float32, lanes)
				copy(start, db)
				copy(db2, db)
				packPanelGo(lanes, &dy[0], &panel[0], &db[0], imgs, rows, cols, dyImg, dyRow, dyCol)
				colSumGo(lanes, &dy[0], &db2[0], imgs, rows, cols, dyImg, dyRow, dyCol)
				i := 0
				sum, scale := make([]float64, lanes), make([]float64, lanes)
				for g := range imgs {
					for p := range rows {
						for q := range cols {
							for j := range lanes {
								v := dy[at(g, p, q, j)]
								if panel[i] != v {
									t.Fatalf("panel[%d] = %v, want %v", i, panel[i], v)
								}
								sum[j] += float64(v)
								scale[j] += math.Abs(float64(v))
								i++
							}
						}
					}
				}
				if panel[i] == panel[i] {
					t.Fatal("wrote past the panel")
				}
				for j := range lanes {
					sum[j] += float64(start[j])
					scale[j] += math.Abs(float64(start[j]))
				}
				checkSums(t, db, sum, scale, imgs*rows*cols)
				checkSums(t, db2, sum, scale, imgs*rows*cols)
				packPanelGo(lanes, &dy[0], &panel[0], nil, imgs, rows, cols, dyImg, dyRow, dyCol)
			})
		}
	}
}
