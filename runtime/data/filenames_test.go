package data

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Paths come back as they were added, and in the order of their bytes.
func TestFileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOfNDistinct(rapid.StringMatching(`([ab0 -]{0,2}/){0,3}[ab0 .-]{1,3}`), 0, 40, rapid.ID).Draw(t, "paths")
		var l fileNames
		label := map[string]int32{}
		for _, p := range paths {
			label[p] = int32(rapid.IntRange(0, 2).Draw(t, "label"))
			if err := l.add(p, 0, label[p]); err != nil {
				t.Fatal(err)
			}
		}
		for i, p := range paths {
			if l.path(i) != p || l.items[i].label != label[p] {
				t.Fatalf("%q became %q", p, l.path(i))
			}
		}
		l.sort()
		l.shrink()
		slices.SortFunc(paths, func(p, q string) int {
			if label[p] != label[q] {
				return int(label[p] - label[q])
			}
			if p < q {
				return -1
			}
			return 1
		})
		for i, p := range paths {
			if l.path(i) != p {
				t.Fatalf("file %d is %q, want %q", i, l.path(i), p)
			}
		}
	})
}
