package support

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

func TestChooseISA(t *testing.T) {
	for _, c := range []struct {
		request    string
		best, want int
		complains  bool
	}{
		{"", isaAVX2, isaAVX2, false},
		{"go", isaAVX512, isaGo, false},
		{"avx2", isaAVX2, isaAVX2, false},
		{"avx512", isaAVX512, isaAVX512, false},
		{"avx512", isaAVX2, isaAVX2, true},
		{"avx2", isaGo, isaGo, true},
		{"AVX2", isaAVX2, isaAVX2, true},
		{"sse", isaAVX512, isaAVX512, true},
	} {
		var log bytes.Buffer
		if got := chooseISA(c.request, c.best, &log); got != c.want {
			t.Errorf("%q on %s: %s, want %s", c.request, isaNames[c.best], isaNames[got], isaNames[c.want])
		}
		if complained := log.Len() > 0; complained != c.complains {
			t.Errorf("%q on %s: said %q", c.request, isaNames[c.best], log.String())
		}
	}
}

func TestLanes(t *testing.T) {
	defer func(set int) { isa = set }(isa)
	for _, c := range []struct{ isa, left, want int }{
		{isaGo, 40, 16}, {isaAVX2, 32, 16}, {isaAVX2, 24, 16}, {isaAVX2, 8, 8},
		{isaAVX512, 40, 32}, {isaAVX512, 31, 16}, {isaAVX512, 8, 8},
	} {
		isa = c.isa
		if got := lanes(c.left); got != c.want {
			t.Errorf("%s with %d left: %d, want %d", isaNames[c.isa], c.left, got, c.want)
		}
	}
}

// TestWinogradPart transforms a kernel in parts, in both sizes and directions, and
// applies the definition to some elements. Its panels end within inputs and
// outputs.
func TestWinogradPart(t *testing.T) {
	const in, out, panels, rows = 27, 40, 3, 38 // rows of the rotated kernel
	r := rand.New(rand.NewPCG(3, 9))
	params := make([]float32, 5+9*in*16*panels)
	g := func(tap, i, o int) *float32 { return &params[5+o/16*9*in*16+(tap*in+i)*16+o%16] }
	for tap := range 9 {
		for i := range in {
			for o := range out {
				*g(tap, i, o) = float32(r.NormFloat64())
			}
		}
	}
	const plane, turned = in*16*panels | 16, rows*32 | 16
	at := []int{7, 7 + 36*plane, 7 + 36*(plane+turned), 7 + 36*(plane+turned) + 16*plane, 7 + 52*(plane+turned)}
	list := []winogradKernel{
		{from: 5, to: at[0], in: in, out: out, ins: in},
		{from: 5, to: at[1], in: in, out: out, ins: rows, rotated: true},
		{from: 5, to: at[2], in: in, out: out, ins: in, small: true},
		{from: 5, to: at[3], in: in, out: out, ins: rows, rotated: true, small: true},
	}
	derived := make([]float32, at[4])
	const parts = 4
	for k := range parts {
		winogradPart(list, params, derived, parts-1-k, parts)
	}
	whole := make([]float32, len(derived))
	winogradPart(list, params, whole, 0, 1)
	if !slices.Equal(whole, derived) {
		t.Error("parts differ from the whole")
	}
	forward := func(q, i, o int) int { return q*plane + o/16*in*16 + i*16 + o%16 }
	backward := func(q, i, o int) int { return q*turned + i/16*rows*16 + o*16 + i%16 }
	const first = 256. / 225 * 256. / 225
	for range 200 {
		i, o := r.IntN(in), r.IntN(rows)
		a, z := float64(*g(0, i, o)), float64(*g(8, i, o))
		// The first and last planes are multiples of the first and last tap.
		for k, c := range []struct {
			at   int
			want float64
		}{
			{at[0] + forward(0, i, o), a * first}, {at[0] + forward(35, i, o), z},
			{at[1] + backward(0, i, o), z * first}, {at[1] + backward(35, i, o), a},
			{at[2] + forward(0, i, o), a}, {at[2] + forward(15, i, o), z},
			{at[3] + backward(0, i, o), z}, {at[3] + backward(15, i, o), a},
		} {
			if got := float64(derived[c.at]); math.Abs(got-c.want) > 1e-5 {
				t.Fatalf("case %d, input %d, output %d: %v, want %v", k, i, o, got, c.want)
			}
		}
	}
	for o := range rows { // lanes of inputs that there are not
		if got := derived[at[1]+backward(7, in, o)]; got != 0 {
			t.Fatalf("row %d: %v beyond the inputs", o, got)
		}
	}
}

func TestAlignedFloats(t *testing.T) {
	for n := range 40 {
		x := alignedFloats(n)
		if len(x) != n || cap(x) != n {
			t.Fatalf("%d floats: length %d, capacity %d", n, len(x), cap(x))
		}
		if n > 0 && uintptr(unsafe.Pointer(&x[0]))%64 != 0 {
			t.Fatalf("%d floats begin at %p", n, &x[0])
		}
	}
}

func TestTables(t *testing.T) {
	if got, want := pixelTable(2, 3, 100, 10, 50, 5), []int32{0, 0, 10, 5, 20, 10, 100, 50, 110, 55, 120, 60}; !slices.Equal(got, want) {
		t.Errorf("pixels: %v, want %v", got, want)
	}
	if got, want := rowTable([3]int{5, 0, 2}, [3]int{20, 3, 1}), []int32{5, 0, 6, 16, 20, 48}; !slices.Equal(got, want) {
		t.Errorf("rows: %v, want %v", got, want)
	}
}

