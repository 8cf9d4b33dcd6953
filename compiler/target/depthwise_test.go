package target

import "testing"

// TestDepthwiseTiles checks that tiles cover rows, blocks and passes all there is, and
// that registers suffice, for all sizes.
func TestDepthwiseTiles(t *testing.T) {
	for n := 1; n <= 130; n++ {
		for cols := 1; cols <= 11; cols++ {
			for _, step := range []int{1, 2} {
				for _, pitch := range []int{32, 96, 512, 1024, 4096} {
					runs := SplitRow(n, cols, cols, step, pitch)
					if (cols > 9) != (runs == nil) && step == 1 {
						t.Fatalf("%d pixels, %d columns: %v", n, cols, runs)
					}
					if runs != nil {
						coversRow(t, runs, n, min(12, 15-cols))
					}
					for _, bias := range []bool{false, true} {
						d := DepthwiseGradTiles(n, n, cols, cols, step, pitch, bias)
						if (cols > 9) != (d.Passes == nil) {
							t.Fatalf("%d columns: passes %v", cols, d.Passes)
						}
						if d.Passes == nil {
							continue
						}
						rows, sums := 0, 0
						for _, p := range d.Passes {
							rows += p
							if p*cols <= 5 {
								p *= 2
							}
							sums = max(sums, p*cols)
						}
						free := 15 - sums
						if bias {
							free--
						}
						if rows != cols || d.Rows < 1 || d.Rows > n || d.Across < 1 || free < 1 {
							t.Fatalf("%d pixels, %d columns: %+v", n, cols, d)
						}
						coversRow(t, d.Tiles, n, min(12, free))
					}
				}
			}
		}
	}
}

func coversRow(t *testing.T, runs []TileRun, n, most int) {
	t.Helper()
	sum := 0
	for _, r := range runs {
		if r.MR < 1 || r.MR > most || r.Count < 1 {
			t.Fatalf("%d pixels, %d at most: %v", n, most, runs)
		}
		sum += r.MR * r.Count
	}
	if sum != n {
		t.Fatalf("%d pixels: %v cover %d", n, runs, sum)
	}
}
