package tune

import (
	"cmp"
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/rng"
)

// forestData is what a random forest is fitted to (Breiman 2001, "Random
// Forests"): columns of places in [0, 1), and y.
type forestData struct {
	columns []column
	y       []float64
}

// column is one input. With classes > 0 the places are those of so many values
// without an order; a tree orders them by the mean of y.
type column struct {
	x       []float64
	classes int
}

// forestTrees is the number of trees. A tree is fitted to a sample of as many
// points, drawn with replacement; about a third of them it does not see.
const forestTrees = 64

// box is a leaf: a part of the unit cube with one value.
type box struct {
	lo, hi []float64
	value  float64
}

// analyse fits a forest and returns of each column which share of the forest's
// variance over the unit cube it explains by itself, and which share of the
// variance of y the trees explain of points that they have not seen.
func (d *forestData) analyse() (shares []float64, explained float64) {
	n := len(d.y)
	mean := 0.0
	for _, v := range d.y {
		mean += v / float64(n)
	}
	total := 0.0
	for _, v := range d.y {
		total += (v - mean) * (v - mean)
	}
	shares = make([]float64, len(d.columns))
	if total <= 1e-24*float64(n)*(1+mean*mean) {
		return shares, 0
	}
	guess, guesses := make([]float64, n), make([]int, n)
	trees := 0
	for k := range forestTrees {
		r := rng.New(rng.Hash(uint64(k), rng.HashString("forest")))
		sample, seen := make([]int, n), make([]bool, n)
		for i := range sample {
			sample[i] = r.IntN(n)
			seen[sample[i]] = true
		}
		x := d.order(sample)
		t := &tree{x: x, y: d.y}
		lo, hi := make([]float64, len(x)), make([]float64, len(x))
		for j := range hi {
			hi[j] = 1
		}
		t.grow(sample, lo, hi)
		for i := range n {
			if !seen[i] {
				guess[i] += t.at(i)
				guesses[i]++
			}
		}
		if s, ok := t.variances(); ok {
			trees++
			for j, v := range s {
				shares[j] += v
			}
		}
	}
	left, known := 0.0, 0.0
	for i, v := range d.y {
		if guesses[i] > 0 {
			e := v - guess[i]/float64(guesses[i])
			left += e * e
			known += (v - mean) * (v - mean)
		}
	}
	if trees == 0 || known == 0 {
		return shares, 0
	}
	for j := range shares {
		shares[j] /= float64(trees)
	}
	return shares, max(1-left/known, 0)
}

// order gives the columns in which values without an order stand by the mean of y
// in the sample; those not in it stand in the middle of all means.
func (d *forestData) order(sample []int) [][]float64 {
	out := make([][]float64, len(d.columns))
	for j, c := range d.columns {
		if c.classes == 0 {
			out[j] = c.x
			continue
		}
		class := func(i int) int { return min(int(c.x[i]*float64(c.classes)), c.classes-1) }
		sum, count, all := make([]float64, c.classes), make([]float64, c.classes), 0.0
		for _, i := range sample {
			sum[class(i)] += d.y[i]
			count[class(i)]++
			all += d.y[i] / float64(len(sample))
		}
		by := make([]int, c.classes)
		for k := range by {
			by[k] = k
			if count[k] == 0 {
				sum[k], count[k] = all, 1
			}
		}
		slices.SortStableFunc(by, func(a, b int) int { return cmp.Compare(sum[a]/count[a], sum[b]/count[b]) })
		place := make([]float64, c.classes)
		for rank, k := range by {
			place[k] = (float64(rank) + 0.5) / float64(c.classes)
		}
		out[j] = make([]float64, len(c.x))
		for i := range c.x {
			out[j][i] = place[class(i)]
		}
	}
	return out
}

// tree is a regression tree, as its leaves.
type tree struct {
	x      [][]float64 // by column
	y      []float64
	leaves []box
}

// grow splits the points of a part of the cube where that leaves the least squared
// error, until all have one value.
func (t *tree) grow(points []int, lo, hi []float64) {
	n := float64(len(points))
	mean := 0.0
	for _, i := range points {
		mean += t.y[i] / n
	}
	spread := 0.0
	for _, i := range points {
		spread += (t.y[i] - mean) * (t.y[i] - mean)
	}
	best, column, at := spread*(1-1e-9), -1, 0.0
	sorted := slices.Clone(points)
	for j, x := range t.x {
		slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Or(cmp.Compare(x[a], x[b]), a-b) })
		sum, square := 0.0, 0.0 // of the left side, about the mean
		for k, i := range sorted[:len(sorted)-1] {
			v := t.y[i] - mean
			sum, square = sum+v, square+v*v
			a, b := x[i], x[sorted[k+1]]
			if a == b {
				continue
			}
			// About the mean the sum of the right side is that of the left, negated.
			left, right := float64(k+1), n-float64(k+1)
			if e := spread - sum*sum/left - sum*sum/right; e < best {
				best, column, at = e, j, (a+b)/2
			}
		}
	}
	if column < 0 || spread < 1e-24*n*(1+mean*mean) {
		t.leaves = append(t.leaves, box{lo, hi, mean})
		return
	}
	var below, above []int
	for _, i := range points {
		if t.x[column][i] < at {
			below = append(below, i)
		} else {
			above = append(above, i)
		}
	}
	highs, lows := slices.Clone(hi), slices.Clone(lo)
	highs[column], lows[column] = at, at
	t.grow(below, lo, highs)
	t.grow(above, lows, hi)
}

// at is the tree's value of point i.
func (t *tree) at(i int) float64 {
	for _, b := range t.leaves {
		inside := true
		for j := range t.x {
			// Ends of the cube belong to its outermost leaves.
			inside = inside && (t.x[j][i] >= b.lo[j] || b.lo[j] == 0) && (t.x[j][i] < b.hi[j] || b.hi[j] == 1)
		}
		if inside {
			return b.value
		}
	}
	return math.NaN() // the leaves fill the cube
}

// variances is, for each column, the share of the tree's variance over the cube
// that the mean over all other columns has; false when the tree has one leaf.
func (t *tree) variances() ([]float64, bool) {
	mean, square := 0.0, 0.0
	volumes := make([]float64, len(t.leaves))
	for k, b := range t.leaves {
		volumes[k] = 1
		for j := range b.lo {
			volumes[k] *= b.hi[j] - b.lo[j]
		}
		mean += volumes[k] * b.value
	}
	for k, b := range t.leaves {
		square += volumes[k] * (b.value - mean) * (b.value - mean)
	}
	if square <= 1e-24*(1+mean*mean) {
		return nil, false
	}
	out := make([]float64, len(t.x))
	for j := range t.x {
		var cuts []float64
		for _, b := range t.leaves {
			cuts = append(cuts, b.lo[j], b.hi[j])
		}
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
		// step[c] is by how much the marginal rises at cut c.
		step := make([]float64, len(cuts))
		for k, b := range t.leaves {
			v := volumes[k] / (b.hi[j] - b.lo[j]) * (b.value - mean)
			from, _ := slices.BinarySearch(cuts, b.lo[j])
			to, _ := slices.BinarySearch(cuts, b.hi[j])
			step[from] += v
			step[to] -= v
		}
		level := 0.0
		for c := range len(cuts) - 1 {
			level += step[c]
			out[j] += (cuts[c+1] - cuts[c]) * level * level
		}
		out[j] /= square
	}
	return out, true
}
