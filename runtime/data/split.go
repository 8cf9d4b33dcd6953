package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/rng"
)

// Which examples a split or a limit takes depends on the seed and on the keys
// of the examples, nothing else. Within each class the examples are ranked by a
// hash of seed and key, and the first so many are taken: the number is exact,
// the order of files does not matter, and a file more or less moves hardly any
// other from one part to the other.

// divide takes the splits of part p from whole and puts the wanted parts in sets.
func divide(whole *part, p int, srcs [3]config.Source, parent [3]int, want [3]bool, seed uint64, sets *[3]Dataset) error {
	defer whole.close() // sets hold parts of their own
	classes := whole.byRank(seed, rng.Split)
	n := len(whole.index)
	sizes := make([]int, len(classes)) // before any split takes its share
	for k, class := range classes {
		sizes[k] = len(class)
	}
	var rest []int32
	// Lists first: what they name is not up for choice.
	owner := map[int32]string{}
	for c := range parts {
		if parent[c] != p || len(srcs[c].Paths) == 0 {
			continue
		}
		index, err := whole.takeMembers(srcs[c].Paths[0], classes, owner)
		if err != nil {
			return err
		}
		if want[c] {
			sets[c] = whole.with(index)
		}
	}
	for c := range parts {
		if parent[c] != p || len(srcs[c].Paths) > 0 {
			continue
		}
		take := quotas(sizes, classes, int(math.Round(srcs[c].Fraction*float64(n))), srcs[c].Fraction, 1)
		var index []int32
		for k, q := range take {
			index = append(index, classes[k][:q]...)
			classes[k] = classes[k][q:]
		}
		if len(index) == 0 {
			return fmt.Errorf("a fraction of %v of %s for %s is none", srcs[c].Fraction, count(n, "example"), parts[c])
		}
		if want[c] {
			slices.Sort(index)
			q := whole.with(index)
			q.limit(srcs[c], seed)
			sets[c] = q
		}
	}
	if !want[p] {
		return nil
	}
	for _, class := range classes {
		rest = append(rest, class...)
	}
	if len(rest) == 0 {
		return fmt.Errorf("lists leave nothing of %s", parts[p])
	}
	slices.Sort(rest)
	sets[p] = whole.with(rest)
	return nil
}

// limit applies PerClass and Limit of a source.
func (p *part) limit(src config.Source, seed uint64) {
	if src.Kind == "doodles" {
		src.PerClass = 0 // as many were drawn
	}
	if src.PerClass <= 0 && (src.Limit <= 0 || src.Limit >= len(p.index)) {
		return
	}
	classes := p.byRank(seed, rng.Limit)
	n := 0
	sizes := make([]int, len(classes))
	for k := range classes {
		if src.PerClass > 0 {
			classes[k] = classes[k][:min(len(classes[k]), src.PerClass)]
		}
		sizes[k] = len(classes[k])
		n += sizes[k]
	}
	if src.Limit > 0 && src.Limit < n {
		for k, q := range quotas(sizes, classes, src.Limit, float64(src.Limit)/float64(n), 0) {
			classes[k] = classes[k][:q]
		}
	}
	var index []int32
	for _, class := range classes {
		index = append(index, class...)
	}
	slices.Sort(index)
	p.index = index
}

// byRank returns, for each class, its examples (as numbers of the source) by
// rank; equal hashes keep the order of the source.
func (p *part) byRank(seed uint64, purpose rng.Purpose) [][]int32 {
	type ranked struct {
		hash uint64
		i    int32
	}
	all := make([][]ranked, len(p.names))
	for _, i := range p.index {
		l := p.label[p.src.label(int(i))]
		all[l] = append(all[l], ranked{rng.Hash(seed, p.src.key(int(i)), uint64(purpose)), i})
	}
	classes := make([][]int32, len(all))
	for k, class := range all {
		slices.SortFunc(class, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.i, b.i))
		})
		for _, r := range class {
			classes[k] = append(classes[k], r.i)
		}
	}
	return classes
}

// quotas shares total among the classes as fraction of their sizes, by largest
// remainder (ties: the earlier class). It takes no more than there still is of a
// class, and leaves keep examples of it, which may make the sum smaller than total.
func quotas(sizes []int, classes [][]int32, total int, fraction float64, keep int) []int {
	q := make([]int, len(classes))
	remainder := make([]float64, len(classes))
	order := make([]int, len(classes))
	for k, class := range classes {
		exact := fraction * float64(sizes[k])
		q[k] = min(int(exact), max(len(class)-keep, 0))
		remainder[k] = exact - float64(q[k])
		order[k] = k
		total -= q[k]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder[b], remainder[a]) })
	for total > 0 {
		before := total
		for _, k := range order {
			if total > 0 && q[k] < len(classes[k])-keep {
				q[k]++
				total--
			}
		}
		if total == before {
			break
		}
	}
	return q
}
