package diag

import "strings"

// Nearest returns the candidate a user most likely meant by name, or "" when
// none is close: at most one edit for every three letters, an exchange of two
// neighbours counting as one edit. Case is ignored. Of equally close
// candidates the first wins.
func Nearest(name string, candidates []string) string {
	name = strings.ToLower(name)
	if len(name) > 64 {
		return "" // no word of the language is so long; do not search for it
	}
	best, bestDist := "", (len(name)+2)/3+1
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if d := len(lower) - len(name); d >= bestDist || -d >= bestDist {
			continue
		}
		if d := distance(name, lower); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and exchanges of neighbours, over bytes.
func distance(a, b string) int {
	before := make([]int, len(b)+1) // row i-2
	prev := make([]int, len(b)+1)   // row i-1
	row := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
