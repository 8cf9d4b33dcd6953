package simdtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/cnnc/cnnc/codegen/simd"
)

// newNarrowCase makes a random case of a kernel for few output channels: pixels
// anywhere, output pixels of 8 channels with gaps, rows of weights with gaps.
func newNarrowCase(r *rand.Rand, v simd.Variant) *igemmCase {
	n := int(v.Func[0] - '0')
	c := &igemmCase{
		tiles: r.IntN(4), segs: 1 + r.IntN(4), segLen: 8 * (1 + r.IntN(9)),
		want: map[int]float64{}, magnitude: map[int]float64{},
	}
	const xRange = 90
	maxSeg := 0
	for range c.segs {
		s := r.IntN(60)
		maxSeg = max(maxSeg, s)
		c.seg = append(c.seg, int32(s))
	}
	kk := c.segs * c.segLen
	pixels := c.tiles * v.MR
	c.x = newBuffer("x", xRange+maxSeg+c.segLen)
	c.wPanel = kk + r.IntN(9)
	c.w = newBuffer("w", n*c.wPanel)
	shrink(r, c.x, c.w)
	step := 8 + r.IntN(9)
	c.y = newBuffer("y", max(1, pixels*step+5))
	if v.Bias {
		c.bias = newBuffer("bias", 16)
	}
	if v.Add {
		c.add = newBuffer("add", len(c.y.data))
	}
	if v.Mask {
		c.mask = newBuffer("mask", len(c.y.data))
	}
	for _, p := range r.Perm(pixels) {
		c.tab = append(c.tab, int32(r.IntN(xRange)), int32(p*step+2))
	}
	for p := range pixels {
		xoff, yoff := int(c.tab[2*p]), int(c.tab[2*p+1])
		for j := range 8 {
			var sum, mag float64
			i := 0
			for _, s := range c.seg {
				for q := range c.segLen {
					if j < n {
						t := c.x.read(xoff+int(s)+q, r) * c.w.read(j*c.wPanel+i, r)
						sum += t
						mag += math.Abs(t)
					}
					i++
				}
			}
			if v.Bias {
				b := c.bias.read(j, r)
				sum += b
				mag += math.Abs(b)
			}
			if v.Add {
				a := c.add.read(yoff+j, r)
				sum += a
				mag += math.Abs(a)
			}
			if v.ReLU && sum < 0 {
				sum = 0
			}
			if v.Mask && !(c.mask.read(yoff+j, r) > 0) {
				sum, mag = 0, 0
			}
			c.y.write(yoff + j)
			c.want[yoff+j], c.magnitude[yoff+j] = sum, mag
		}
	}
	return c
}

// TestNarrow compares kernels for few output channels with float64 sums, the hardware
// with the simulator bit for bit, and the portable form with the sums. Elements beside
// runs, rows of weights and pixels are poisoned.
func TestNarrow(t *testing.T) {
	for _, k := range Kernels("narrow") {
		t.Run(k.Symbol(), func(t *testing.T) {
			t.Parallel()
			p := program(t, k)
			kernel := igemmHardware(k)
			for n := range 12 {
				r := seeded(k, n)
				c := newNarrowCase(r, k.Variant)
				sim := c.simulate(t, p)
				compare := func(what string, got []float32) {
					for i, want := range c.want {
						if !near(t, what, i, got[i], want, c.magnitude[i], c.segs*c.segLen) {
							break
						}
					}
				}
				compare("y", sim)
				tab := append([]int32{0, 0}, c.tab...)[2:] // never nil
				operands := func() (h [6]*hard) {
					for i, b := range c.buffers() {
						if b != nil {
							h[i] = b.hard(r)
						}
					}
					return h
				}
				if kernel != nil {
					h := operands()
					kernel(h[0].ptr(), h[1].ptr(), h[2].ptr(), h[3].ptr(), h[4].ptr(), h[5].ptr(),
						first(tab), c.tiles, first(c.seg), c.segs, c.segLen, c.wPanel)
					for _, b := range h {
						if b != nil {
							b.check(t, sim)
						}
					}
				}
				h := operands()
				narrowGo(int(k.Variant.Func[0]-'0'), k.Variant.MR, igemmFlags(k.Variant), h[0].ptr(), h[1].ptr(), h[2].ptr(), h[3].ptr(), h[4].ptr(), h[5].ptr(),
					first(tab), c.tiles, first(c.seg), c.segs, c.segLen, c.wPanel)
				compare("portable y", h[5].all[h[5].lo:])
			}
		})
	}
}

// igemmFlags are the flags of the portable products for the epilogue of v.
func igemmFlags(v simd.Variant) int {
	flags := 0
	for _, e := range []struct {
		on   bool
		flag int
	}{{v.Bias, igemmBias}, {v.Add, igemmAdd}, {v.ReLU, igemmReLU}, {v.Mask, igemmMask}} {
		if e.on {
			flags |= e.flag
		}
	}
	return flags
}
