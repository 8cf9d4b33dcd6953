package sched

import (
	"slices"
)

// Backward-data of a convolution with stride S, along one axis: the input
// position i gets a contribution from tap k and output o whenever
//
//	o*S - pad + k*D == i
//
// Which taps divide depends on i mod S only, so the positions i = r, r+S, ...
// form a phase with taps of its own, each a fixed distance away in dy: for
// i = r + j*S, o = j + (r + pad - k*D)/S. Every phase is then an ordinary
// stride-1 product. Two axes give SH*SW phases.

// axisTap is a kernel position of a phase and its distance in dy.
type axisTap struct{ k, offset int }

// axisPhase is a phase of one axis.
type axisPhase struct {
	first, n int       // positions first, first+S, ...; n of them
	taps     []axisTap // by rising offset: the order of addresses
}

// axisPhases returns the phases of an axis of size in, for kernel size k,
// stride s, dilation d and padding pad before.
func axisPhases(in, k, s, d, pad int) []axisPhase {
	var phases []axisPhase
	for r := range min(s, in) {
		p := axisPhase{first: r, n: (in - r + s - 1) / s}
		for t := range k {
			if at := r + pad - t*d; at%s == 0 {
				p.taps = append(p.taps, axisTap{t, at / s})
			}
		}
		slices.SortFunc(p.taps, func(a, b axisTap) int { return a.offset - b.offset })
		phases = append(phases, p)
	}
	return phases
}

// reach returns how many positions before the first and after the last of n
// outputs the phase reads.
func (p axisPhase) reach(n int) (before, after int) {
	for _, t := range p.taps {
		before = max(before, -t.offset)
		after = max(after, p.n-1+t.offset-(n-1))
	}
	return before, after
}

// segments joins the runs of length run that begin at offsets into equal, longer
// runs wherever they follow each other, keeping the order of elements.
func segments(offsets []int, run int) (seg []int, segLen int) {
	common, count := 0, 0
	for i := range offsets {
		count++
		if i+1 == len(offsets) || offsets[i+1] != offsets[i]+run {
			common, count = gcd(common, count), 0
		}
	}
	for i := 0; i < len(offsets); i += common {
		seg = append(seg, offsets[i])
	}
	return seg, common * run
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
