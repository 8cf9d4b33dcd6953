package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/cnnc/cnnc/codegen/simd"
)

// poison is what elements hold that no kernel may touch: a NaN, so that
// reading it spoils a result, of a pattern that shows a write.
const poison = 0x7fc0_dead

// buffer is a float32 operand of a test: its elements, and which of them the
// kernel may read and write. The simulator enforces that element by element;
// the hardware run checks that elements which are not writable, and guard
// zones around the buffer, keep their bits.
type buffer struct {
	name   string
	data   []float32
	access []simd.Access
	scale  float32 // of the values
}

// newBuffer is a buffer of n untouchable elements.
func newBuffer(name string, n int) *buffer {
	b := &buffer{name: name, data: make([]float32, n), access: make([]simd.Access, n), scale: 1}
	for i := range b.data {
		b.data[i] = math.Float32frombits(poison)
	}
	return b
}

// read allows reading element i and gives it a value at the first call.
func (b *buffer) read(i int, r *rand.Rand) float64 {
	if b.access[i]&simd.Read == 0 {
		b.access[i] |= simd.Read
		b.data[i] = value(r) * b.scale
	}
	return float64(b.data[i])
}

// write allows writing element i.
func (b *buffer) write(i int) { b.access[i] |= simd.Write }

// value is a random operand of mixed magnitude: now and then a zero of either
// sign, rarely a NaN.
func value(r *rand.Rand) float32 {
	switch r.IntN(4000) {
	case 0:
		return float32(math.NaN())
	case 1, 2, 3, 4, 5, 6, 7, 8, 9:
		return 0
	case 10, 11, 12, 13, 14, 15:
		return float32(math.Copysign(0, -1))
	}
	return float32(r.NormFloat64())
}

// region puts the buffer into simulated memory.
func (b *buffer) region(m *simd.Memory) *simd.Region {
	reg := m.Float32s(b.name, b.data, simd.None)
	for i, a := range b.access {
		reg.Allow(4*i, 4, a)
	}
	return reg
}

// guardElems is the width of the guard zones around a hardware buffer.
const guardElems = 48

// hard is a copy of a buffer for a hardware run.
type hard struct {
	of  *buffer
	all []float32 // guard, data, guard
	lo  int       // start of the data: off alignment by a random number of elements
}

func (b *buffer) hard(r *rand.Rand) *hard {
	skew := r.IntN(16)
	h := &hard{of: b, all: make([]float32, 2*guardElems+skew+len(b.data)), lo: guardElems + skew}
	for i := range h.all {
		h.all[i] = math.Float32frombits(poison)
	}
	copy(h.all[h.lo:], b.data)
	return h
}

// ptr is the address of the data, nil for a nil buffer.
func (h *hard) ptr() *float32 {
	if h == nil {
		return nil
	}
	return (*float32)(unsafe.Pointer(&h.all[h.lo : h.lo+1][0]))
}

// check compares the hardware result with the simulator's, bit for bit (any
// NaN equals any other), and what was not writable with what it was.
func (h *hard) check(t *testing.T, sim []float32) {
	t.Helper()
	for i, v := range h.all {
		j := i - h.lo
		switch {
		case j < 0 || j >= len(h.of.data):
			if math.Float32bits(v) != poison {
				t.Errorf("%s: guard element %d was overwritten with %v", h.of.name, j, v)
				return
			}
		case h.of.access[j]&simd.Write == 0:
			if math.Float32bits(v) != math.Float32bits(h.of.data[j]) {
				t.Errorf("%s: element %d was %v and is now %v", h.of.name, j, h.of.data[j], v)
				return
			}
		case math.Float32bits(v) != math.Float32bits(sim[j]) && !(v != v && sim[j] != sim[j]):
			t.Errorf("%s: element %d is %v (%#x) on the hardware, %v (%#x) in the simulator",
				h.of.name, j, v, math.Float32bits(v), sim[j], math.Float32bits(sim[j]))
			return
		}
	}
}

// shrink makes the values of two factors, in a part of all cases, subnormal, or
// normal with subnormal products.
func shrink(r *rand.Rand, x, w *buffer) {
	switch r.IntN(12) {
	case 0:
		x.scale = 1e-39
	case 1:
		w.scale = 1e-39
	case 2:
		x.scale, w.scale = 1e-19, 1e-20
	}
}

// flushError is the largest error of a term when operands or results are flushed.
const flushError = 0x1p-123

// near reports a result that is further from its float64 reference than
// rounding explains: terms roundings of at most magnitude each, and as many
// flushed subnormal numbers.
func near(t *testing.T, name string, i int, got float32, want, magnitude float64, terms int) bool {
	t.Helper()
	const eps = 1.0 / (1 << 24)
	if want != want {
		if got == got {
			t.Errorf("%s: element %d is %v, want NaN", name, i, got)
			return false
		}
		return true
	}
	bound := float64(terms+2) * (eps*magnitude + flushError)
	if d := math.Abs(float64(got) - want); !(d <= bound) {
		t.Errorf("%s: element %d is %v, want %v (off by %g, bound %g)", name, i, got, want, d, bound)
		return false
	}
	return true
}

// seeded is the generator of a test case.
func seeded(k simd.Kernel, c int) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, b := range []byte(k.Symbol()) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(h, uint64(c)))
}

// program builds a kernel or fails the test.
func program(t *testing.T, k simd.Kernel) *simd.Program {
	t.Helper()
	p, err := k.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
