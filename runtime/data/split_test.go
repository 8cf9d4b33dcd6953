package data

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/preprocess"
	"github.com/cnnc/cnnc/runtime/rng"
	"pgregory.net/rapid"
)

// listed is a source of examples that are nothing but a key and a label.
type listed struct {
	keys   []uint64
	labels []int
	names  []string
	closed *int
}

func (l listed) classes() []string                         { return l.names }
func (l listed) size() int                                 { return len(l.keys) }
func (l listed) label(i int) int                           { return l.labels[i] }
func (l listed) key(i int) uint64                          { return l.keys[i] }
func (l listed) name(i int) string                         { return fmt.Sprint(l.keys[i]) }
func (l listed) where(int) string                          { return "list" }
func (l listed) load(i int, x []float32, _ *Scratch) error { x[0] = float32(i); return nil }
func (l listed) Close() error                              { *l.closed++; return nil }

func newListed(n, classes int) listed {
	l := listed{closed: new(int)}
	for k := range classes {
		l.names = append(l.names, fmt.Sprint("class", k))
	}
	for i := range n {
		l.keys = append(l.keys, rng.Hash(uint64(i)+1))
		l.labels = append(l.labels, int(rng.Hash(uint64(i)+77)%uint64(classes)))
	}
	return l
}

// splitOf divides a list in training, validation and test part.
func splitOf(t interface{ Fatal(...any) }, l listed, val, test float64, seed uint64) (sets [3]Dataset, err error) {
	srcs := [3]config.Source{{Kind: "list"}, {Kind: "split", Of: "train", Fraction: val}, {Kind: "split", Of: "train", Fraction: test}}
	want := [3]bool{true, true, test > 0}
	if test <= 0 {
		srcs[2] = config.Source{}
	}
	parent, err := checkSplits(srcs)
	if err != nil {
		t.Fatal(err)
	}
	src := share(l)
	defer src.release()
	whole, err := newPart(src, preprocess.Spec{Height: 1, Width: 1, Channels: 1}, l.names)
	if err != nil {
		t.Fatal(err)
	}
	return sets, divide(whole, 0, srcs, parent, want, seed, &sets)
}

func keysOf(d Dataset) []uint64 {
	var keys []uint64
	for i := range d.Len() {
		keys = append(keys, d.Key(i))
	}
	slices.Sort(keys)
	return keys
}

// Any split: disjoint, complete, of the exact size, each class within one of
// its share (training within two), independent of the order of the examples; and every source closed once.
func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, classes := rapid.IntRange(40, 400).Draw(t, "n"), rapid.IntRange(2, 6).Draw(t, "classes")
		val := rapid.Float64Range(0.05, 0.45).Draw(t, "val")
		test := rapid.SampledFrom([]float64{0, 0.1, 1. / 3}).Draw(t, "test")
		seed := rapid.Uint64().Draw(t, "seed")
		l := newListed(n, classes)
		sets, err := splitOf(t, l, val, test, seed)
		if err != nil {
			t.Fatal(err)
		}
		total := make([]int, classes)
		for _, k := range l.labels {
			total[k]++
		}
		seen := map[uint64]int{}
		for p, fraction := range []float64{1 - val - test, val, test} {
			if sets[p] == nil {
				continue
			}
			if want := int(math.Round(fraction * float64(n))); p > 0 && sets[p].Len() != want {
				t.Errorf("%s has %d of %d examples, want %d", parts[p], sets[p].Len(), n, want)
			}
			count := make([]float64, classes)
			for i := range sets[p].Len() {
				seen[sets[p].Key(i)]++
				count[sets[p].Label(i)]++
			}
			for k, c := range count {
				// Training has what two splits leave.
				if share := fraction * float64(total[k]); math.Abs(c-share) > map[bool]float64{true: 2.001, false: 1.001}[p == 0] {
					t.Errorf("%s has %v of class %d, its share is %.2f", parts[p], c, k, share)
				}
			}
		}
		if len(seen) != n {
			t.Errorf("%d of %d examples are in some part", len(seen), n)
		}
		for _, times := range seen {
			if times != 1 {
				t.Error("an example is in two parts")
			}
		}

		// The same examples in another order.
		order := make([]int32, n)
		rng.New(seed).Perm(order)
		m := listed{names: l.names, closed: new(int)}
		for _, i := range order {
			m.keys, m.labels = append(m.keys, l.keys[i]), append(m.labels, l.labels[i])
		}
		other, err := splitOf(t, m, val, test, seed)
		if err != nil {
			t.Fatal(err)
		}
		for p := range sets {
			if sets[p] != nil && !slices.Equal(keysOf(sets[p]), keysOf(other[p])) {
				t.Errorf("%s depends on the order of the examples", parts[p])
			}
		}
		if *l.closed != 0 {
			t.Error("closed while in use")
		}
		if err := Close(sets[:]...); err != nil || *l.closed != 1 {
			t.Errorf("closed %d times, %v", *l.closed, err)
		}
		if Close(sets[:]...); *l.closed != 1 {
			t.Error("closing twice closed the source twice")
		}
	})
}

