package target

// TileRun is a number of register tiles of equal height: one kernel call.
type TileRun struct {
	MR    int // pixels (igemm) or k rows (wgrad) per tile, 1 to 6
	Count int // tiles
}

// MaxMR is the height of the tallest register tile.
const MaxMR = 6

// SplitTiles cuts n pixels or k rows into tiles 6, 5 and 4 high, as few as
// possible, tallest first. That is possible for every n >= 4 but 7, which is
// 4+3; 1, 2 and 3 are one tile each. Tiles of 4 and more have the eight
// independent accumulators that keep both FMA units busy.
func SplitTiles(n int) []TileRun {
	if n <= 0 {
		return nil
	}
	var c [MaxMR + 1]int
	c[6] = n / 6
	switch n % 6 {
	case 5:
		c[5]++
	case 4:
		c[4]++
	case 3: // 9 = 5+4
		if c[6] == 0 {
			c[3]++
		} else {
			c[6]--
			c[5]++
			c[4]++
		}
	case 2: // 8 = 4+4
		if c[6] == 0 {
			c[2]++
		} else {
			c[6]--
			c[4] += 2
		}
	case 1: // 13 = 5+4+4, but 7 = 4+3
		switch c[6] {
		case 0:
			c[1]++
		case 1:
			c[6]--
			c[4]++
			c[3]++
		default:
			c[6] -= 2
			c[5]++
			c[4] += 2
		}
	}
	var runs []TileRun
	for mr := MaxMR; mr > 0; mr-- {
		if c[mr] > 0 {
			runs = append(runs, TileRun{MR: mr, Count: c[mr]})
		}
	}
	return runs
}