func TestCopyChannels(t *testing.T) {
	dst := []float32{9, 9, 9, 9, 9, 9, 9, 9}
	src := []float32{1, 2, 3, 4, 5, 6}
	copyChannels(dst, src, 2, 2, 1, 4, 3)
	if want := []float32{1, 2, 0, 9, 4, 5, 0, 9}; !slices.Equal(dst, want) {
		t.Errorf("copied: %v, want %v", dst, want)
	}
	addChannels(dst, src, 2, 2, 0, 4, 3)
	if want := []float32{2, 4, 0, 9, 8, 10, 0, 9}; !slices.Equal(dst, want) {
		t.Errorf("added: %v, want %v", dst, want)
	}
	if got, want := unpadded([]float32{1, 2, 0, 3, 4, 0, 7, 5, 6, 0, 7, 8}, 2, 2, 2, 7, 3), []float32{1, 2, 3, 4, 5, 6, 7, 8}; !slices.Equal(got, want) {
		t.Errorf("unpadded: %v, want %v", got, want)
	}
}

// TestParts covers every block of 16 exactly once, whatever the number of parts.
func TestParts(t *testing.T) {
	for _, total := range []int{0, 16, 16 * 7, 16 * 100} {
		for n := 1; n < 12; n++ {
			at := 0
			for k := range n {
				from, to := part(total, k, n)
				if from != at || to < from || from%16 != 0 {
					t.Fatalf("part %d of %d of %d: %d to %d, want a begin at %d", k, n, total, from, to, at)
				}
				at = to
			}
			if at != total {
				t.Fatalf("%d parts of %d end at %d", n, total, at)
			}
		}
	}
}

// TestTransposePart checks the definition element by element, made in one part
// and in several, and that other cells are not written.
func TestTransposePart(t *testing.T) {
	list := []transposition{
		{from: 16, to: 0, taps: []int{2, 0}, in: 21, inPad: 24, out: 9, outPad: 16, panelFloats: 3 * 24 * 16},
		{from: 16 + 3*24*16, to: 2 * 2 * 16 * 16, taps: []int{0}, in: 5, inPad: 5, out: 33, outPad: 40, panelFloats: 5 * 16},
		// Three runs of 24 inputs: two panels each.
		{from: 16, to: 2*2*16*16 + 40*16, taps: []int{0}, in: 72, inPad: 72, out: 9, outPad: 16, panelFloats: 72 * 16, run: 24},
	}
	params := make([]float32, 16+3*24*16+3*5*16)
	for i := range params {
		params[i] = float32(i + 1)
	}
	size := 2*2*16*16 + 40*16 + 3*2*16*16
	want := make([]float32, size)
	for _, q := range list {
		for tt, tap := range q.taps {
			for in := range q.in {
				panel, lane := in/16, in%16
				if q.run > 0 {
					panel, lane = in/q.run*((q.run+15)/16)+in%q.run/16, in%q.run%16
				}
				for out := range q.out {
					want[q.to+panel*len(q.taps)*q.outPad*16+(tt*q.outPad+out)*16+lane] =
						params[q.from+out/16*q.panelFloats+(tap*q.inPad+in)*16+out%16]
				}
			}
		}
	}
	for _, n := range []int{1, 2, 3, 7} {
		got := make([]float32, size)
		for k := range n {
			transposePart(list, params, got, n-1-k, n)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in %d parts: wrong", n)
		}
	}
}

func TestScores(t *testing.T) {
	s := []float32{1, 2, 9, 9, 3, 4, 9, 9}
	scores := []float32{0, 0, 0, 0, 7}
	copyScores(scores, s, 2, 2, 4)
	if want := []float32{1, 2, 3, 4, 7}; !slices.Equal(scores, want) {
		t.Errorf("scores %v, want %v", scores, want)
	}
	clearPadding(s, 2, 2, 3, 4)
	if want := []float32{1, 2, 0, 9, 3, 4, 0, 9}; !slices.Equal(s, want) {
		t.Errorf("padding %v, want %v", s, want)
	}
}

func TestFactor(t *testing.T) {
	s := span{l1: -1, l2: 1}
	scalars := []float32{3, 5}
	if l1, l2 := factor(scalars, s.l1), factor(scalars, s.l2); l1 != 0 || l2 != 5 {
		t.Errorf("factors %v, %v", l1, l2)
	}
	if l2 := factor(nil, s.l2); l2 != 0 {
		t.Errorf("factor %v in a second pass", l2)
	}
}

// TestActivityChannels: padded channels are no part of a penalty, and its gradient
// leaves theirs alone.
func TestActivityChannels(t *testing.T) {
	x := []float32{1, -2, 9, 9, 3, 0, 9, 9}
	var sums [2]float64
	sumChannels(x, &sums, 2, 4)
	if sums != [2]float64{6, 14} {
		t.Errorf("sums %v", sums)
	}
	dy, dx := []float32{1, 1, 0, 0, 1, 1, 0, 0}, make([]float32, 8)
	activityChannels(dx, dy, x, 2, 4, 0.5, 2)
	if want := []float32{3.5, -3.5, 0, 0, 7.5, 1, 0, 0}; !slices.Equal(dx, want) {
		t.Errorf("gradient %v, want %v", dx, want)
	}
	activityChannels(dy, dy, x, 2, 4, 0.5, 2) // in place
	if !slices.Equal(dx, dy) {
		t.Errorf("gradient in place %v, want %v", dy, dx)
	}
}