// One example more moves next to no other.
func TestSplitIsStable(t *testing.T) {
	a, err := splitOf(t, newListed(1000, 3), 0.2, 0, 5)
	if err != nil {
		t.Fatal(err)
	}
	b, err := splitOf(t, newListed(1001, 3), 0.2, 0, 5)
	if err != nil {
		t.Fatal(err)
	}
	was := map[uint64]bool{}
	for _, k := range keysOf(a[1]) {
		was[k] = true
	}
	moved := 0
	for _, k := range keysOf(b[1]) {
		if !was[k] {
			moved++
		}
	}
	if moved > 3 {
		t.Errorf("one example more moved %d others into the validation part", moved)
	}
	c, err := splitOf(t, newListed(1000, 3), 0.2, 0, 6)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(keysOf(a[1]), keysOf(c[1])) {
		t.Error("the seed does not matter")
	}
}

// A class never loses its last example, a split is never empty.
func TestSplitSmall(t *testing.T) {
	l := listed{keys: []uint64{1, 2, 3, 4}, labels: []int{0, 1, 1, 1}, names: []string{"a", "b"}, closed: new(int)}
	sets, err := splitOf(t, l, 0.75, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if sets[1].Len() != 2 || sets[1].Label(0) != 1 || sets[1].Label(1) != 1 {
		t.Errorf("the validation part has %d examples; two of class b can be had", sets[1].Len())
	}
	_, err = splitOf(t, l, 0.1, 0, 1)
	wantError(t, err, "0.1 of 4 examples for validate is none")
}

func TestLimit(t *testing.T) {
	l := newListed(300, 3)
	for _, c := range []struct {
		src  config.Source
		want func(counts []int) bool
	}{
		{config.Source{}, func(c []int) bool { return c[0]+c[1]+c[2] == 300 }},
		{config.Source{Limit: 1000, PerClass: 1000}, func(c []int) bool { return c[0]+c[1]+c[2] == 300 }},
		{config.Source{PerClass: 7}, func(c []int) bool { return c[0] == 7 && c[1] == 7 && c[2] == 7 }},
		{config.Source{Limit: 10}, func(c []int) bool { return c[0]+c[1]+c[2] == 10 && min(c[0], c[1], c[2]) >= 2 }},
		{config.Source{PerClass: 20, Limit: 30}, func(c []int) bool { return c[0] == 10 && c[1] == 10 && c[2] == 10 }},
	} {
		p, err := newPart(share(l), preprocess.Spec{Height: 1, Width: 1, Channels: 1}, l.names)
		if err != nil {
			t.Fatal(err)
		}
		p.limit(c.src, 9)
		counts := make([]int, 3)
		for i := range p.Len() {
			counts[p.Label(i)]++
		}
		if !c.want(counts) || !slices.IsSorted(p.index) {
			t.Errorf("%+v: %v examples of each class", c.src, counts)
		}
	}
}
